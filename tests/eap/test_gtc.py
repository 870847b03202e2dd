"""EAP-GTC."""

import pytest

from proxy.eap.gtc import PASSWORD, Gtc
from proxy.eap.inner import InnerRefused


def test_the_password_and_then_questions():
    """As many as the peer bears, and none before it has told its password."""
    gtc = Gtc(1)
    assert PASSWORD == gtc.start(b"alice")
    assert 0 == gtc.asks
    told = gtc.hear(b"secret\0")
    assert (b"alice", b"secret", "gtc") == (told.username, told.password.reveal(), told.method)
    assert (1, b"Code?") == (gtc.asks, gtc.ask(b"Code?"))
    assert b"123456" == gtc.hear(b"123456").text.reveal()
    with pytest.raises(ValueError, match="no room"):
        gtc.ask(b"Again?")
    assert gtc.conclude(passed=True) is None


def test_an_answer_without_end():
    """More than 1024 octets."""
    with pytest.raises(InnerRefused):
        Gtc(1).hear(bytes(1025))
