from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from proxy.frontends.radius.discards import QUIET, Discards


def test_every_discard_is_counted_and_few_are_told():
    """A flood is one line, then one every ten seconds with how many there were between."""
    clock, counted, lines = Clock(), [], []
    discards = Discards(clock, counted.append)
    globalLogPublisher.addObserver(lines.append)
    try:
        for _ in range(5):
            discards.drop("malformed", "192.0.2.1", "found nothing")
        discards.drop("unknown-client", "192.0.2.1", "found none")
        clock.advance(QUIET)
        discards.drop("malformed", "192.0.2.2", "found nothing")
    finally:
        globalLogPublisher.removeObserver(lines.append)
    assert ["malformed"] * 5 + ["unknown-client", "malformed"] == counted
    told = [(line["reason"], line["source"], line["unwritten"]) for line in lines]
    assert [
        ("malformed", "192.0.2.1", 0),
        ("unknown-client", "192.0.2.1", 0),
        ("malformed", "192.0.2.2", 4),
    ] == told


def test_a_refusal_names_its_client():
    """Whoever set a NAS to CHAP finds it in the log; another NAS's flood does not hide it."""
    clock, counted, lines = Clock(), [], []
    discards = Discards(clock, counted.append)
    globalLogPublisher.addObserver(lines.append)
    try:
        for client in ("vpn", "vpn", "wifi"):
            discards.refuse("chap", client, "192.0.2.1")
        clock.advance(QUIET)
        discards.refuse("chap", "vpn", "192.0.2.1")
    finally:
        globalLogPublisher.removeObserver(lines.append)
    assert ["refused-chap"] * 4 == counted
    told = [(line["reason"], line["client"], line["unwritten"]) for line in lines]
    assert [
        ("refused-chap", "vpn", 0),
        ("refused-chap", "wifi", 0),
        ("refused-chap", "vpn", 1),
    ] == (told)
