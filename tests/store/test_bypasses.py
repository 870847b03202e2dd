"""Bypasses in the store: for whom, from when, until when."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from proxy.accounts.account import Person
from proxy.login.actions import LoadAccount
from proxy.store import accounts, bypasses, notices
from proxy.store.accounts import StoredAccounts
from tests.peers.hall import InstantStore

NOW = 1_800_000_000.0
ALICE = Person("corp", "alice", "id-1", "uid=alice", frozenset())
BOB = Person("corp", "bob", "id-2", "uid=bob", frozenset())


def made(session, until=NOW + 600, now=NOW, **subject):
    if not subject:
        subject = {"account_id": accounts.ensure(session, ALICE, NOW).id}
    return bypasses.make(
        session, **subject, reason="lost phone", made_by="root", now=now, ends_at=until
    )


def holding(session, person=ALICE, client="vpn", now=NOW):
    loaded = accounts.load_for_login(session, LoadAccount(person, client), now)
    return loaded.bypass and loaded.bypass.id


def test_it_is_for_one_person_at_every_client(session):
    """And for nobody else."""
    one = made(session)
    assert (one, one) == (holding(session), holding(session, client="wifi"))
    assert holding(session, BOB) is None


def test_it_is_for_everyone_at_one_client(session):
    """Somebody who comes for the first time too; at no other client."""
    one = made(session, client="vpn")
    assert (one, one) == (holding(session), holding(session, BOB))
    assert holding(session, client="wifi") is None


def test_what_is_read_with_the_account(session):
    """The reason and the end, for the record."""
    made(session)
    found = accounts.load_for_login(session, LoadAccount(ALICE, "vpn"), NOW).bypass
    assert ("lost phone", NOW + 600) == (found.reason, found.ends_at)


@pytest.mark.parametrize(
    ("seconds", "holds"), [(-0.1, False), (0, True), (599, True), (600, False)]
)
def test_it_holds_from_its_making_to_its_end(session, seconds, holds):
    """A clock that is set back before its making ends it instead of making it longer."""
    made(session)
    assert holds == (holding(session, now=NOW + seconds) is not None)


def test_a_newer_one_ends_an_older_one(session):
    """The same person's: a shorter one shortens."""
    made(session)
    newer = made(session, until=NOW + 60, now=NOW + 1)
    assert newer == holding(session, now=NOW + 2)
    assert holding(session, now=NOW + 61) is None
    assert [NOW + 1, None] == [one.ended_at for one in bypasses.list_all(session)]


def test_of_two_that_hold_the_longer_is_told(session):
    """One of the person's, one of the client's."""
    made(session)
    longer = made(session, until=NOW + 900, client="vpn")
    assert longer == holding(session)
    alice = accounts.ensure(session, ALICE, NOW).id
    assert ["corp/alice", "client vpn"] == [
        one.subject for one in bypasses.of_account(session, alice, NOW)
    ]
    assert ["client vpn"] == [one.subject for one in bypasses.of_account(session, alice, NOW + 700)]


def test_it_is_ended_once(session):
    """Another's stays; the processes are told."""
    made(session)
    made(session, client="vpn")
    alice = accounts.ensure(session, ALICE, NOW).id
    before = notices.newest(session)
    assert bypasses.end(session, account_id=alice, now=NOW + 1)
    assert not bypasses.end(session, account_id=alice, now=NOW + 2)
    assert ["bypass-changed"] == [row["kind"] for row in notices.since(session, before)]
    assert ["client vpn"] == [one.subject for one in bypasses.list_open(session)]


def test_one_that_is_over_cannot_be_ended(session):
    """Its end is the one that it had."""
    made(session)
    alice = accounts.ensure(session, ALICE, NOW).id
    assert not bypasses.end(session, account_id=alice, now=NOW + 600)


def test_the_port_asks_whether_it_still_holds(database):
    """By the clock that is never set."""
    clock = Clock()
    clock.advance(NOW)
    store = InstantStore(database)
    store.write(made)
    asked = []
    port = StoredAccounts(store, clock, lambda bypass: asked.append(bypass.id) or False)
    loaded = []
    Deferred.fromCoroutine(port.load(LoadAccount(ALICE, "vpn"))).addCallback(loaded.append)
    assert [None] == [one.bypass for one in loaded]
    assert [1] == asked
    store.close()
