"""Inside a PEAPv0 tunnel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.eap import packet
from proxy.eap.inner import Concluded, Credentials, InnerRefused
from proxy.eap.peap import PeapInner
from proxy.errors import PeerError
from tests.eap.test_mschapv2 import PROOF, response

IDENTITY, GTC = bytes((packet.IDENTITY,)), bytes((packet.GTC,))
SUCCESS = bytes.fromhex("0200000b21800300020001")
FAILURE = bytes.fromhex("0200000b21800300020002")


@pytest.fixture
def known():
    """A peer that has told name and password."""
    inner = PeapInner()
    assert inner.begin() == IDENTITY
    assert inner.hear(IDENTITY + b"alice").octets.startswith(GTC)
    found = inner.hear(GTC + b"secret")
    assert isinstance(found, Credentials)
    assert (found.username, found.password.reveal()) == (b"alice", b"secret")
    return inner


def test_three_questions(known):
    """As many as a login has tries; then none."""
    for left in (3, 2, 1):
        assert known.asks == left
        assert known.ask(b"Code?") == GTC + b"Code?"
        assert known.hear(GTC + b"000000").text.reveal() == b"000000"
    with pytest.raises(ValueError, match="no room"):
        known.ask(b"Code?")


@pytest.mark.parametrize(("passed", "said"), [(True, SUCCESS), (False, FAILURE)])
def test_the_result_is_acknowledged(known, passed, said):
    """It is said inside, as a whole EAP packet, and comes back."""
    assert known.conclude(passed=passed) == b"\1" + said[1:]
    assert known.hear(said) == Concluded()


def test_a_peer_that_does_not_agree(known):
    """A failure in answer to a success is no acknowledgement."""
    known.conclude(passed=True)
    with pytest.raises(InnerRefused):
        known.hear(FAILURE)


@pytest.mark.parametrize(
    "octets", [b"", IDENTITY, IDENTITY + b"a" * 254, GTC + b"secret", b"\x03\x06"]
)
def test_a_peer_without_identity(octets):
    """The first word inside is a name of 1 to 253 octets."""
    with pytest.raises(InnerRefused):
        PeapInner().hear(octets)


def test_a_peer_that_cannot_do_gtc():
    """It says no to what is asked; there is nothing else."""
    inner = PeapInner()
    inner.hear(IDENTITY + b"alice")
    with pytest.raises(InnerRefused, match="cannot do gtc"):
        inner.hear(b"\x03\x1a")


MSCHAPV2 = bytes((packet.MSCHAPV2,))


@pytest.mark.parametrize(("passed", "said"), [(True, SUCCESS), (False, FAILURE)])
def test_mschapv2(passed, said):
    """Its own result comes first, then the tunnel's; each is acknowledged."""
    inner = PeapInner(("mschapv2", "gtc"))
    inner.begin()
    asked = inner.hear(IDENTITY + b"alice").octets
    assert MSCHAPV2 == asked[:1]
    told = inner.hear(MSCHAPV2 + response(identifier=asked[2]))
    assert ("mschapv2", 66) == (told.method, len(told.password.reveal()))
    own = inner.conclude(passed=passed, proof=PROOF)
    assert bytes((packet.MSCHAPV2, 3 if passed else 4)) == own[:2]
    assert b"\1" + said[1:] == inner.hear(own[:2]).octets
    assert not inner.acknowledged()
    assert inner.hear(said) == Concluded()


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_arbitrary_octets(said):
    """They are understood or refused; credentials need a name and then a password, both said."""
    inner, heard = PeapInner(), []
    try:
        heard.extend(inner.hear(octets) for octets in said)
    except PeerError:
        assert len(heard) < len(said)
    for number, one in enumerate(heard):
        if isinstance(one, Credentials):
            assert (number, one.username) == (1, said[0][1:])
