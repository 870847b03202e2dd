"""Distinguished names in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.utils.dn import escape_rdn

from proxy.ldap.names import BadName, canonical_dn, fold_value, parse_dn


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("cn=vpn,dc=x", "cn=vpn,dc=x"),
        ("CN=VPN,DC=X", "cn=vpn,dc=x"),
        (" cn = vpn  users , dc=x ", "cn=vpn users,dc=x"),
        ("2.5.4.3=vpn,0.9.2342.19200300.100.1.25=x", "cn=vpn,dc=x"),
        ("commonName=vpn,domainComponent=x", "cn=vpn,dc=x"),
        ("userid=a+cn=b,dc=x", "cn=b+uid=a,dc=x"),
        ("cn=b+uid=a,dc=x", "cn=b+uid=a,dc=x"),
        (r"cn=a\,b,dc=x", r"cn=a\,b,dc=x"),
        (r"cn=a\2Cb,dc=x", r"cn=a\,b,dc=x"),
        (r"cn=a\2cb\5c,dc=x", r"cn=a\,b\\,dc=x"),
        (r"cn=\ a\ ,dc=x", "cn=a,dc=x"),
        (r"cn=\#a,dc=x", r"cn=\#a,dc=x"),
        ("cn=#040161,dc=x", "cn=a,dc=x"),
        ("cn=#0C02C3BC,dc=x", "cn=ü,dc=x"),
        (r"cn=\C3\9Cbung,dc=x", "cn=übung,dc=x"),
        ("cn=U\u0308bung,dc=x", "cn=übung,dc=x"),
        ("cn=STRASSE,dc=x", "cn=strasse,dc=x"),
        ("cn=Straße,dc=x", "cn=strasse,dc=x"),
        ("cn=a=b,dc=x", r"cn=a\=b,dc=x"),
        ("cn=,dc=x", "cn=,dc=x"),
        ("cn=a\u00a0b\u200bc", "cn=a bc"),
    ],
)
def test_equal_names_have_one_text(text, canonical):
    """Case, spaces, escapes, aliases, order and normal form do not make another name."""
    assert canonical == canonical_dn(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("UID=jsmith,DC=example,DC=net", "uid=jsmith,dc=example,dc=net"),
        ("OU=Sales+CN=J.  Smith,DC=example,DC=net", "cn=j. smith+ou=sales,dc=example,dc=net"),
        (
            r"CN=James \"Jim\" Smith\, III,DC=example,DC=net",
            r"cn=james \"jim\" smith\, iii,dc=example,dc=net",
        ),
        (r"CN=Before\0dAfter,DC=example,DC=net", "cn=before after,dc=example,dc=net"),
        ("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=hi"),
        (r"CN=Lu\C4\8Di\C4\87", "cn=lučić"),
    ],
)
def test_rfc4514_4(text, canonical):
    """The examples of the RFC."""
    assert canonical == canonical_dn(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cn=ab,dc=x", "cn=a b,dc=x"),
        (r"cn=a\,dc=x", "cn=a,dc=x"),
        (r"cn=a\+uid=b,dc=x", "cn=a+uid=b,dc=x"),
        ("cn=a,dc=x", "ou=a,dc=x"),
        ("cn=a,dc=x", "dc=x,cn=a"),
        ("cn=a,dc=x", "cn=a,dc=x,dc=y"),
    ],
)
def test_other_names_have_another_text(one, other):
    """What only looks alike is another name."""
    assert canonical_dn(one) != canonical_dn(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cn",
        "cn=a,",
        "cn=a,,dc=x",
        "cn=a+",
        "=a",
        "c n=a",
        "cn=a;dc=x",
        "cn=<a>",
        'cn="a"',
        "cn=a\\",
        r"cn=a\z",
        r"cn=a\C3",
        "cn=#",
        "cn=#0",
        "cn=#04",
        "cn=#0401",
        "cn=#04016162",
        "cn=#040161x",
        "cn=a\x00b",
        "cn=\ud800",
    ],
)
def test_what_is_no_name_is_refused(text):
    """A name that cannot be read is an error, never just unequal."""
    with pytest.raises(BadName):
        canonical_dn(text)


_VALUES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)


@given(st.lists(_VALUES.filter(lambda value: value != " "), min_size=1, max_size=4))
def test_escaped_values_come_out_folded(values):
    """Any value, escaped by the other implementation, is that value again; it errs in one alone."""
    assert r"\\ " == escape_rdn(" ")
    text = ",".join(f"cn={escape_rdn(value)}" if value else "cn=" for value in values)
    assert [(("cn", fold_value(value)),) for value in values] == list(parse_dn(text))


@given(st.lists(_VALUES, min_size=1, max_size=4))
def test_the_canonical_form_is_its_own(values):
    """Writing a canonical name again changes nothing."""
    escaped = ["".join(f"\\{octet:02x}" for octet in value.encode()) for value in values]
    canonical = canonical_dn(",".join(f"cn={value}" for value in escaped))
    assert canonical == canonical_dn(canonical)


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_refused(text):
    """Arbitrary texts raise nothing but BadName; a canonical name is its own."""
    try:
        name = canonical_dn(text)
    except BadName:
        return
    assert name == canonical_dn(name)
