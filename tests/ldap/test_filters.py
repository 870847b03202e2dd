"""Filters compiled once, filled with whatever a person types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.operation.search import compile_filter as ldap3_compile
from ldap3.operation.search import parse_filter as ldap3_parse
from ldap3.protocol.rfc4511 import Filter
from pyasn1.codec.ber.decoder import decode
from pyasn1.codec.ber.encoder import encode

from proxy.ldap import ber
from proxy.ldap.filters import ANYTHING, BadFilter, compile_filter

_NESTED = "(&(objectClass=person)(|(uid={username})(mail={username}@x.org))(!(loginShell=/no)))"


def _read(octets):
    found, rest = decode(octets, asn1Spec=Filter())
    assert rest == b""
    return found


def _written_by_ldap3(text):
    return encode(ldap3_compile(ldap3_parse(text, None, False, False, None, False).elements[0]))


@given(st.binary(max_size=300))
def test_no_value_changes_the_structure(value):
    """Any value gives what ldap3 writes for it with every octet escaped."""
    escaped = "".join(f"\\{octet:02x}" for octet in value)
    expected = _written_by_ldap3(_NESTED.replace("{username}", escaped))
    assert expected == compile_filter(_NESTED, "username").octets(value)


@pytest.mark.parametrize("value", ["alice", "*", "*)(uid=*", "a\\2ab", "(", "a\x00b", "ä" * 126])
def test_a_value_arrives_as_it_is(value):
    """Characters with a meaning in a filter's text have none in its octets."""
    found = _read(compile_filter("(uid={username})", "username").octets(value.encode()))
    assert str(found["equalityMatch"]["attributeDesc"]) == "uid"
    assert bytes(found["equalityMatch"]["assertionValue"]) == value.encode()


def test_the_first_attribute_compared_names_the_person():
    """Not objectClass, but what is compared with the name."""
    assert compile_filter(_NESTED, "username").first_attribute == "uid"
    assert (
        compile_filter("(sAMAccountName={username})", "username").first_attribute
        == "sAMAccountName"
    )


def test_a_matching_rule_takes_the_value():
    """Groups within groups: the matching rule in chain of Active Directory."""
    octets = compile_filter("(member:1.2.840.113556.1.4.1941:={dn})", "dn").octets(b"cn=a,dc=x")
    found = _read(octets)["extensibleMatch"]
    assert str(found["matchingRule"]) == "1.2.840.113556.1.4.1941"
    assert str(found["type"]) == "member"
    assert bytes(found["matchValue"]) == b"cn=a,dc=x"


def test_other_kinds_of_assertions_may_stand_beside_it():
    """Presence, comparison and substrings without the value are kept as they are."""
    text = "(&(uid={username})(mail=*)(cn=a*b)(age>=5)(age<=7)(sn~=x)(ou:dn:=y)(!(cn:1.2:=z)))"
    expected = _written_by_ldap3(text.replace("{username}", "alice"))
    assert expected == compile_filter(text, "username").octets(b"alice")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "uid={username}",
        "(uid={username}",
        "(uid={username}))",
        "(uid=x)",
        "(|(uid={username})(member={dn}))",
        "(|(uid={username})(uid={}))",
        "({username}=x)",
        "(uid:{username}:=x)",
        "(uid=*{username}*)",
        "(uid={username}*)",
        "(uid>={username})",
        "(uid~={username})",
        "(!(uid={username}))",
        "(&(objectClass=person)(!(|(uid={username})(mail={username}))))",
        "(:1.2.3:={username})",
        "(u i d={username})",
        "(={username})",
        "(uid=\\{username})",
        "(uid={username}\\zz)",
        "(&)",
        "(!(uid={username})(cn=a))",
        "(uid={username})(cn=a)",
        "(&" * 40 + "(uid={username})" + ")" * 40,
        "(!" * 3000 + "(uid={username})" + ")" * 3000,
    ],
)
def test_what_cannot_serve_is_refused(text):
    """No filter, no place, or a place that would find somebody else: refused at configuration."""
    with pytest.raises(BadFilter):
        compile_filter(text, "username")


@given(st.text(st.sampled_from("()&|!=*~<>:\\ aZ0.;{}\x00ü"), max_size=30))
def test_any_text_is_a_filter_or_refused(text):
    """Arbitrary texts raise nothing but BadFilter."""
    try:
        template = compile_filter(f"({text}(uid={{username}}))", "username")
    except BadFilter:
        return
    octets = template.octets(b"alice")
    assert ber.header(octets, 0, len(octets))[2] == len(octets)


def test_anything_is_what_ldap3_reads_as_presence():
    """`(objectClass=*)` finds every entry."""
    assert str(_read(ANYTHING)["present"]) == "objectClass"
