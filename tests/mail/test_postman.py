"""Who gets a letter, and when it is tried again."""

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from proxy.accounts.account import Person
from proxy.errors import Unavailable
from proxy.mail.options import Mailing, NotSent, SmtpOptions, Undeliverable
from proxy.mail.postman import Postman, is_address
from proxy.store import accounts, announcements
from proxy.store.announcements import StoredAnnouncements
from tests.peers.hall import InstantStore

OPTIONS = SmtpOptions("h", 465, False, None, None, "c@example.org", None, "mfa.example.org")


class World:
    """A postman with a real store; the server is a function."""

    def __init__(self, database):
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.store = InstantStore(database)
        self.sent = []
        self.addresses = {"alice": "alice@example.org"}
        self.faults = []
        self.mailing = Mailing(OPTIONS, self._send)
        self.postman = Postman(
            StoredAnnouncements(self.store, self.clock),
            self._address,
            lambda: self.mailing,
            "https://mfa.example.org",
            self.clock,
        )
        self.postman.start()

    async def _address(self, directory, name):
        found = self.addresses.get(name)
        if isinstance(found, Exception):
            raise found
        return found

    async def _send(self, options, to, letter, reactor):
        if self.faults and (fault := self.faults.pop(0)) is not None:
            raise fault
        self.sent.append(to)

    def announce(self, name="alice", kind="totp-enrolled"):
        def job(session):
            person = Person("corp", name, None, f"uid={name}", frozenset())
            account = accounts.ensure(session, person, self.clock.seconds())
            announcements.add(session, account.id, kind, "", self.clock.seconds())

        self.store.write(job)

    def alert(self):
        def job(session):
            person = Person("corp", "alice", None, "uid=alice", frozenset())
            account = accounts.ensure(session, person, self.clock.seconds())
            now = self.clock.seconds()
            announcements.alert(session, account.id, "push-reported", "vpn", "192.0.2.7", now)

        self.store.write(job)

    def waiting(self):
        now = self.clock.seconds() + announcements.LEASE * 100
        return len(self.store.read(lambda s: announcements.due(s, now, 9)))


@pytest.fixture
def world(database):
    world = World(database)
    yield world
    world.postman.stop()
    world.store.close()


def test_a_letter_is_sent_once(world):
    """Soon after its news."""
    world.announce()
    world.clock.advance(2)
    world.clock.advance(600)
    assert ["alice@example.org"] == world.sent


def test_without_mail_nothing_is_taken(world):
    """Until it is configured."""
    mailing, world.mailing = world.mailing, None
    world.announce()
    world.clock.advance(2)
    assert ([], 1) == (world.sent, world.waiting())
    world.mailing = mailing
    world.clock.advance(2)
    assert ["alice@example.org"] == world.sent


def test_what_cannot_be_sent_now_waits_longer_each_time(world):
    """A minute, two, four; the letter comes in the end."""
    world.faults = [NotSent("421 later")] * 3
    world.announce()
    world.clock.advance(2)
    for wait in (60, 120, 240):
        world.clock.pump([2] * (wait // 2 - 1))
        assert [] == world.sent
        world.clock.advance(2)
    assert ["alice@example.org"] == world.sent


def test_a_directory_that_does_not_answer_is_asked_again(world):
    """The letter waits."""
    world.addresses["alice"] = Unavailable("down")
    world.announce()
    world.clock.advance(2)
    world.addresses["alice"] = "alice@example.org"
    world.clock.advance(62)
    assert ["alice@example.org"] == world.sent


def test_what_is_refused_for_good_is_given_up(world):
    """And does not keep others waiting."""
    world.faults = [Undeliverable("550 no such user"), None]
    world.addresses["bob"] = "bob@example.org"
    world.announce(), world.announce("bob")
    world.clock.advance(2)
    assert (["bob@example.org"], 0) == (world.sent, world.waiting())


def test_who_has_no_address_gets_nothing(world):
    """Nor who has one that is none."""
    world.addresses = {"bob": "bob@example.org>\r\nRCPT TO:<x@example.org"}
    world.announce(), world.announce("bob")
    world.clock.advance(2)
    assert ([], 0) == (world.sent, world.waiting())


def test_a_letter_that_was_taken_is_not_taken_twice(world):
    """While it is being sent; after a crash it is due again."""
    held = []

    async def hold(*_):
        held.append(Deferred())
        await held[-1]

    world.mailing = Mailing(OPTIONS, hold)
    world.announce()
    world.clock.advance(2)
    second = StoredAnnouncements(world.store, world.clock)
    assert not second.any_due()
    world.clock.advance(announcements.LEASE)
    assert second.any_due()
    held[0].callback(None)
    assert not second.any_due()


@pytest.mark.parametrize(
    "text",
    ["", "alice", "a b@example.org", "a@b\n", '"a"@example.org', "a,b@x.org", "é@example.org"],
)
def test_what_is_no_address(text):
    """Nothing that SMTP would take for more than one address."""
    assert not is_address(text)


def test_an_alert_goes_to_the_person_and_to_an_admin(world):
    """The admin at the configured address; nobody is asked the directory for it."""
    world.mailing = replace(world.mailing, alerts_to="security@example.org")
    world.alert()
    world.clock.advance(2)
    assert ["security@example.org", "alice@example.org"] == world.sent


def test_without_an_address_for_alerts_the_person_alone_is_told(world):
    """And nothing waits for one."""
    world.alert()
    world.clock.advance(2)
    assert ["alice@example.org"] == world.sent
    assert 0 == world.waiting()
