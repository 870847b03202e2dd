"""Which phones are listening."""

from proxy.push.inbox import Inbox


def test_a_change_wakes_every_listener_of_that_phone():
    """And nobody else's."""
    inbox, woken = Inbox(), []
    for name in ("one", "one", "two"):
        inbox.wait(name).addCallback(lambda _, name=name: woken.append(name))
    inbox.changed("one")
    assert ["one", "one"] == woken
    assert 1 == inbox.listening()


def test_a_listener_that_went_away_leaves_nothing():
    """A poll that ended is forgotten."""
    inbox = Inbox()
    waiting = inbox.wait("one")
    waiting.addErrback(lambda _: None)
    waiting.cancel()
    assert 0 == inbox.listening()
    inbox.changed("one")
