"""Inside an EAP-TTLS tunnel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.eap import packet
from proxy.eap.inner import Answered, Concluded, Credentials, InnerRefused, Say
from proxy.eap.ttls import (
    EAP_MESSAGE,
    MAX_PAIRS,
    MICROSOFT,
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
from tests.eap.test_mschapv2 import NT, PEER, PROOF, response


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


# --- MS-CHAPv2 without EAP ---

CHALLENGE = bytes(range(17))
RESPONSE = CHALLENGE[16:] + b"\0" + PEER + bytes(8) + NT
ALICE = encode_pair(USER_NAME, b"alice")


def said(challenge=CHALLENGE[:16], response=RESPONSE, name=ALICE):
    """Give what a peer says (RFC 5281 section 11.2.4)."""
    own = encode_pair(11, challenge, MICROSOFT) + encode_pair(25, response, MICROSOFT)
    return name + own


def bearing(offered=("mschapv2", "pap")):
    """Give an inside whose tunnel yields the challenge."""
    return TtlsInner(offered, lambda label, length: {b"ttls challenge": CHALLENGE}[label][:length])


def test_rfc5281_11_2_4():
    """The peer answers the tunnel's own challenge; our proof is acknowledged by an empty packet."""
    inner = bearing()
    told = inner.hear(said())
    assert (b"alice", "mschapv2", 0) == (told.username, told.method, inner.asks)
    assert told.password.reveal() == CHALLENGE[:16] + RESPONSE
    assert not inner.acknowledged()
    (pair,) = decode_pairs(inner.conclude(passed=True, proof=PROOF))
    assert Pair(26, MICROSOFT, CHALLENGE[16:] + PROOF.success, mandatory=True) == pair
    assert inner.acknowledged()


def test_a_refused_response():
    """Nothing is said inside; and nothing for a success that cannot be proved."""
    inner = bearing()
    inner.hear(said())
    assert b"" == inner.conclude(passed=False)
    assert not inner.acknowledged()
    with pytest.raises(InnerRefused, match="authenticator response"):
        inner.conclude(passed=True)


@pytest.mark.parametrize(
    "octets",
    [
        said(challenge=bytes(16)),
        said(challenge=CHALLENGE),
        said(response=b"\7" + RESPONSE[1:]),
        said(response=RESPONSE[:-1]),
        said(name=b""),
        said(name=ALICE + ALICE),
        said() + encode_pair(USER_PASSWORD, b"secret"),
        ALICE + encode_pair(1, bytes(50), MICROSOFT),
    ],
)
def test_what_does_not_answer_the_tunnels_challenge(octets):
    """Another challenge or identifier, a short response, no name or two, a password, version 1."""
    with pytest.raises(InnerRefused):
        bearing().hear(octets)


def test_mschapv2_where_it_is_not_offered():
    """It is a pair that nobody understands; so is PAP where that is not."""
    with pytest.raises(InnerRefused):
        bearing(("pap", "gtc")).hear(said())
    with pytest.raises(InnerRefused, match="found none of"):
        bearing(("mschapv2",)).hear(pap(b"alice", b"secret"))


@pytest.mark.parametrize("again", [said(), eap(1, packet.IDENTITY, b"bob")])
def test_a_second_name(again):
    """Who has told it once is that one."""
    inner = bearing(("mschapv2", "gtc"))
    inner.hear(said())
    with pytest.raises(InnerRefused):
        inner.hear(again)


def test_eap_mschapv2():
    """The same dialogue as in PEAP, in pairs."""
    inner = bearing(("mschapv2",))
    identifier, type_, data = asked(inner.hear(eap(5, packet.IDENTITY, b"alice")).octets)
    assert packet.MSCHAPV2 == type_
    told = inner.hear(eap(identifier, packet.MSCHAPV2, response(identifier=data[1])))
    assert ("mschapv2", 66) == (told.method, len(told.password.reveal()))
    identifier, type_, data = asked(inner.conclude(passed=True, proof=PROOF))
    assert (packet.MSCHAPV2, 3) == (type_, data[0])
    assert Concluded() == inner.hear(eap(identifier, packet.MSCHAPV2, b"\3"))


def test_gtc_has_no_result_of_its_own():
    """Success and failure stand outside the tunnel."""
    inner = TtlsInner()
    identifier, _, _ = asked(inner.hear(eap(0, packet.IDENTITY, b"alice")).octets)
    inner.hear(eap(identifier, packet.GTC, b"secret"))
    assert b"" == inner.conclude(passed=True)
