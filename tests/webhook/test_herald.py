"""Which alerts are said and posted, and when again."""

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogLevel, globalLogPublisher

from proxy.secret import Secret
from proxy.store import accounts, announcements
from proxy.store.announcements import StoredAnnouncements
from proxy.webhook.herald import Herald
from proxy.webhook.options import NotTaken, Webhook
from tests.peers.hall import InstantStore
from tests.peers.logins import ALICE

WEBHOOK = Webhook("https://siem.example.org/", Secret(b"k" * 32), None)


class World:
    """A herald with a real store; the endpoint is a function."""

    def __init__(self, database):
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.store = InstantStore(database)
        self.posted, self.faults, self.said = [], [], []
        self.webhook = WEBHOOK
        self.herald = Herald(
            StoredAnnouncements(self.store, self.clock, "webhook"),
            lambda: self.webhook,
            self._post,
            self.clock,
        )
        self.herald.start()

    async def _post(self, webhook, headers, body, reactor):
        if self.faults:
            raise self.faults.pop(0)
        self.posted.append((headers, body))

    def observe(self, event):
        if "alert" in event:
            self.said.append((event["log_level"], event["alert"], event["what"]))

    def alert(self, kind="push-reported"):
        def job(session):
            account = accounts.ensure(session, ALICE, self.clock.seconds())
            announcements.alert(session, account.id, kind, "vpn", "192.0.2.7", self.clock.seconds())

        self.store.write(job)


@pytest.fixture
def world(database):
    world = World(database)
    globalLogPublisher.addObserver(world.observe)
    yield world
    globalLogPublisher.removeObserver(world.observe)
    world.herald.stop()
    world.store.close()


def test_an_alert_is_posted_once(world):
    """Soon after its news; no letter is."""
    announcements_of_mail = StoredAnnouncements(world.store, world.clock)
    world.alert()
    world.clock.advance(2)
    world.clock.advance(600)
    assert 1 == len(world.posted)
    assert announcements_of_mail.any_due()


def test_the_log_warns_of_each(world):
    """Of a report it says that the password is known."""
    world.alert()
    world.alert("push-blocked")
    world.clock.advance(2)
    assert [(LogLevel.warn, "push-reported"), (LogLevel.warn, "push-blocked")] == [
        one[:2] for one in world.said
    ]
    assert "password is known to somebody" in world.said[0][2]


def test_without_an_endpoint_the_log_has_it(world):
    """And nothing waits for one."""
    world.webhook = None
    world.alert()
    world.clock.advance(2)
    world.webhook = WEBHOOK
    world.clock.advance(600)
    assert (1, []) == (len(world.said), world.posted)


def test_what_is_not_taken_is_posted_again_and_said_once(world):
    """Ten seconds, twenty, forty."""
    world.faults = [NotTaken("status 500")] * 3
    world.alert()
    world.clock.advance(2)
    for wait in (10, 20, 40):
        world.clock.pump([2] * (wait // 2 - 1))
        assert [] == world.posted
        world.clock.advance(2)
    assert (1, 1) == (len(world.posted), len(world.said))


def test_our_own_faults_do_not_end_it(world):
    """The next round goes on."""
    world.faults = [ValueError("ours")]
    world.alert()
    world.clock.advance(2)
    world.clock.advance(announcements.LEASE + 2)
    assert 1 == len(world.posted)
