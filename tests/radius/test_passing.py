"""Attributes of another server's Access-Accept on their way to the NAS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.radius.attributes import Attributes
from proxy.radius.mschap import MICROSOFT
from proxy.radius.mschap import SUCCESS as SUCCESS_KIND
from proxy.radius.packet import (
    EAP_MESSAGE,
    MESSAGE_AUTHENTICATOR,
    PROXY_STATE,
    REPLY_MESSAGE,
    STATE,
    VENDOR_SPECIFIC,
)
from proxy.radius.passing import (
    PassedAttribute,
    PassRule,
    UnreadableAttributes,
    pack,
    unpack,
)
from proxy.radius.password import MalformedAttribute, hide_salted, reveal_salted
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.values import BadAttribute
from proxy.radius.vendors import encode_vendor_attribute
from proxy.secret import Secret

KNOWN = Attributes()
THEIRS = SharedSecret(Secret(b"between us and the server"))
OURS = SharedSecret(Secret(b"between the NAS and us"))
ASKED, ANSWERED = bytes(range(16)), bytes(range(16, 32))
SALT = b"\x80\x01"
CLASS, FILTER_ID, TUNNEL_PASSWORD, FRAMED_IP = 25, 11, 69, 8
ONE_HOP = [(STATE, b"s"), (PROXY_STATE, b"p"), (EAP_MESSAGE, b"e"), (MESSAGE_AUTHENTICATOR, b"m")]


def vendor(number, kind, value):
    return VENDOR_SPECIFIC, encode_vendor_attribute(number, kind, value)[2:]


SUCCESS = vendor(MICROSOFT, SUCCESS_KIND, b"\x05S=0123")
KEY = vendor(MICROSOFT, 17, hide_salted(b"a key of MPPE", THEIRS, ASKED, SALT))


def select(names, attributes, always=()):
    return PassRule(KNOWN, names).select(attributes, THEIRS, ASKED, always)


def octets(passing):
    return [one.write(OURS, ANSWERED, SALT) for one in passing]


def test_only_what_is_named_passes():
    """In the server's order; none passes without a name."""
    attributes = [(FILTER_ID, b"vpn"), (CLASS, b"1"), (FRAMED_IP, bytes(4)), (CLASS, b"2")]
    passing = select(["Class", "Filter-Id"], attributes)
    assert octets(passing) == [b"\x0b\x05vpn", b"\x19\x031", b"\x19\x032"]
    assert select([], attributes) == []


def test_what_belongs_to_one_hop_never_passes():
    """Whatever the rule, State, Proxy-State, EAP-Message and Message-Authenticator stay here."""
    assert select("all", ONE_HOP, always=[(None, STATE)][:0]) == []


@pytest.mark.parametrize("name", ["State", "Proxy-State", "User-Password", "Message-Authenticator"])
def test_what_never_passes_cannot_be_named(name):
    """It is a fault of the configuration."""
    with pytest.raises(BadAttribute, match="never passes"):
        PassRule(KNOWN, [name])


def test_a_name_that_no_dictionary_has_is_a_fault():
    """It says which one may be meant."""
    with pytest.raises(BadAttribute, match="did you mean Class"):
        PassRule(KNOWN, ["Clas"])


def test_rfc2548_2_4_a_key_is_hidden_anew():
    """Under the NAS's secret, authenticator and salt; what is packed between is in clear."""
    (key,) = select(["MS-MPPE-Recv-Key"], [KEY])
    written = key.write(OURS, ANSWERED, SALT)
    assert written != encode_vendor_attribute(MICROSOFT, 17, KEY[1][6:])
    assert reveal_salted(written[8:], OURS, ANSWERED) == b"a key of MPPE"


def test_rfc2868_3_5_a_tag_stays():
    """Tunnel-Password has its tag before the salt."""
    hidden = b"\x03" + hide_salted(b"tunnel", THEIRS, ASKED, SALT)
    (password,) = select("all", [(TUNNEL_PASSWORD, hidden)])
    written = password.write(OURS, ANSWERED, SALT)
    assert written[2:3] == b"\x03"
    assert reveal_salted(written[3:], OURS, ANSWERED) == b"tunnel"


def test_a_salted_value_of_another_secret_is_the_servers_fault():
    """An Access-Accept without its keys would be another one."""
    hidden = vendor(MICROSOFT, 17, SALT + bytes(15))
    with pytest.raises(MalformedAttribute):
        select("all", [hidden])


def test_mschapv2_success_passes_with_any_rule():
    """The person's machine waits for it."""
    passing = select([], [SUCCESS, (CLASS, b"1")], [(MICROSOFT, SUCCESS_KIND)])
    assert octets(passing) == [encode_vendor_attribute(MICROSOFT, 26, b"\x05S=0123")]


def test_with_all_unknown_attributes_pass_as_they_came():
    """Of vendors that no dictionary has, and in formats of their own."""
    theirs = vendor(64999, 7, b"x")
    strange = (VENDOR_SPECIFIC, b"\0\0\xfd\xe7\x01\x00\x00\x09")
    assert octets(select("all", [theirs, strange, (241, b"y")])) == [
        encode_vendor_attribute(64999, 7, b"x"),
        bytes((26, 10)) + strange[1],
        b"\xf1\x03y",
    ]


def test_several_attributes_in_one_vendor_specific_are_looked_at_each():
    """One that is not named does not pass with one that is."""
    both = KEY[1] + encode_vendor_attribute(MICROSOFT, 10, b"CORP")[6:]
    (domain,) = select(["MS-CHAP-Domain"], [(VENDOR_SPECIFIC, both)])
    assert domain.number == (MICROSOFT, 10)
    assert domain.value == b"CORP"


def test_a_text_comes_sanitised():
    """A Reply-Message is shown to a person."""
    assert octets(select(["Reply-Message"], [(REPLY_MESSAGE, b"a\x1bb")])) == [b"\x12\x05a b"]


PASSED = st.builds(
    PassedAttribute,
    st.tuples(st.none() | st.integers(0, 2**32 - 1), st.integers(0, 255)),
    st.binary(max_size=200),
    st.none() | st.binary(max_size=1),
)


@given(st.lists(PASSED, max_size=5))
def test_what_is_packed_is_unpacked(passing):
    """As it was."""
    assert unpack(pack(passing)) == passing


@pytest.mark.parametrize("text", [b"", b"{}{", b"[1]", b"[[1,2]]", b'[[null,1,"%",null]]'])
def test_any_other_text_is_unreadable(text):
    """Another version wrote it."""
    with pytest.raises(UnreadableAttributes):
        unpack(text)


@given(st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=253)), max_size=20))
def test_whatever_a_server_sends_can_be_written(attributes):
    """Or is told as its fault."""
    try:
        passing = select("all", attributes)
    except MalformedAttribute:
        return
    for one in octets(unpack(pack(passing))):
        assert len(one) == one[1] <= 255
