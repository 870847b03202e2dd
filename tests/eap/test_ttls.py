"""Inside an EAP-TTLS tunnel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.eap import packet
from proxy.eap.inner import Answered, Credentials, InnerRefused, Say
from proxy.eap.ttls import (
    EAP_MESSAGE,
    MAX_PAIRS,
    USER_NAME,
    USER_PASSWORD,
    MalformedPairs,
    Pair,
    TtlsInner,
    decode_pairs,
    encode_pair,
)
from proxy.errors import PeerError
from tests.eap.peer import pap


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=60)), max_size=8))
def test_what_is_written_is_read(pairs):
    """Codes and values, in order."""
    octets = b"".join(encode_pair(code, value) for code, value in pairs)
    assert [(one.code, one.value) for one in decode_pairs(octets)] == pairs


def test_the_last_pair_may_lack_its_padding():
    """RFC 5281 section 10.1 pads between pairs."""
    assert decode_pairs(encode_pair(1, b"alice")[:-3]) == [Pair(1, 0, b"alice", mandatory=True)]


def test_a_vendor_is_read():
    """The vendor's number stands before the value."""
    octets = b"\0\0\0\x0b\xc0\0\0\x10\0\0\x01\x37abcd"
    assert decode_pairs(octets) == [Pair(11, 311, b"abcd", mandatory=True)]


@pytest.mark.parametrize(
    "octets",
    [
        b"\0",
        b"\0\0\0\1\x40\0\0\x07",
        b"\0\0\0\1\x40\0\0\x09",
        b"\0\0\0\1\xc0\0\0\x08",
        b"\0\0\0\1\x41\0\0\x08",
        b"\0\0\0\1\x40\0\0\x09axyz",
        encode_pair(1, b"a") * (MAX_PAIRS + 1),
    ],
)
def test_what_is_no_pair(octets):
    """Heads cut off, lengths that do not fit, reserved flags, padding with content, too many."""
    with pytest.raises(MalformedPairs):
        decode_pairs(octets)


@given(st.binary(max_size=80))
def test_arbitrary_octets(octets):
    """They are refused, a name for EAP to ask on, or a name and a password as they were said."""
    try:
        heard = TtlsInner().hear(octets)
    except PeerError:
        return
    if isinstance(heard, Credentials):
        assert heard.username in octets
        assert heard.password.reveal() in octets
    else:
        assert isinstance(heard, Say)


def test_pap():
    """Name and password, whose zeros at the end are padding; nothing can be asked."""
    inner = TtlsInner()
    found = inner.hear(pap(b"alice", b"secret"))
    assert (found.username, found.password.reveal(), found.method) == (b"alice", b"secret", "pap")
    assert inner.asks == 0
    with pytest.raises(ValueError, match="bears no question"):
        inner.ask(b"?")


@pytest.mark.parametrize(
    "octets",
    [
        encode_pair(USER_NAME, b"alice"),
        encode_pair(USER_PASSWORD, b"secret"),
        pap(b"alice", b"secret") * 2,
        pap(b"", b"secret"),
        pap(b"a" * 254, b"secret"),
        pap(b"alice", b"x" * 300),
        pap(b"alice", b"secret") + encode_pair(3, b"chap"),
    ],
)
def test_what_tells_no_password(octets):
    """Missing, twice, empty, too long, or beside something mandatory that is not understood."""
    with pytest.raises(InnerRefused):
        TtlsInner().hear(octets)


def eap(identifier, type_, data):
    head = bytes((packet.RESPONSE, identifier)) + (5 + len(data)).to_bytes(2, "big")
    return encode_pair(EAP_MESSAGE, head + bytes((type_,)) + data)


def asked(said):
    """Give identifier, type and data of a request inside."""
    (pair,) = decode_pairs(said)
    return pair.value[1], pair.value[4], pair.value[5:]


def test_gtc():
    """Identity, password, one question; a second question is not possible."""
    inner = TtlsInner()
    said = inner.hear(eap(0, packet.IDENTITY, b"alice"))
    assert isinstance(said, Say)
    identifier, type_, _ = asked(said.octets)
    assert type_ == packet.GTC
    found = inner.hear(eap(identifier, packet.GTC, b"secret"))
    assert isinstance(found, Credentials)
    assert (found.username, found.password.reveal(), found.method) == (b"alice", b"secret", "gtc")
    assert inner.asks == 1
    identifier, type_, text = asked(inner.ask(b"Code?"))
    assert (type_, text) == (packet.GTC, b"Code?")
    answered = inner.hear(eap(identifier, packet.GTC, b"123456"))
    assert isinstance(answered, Answered)
    assert answered.text.reveal() == b"123456"
    with pytest.raises(ValueError, match="no room"):
        inner.ask(b"Again?")


def test_an_inner_answer_to_nothing():
    """Another identifier than the request's."""
    inner = TtlsInner()
    identifier, _, _ = asked(inner.hear(eap(5, packet.IDENTITY, b"alice")).octets)
    with pytest.raises(InnerRefused):
        inner.hear(eap(identifier + 1, packet.GTC, b"secret"))


def test_pap_after_eap():
    """One way of telling a name, not two."""
    inner = TtlsInner()
    inner.hear(eap(0, packet.IDENTITY, b"alice"))
    with pytest.raises(InnerRefused):
        inner.hear(pap(b"bob", b"secret"))
