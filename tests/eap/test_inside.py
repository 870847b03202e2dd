"""EAP inside a tunnel."""

import pytest

from proxy.eap import packet
from proxy.eap.inner import Credentials, InnerRefused, Proof
from proxy.eap.inside import InnerEap
from tests.eap.test_mschapv2 import NT, PEER, PROOF, response

BOTH = ("pap", "gtc", "mschapv2")


def test_the_first_method_is_begun():
    """In the order of the setting."""
    assert packet.GTC == InnerEap(BOTH, 1).hear(packet.IDENTITY, b"alice")[0]
    other = InnerEap(("mschapv2", "gtc"), 1)
    type_, said = other.hear(packet.IDENTITY, b"alice")
    assert (packet.MSCHAPV2, 1) == (type_, said[0])
    told = other.hear(packet.MSCHAPV2, response(identifier=said[1]))
    assert isinstance(told, Credentials)
    assert told.password.reveal() == said[5:21] + bytes((said[1], 0)) + PEER + bytes(8) + NT
    assert 0 == other.asks
    assert packet.MSCHAPV2 == other.conclude(passed=True, proof=PROOF)[0]


def test_a_peer_asks_for_another():
    """Once, and before it has answered the first."""
    inside = InnerEap(BOTH, 1)
    inside.hear(packet.IDENTITY, b"alice")
    assert packet.MSCHAPV2 == inside.hear(packet.NAK, bytes((4, packet.MSCHAPV2)))[0]
    with pytest.raises(InnerRefused, match="cannot do gtc or mschapv2"):
        inside.hear(packet.NAK, bytes((packet.GTC,)))


@pytest.mark.parametrize(("offered", "wanted"), [(("gtc",), 26), (BOTH, 4), (BOTH, 6), (BOTH, 0)])
def test_a_peer_that_can_do_none(offered, wanted):
    """What is not offered, what nobody offers, the same again, nothing."""
    inside = InnerEap(offered, 1)
    inside.hear(packet.IDENTITY, b"alice")
    with pytest.raises(InnerRefused, match="cannot do"):
        inside.hear(packet.NAK, bytes((wanted,)))


def test_a_late_no():
    """A peer that told its password goes on with what it told."""
    inside = InnerEap(BOTH, 1)
    inside.hear(packet.IDENTITY, b"alice")
    inside.hear(packet.GTC, b"secret")
    with pytest.raises(InnerRefused, match="cannot do"):
        inside.hear(packet.NAK, bytes((packet.MSCHAPV2,)))


def test_eap_that_is_not_offered():
    """Where PAP alone may be said inside."""
    with pytest.raises(InnerRefused, match="wanted PAP"):
        InnerEap(("pap",), 1).hear(packet.IDENTITY, b"alice")


def test_nobody_to_ask():
    """Before anybody has told who it is."""
    inside = InnerEap(BOTH, 1)
    assert 0 == inside.asks
    with pytest.raises(ValueError, match="nobody"):
        inside.ask(b"Code?")
    assert inside.conclude(passed=True, proof=Proof(b"")) is None
