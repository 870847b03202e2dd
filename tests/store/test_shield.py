"""What the shield keeps, and what it begins with."""

import pytest
from sqlalchemy import insert
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from proxy.accounts.account import Person
from proxy.accounts.throttle import DirectoryLockout, Failure
from proxy.store import accounts, housekeeping, notices, schema, shield
from tests.peers.hall import InstantStore

NOW = 1_800_000_000.0
ALICE, BOB = ("corp", "alice"), ("corp", "bob")
OLD, NEW = Failure(NOW - 600, stranger=True), Failure(NOW - 60, stranger=False)


def test_what_failed(session):
    """A person's own, in order; what is kept next takes its place."""
    shield.keep(session, ALICE, [OLD])
    shield.keep(session, ALICE, [OLD, NEW])
    shield.keep(session, BOB, [NEW])
    assert [OLD, NEW] == shield.of_person(session, ALICE)
    assert {ALICE: [OLD, NEW], BOB: [NEW]} == shield.since(session, NOW - 3600)
    assert {ALICE: [NEW], BOB: [NEW]} == shield.since(session, NOW - 600)
    shield.keep(session, ALICE, [])
    assert [] == shield.of_person(session, ALICE)


def test_an_admin_forgives(session):
    """Every process is told."""
    account = accounts.ensure(session, Person(*ALICE, None, "uid=alice", frozenset()), NOW)
    shield.keep(session, ALICE, [OLD])
    assert shield.clear(session, account.id, ALICE, NOW)
    assert not shield.clear(session, account.id, ALICE, NOW)
    told = [(row["kind"], row["subject"]) for row in notices.since(session, 0)]
    assert [("shield-cleared", str(account.id))] * 2 == told
    assert ALICE == shield.person_of(session, str(account.id))
    assert shield.person_of(session, "4711") is None


def test_from_where_people_passed(session):
    """Accepted logins alone, each place once, when last; the newest comes last."""
    account = accounts.ensure(session, Person(*ALICE, None, "uid=alice", frozenset()), NOW)
    for number, (at, origin, outcome) in enumerate(
        [
            (NOW - 50, "home", "accept"),
            (NOW - 40, "cafe", "accept"),
            (NOW - 30, "home", "accept"),
            (NOW - 20, "office", "reject"),
            (NOW - 9000, "hotel", "accept"),
        ]
    ):
        session.run(
            insert(schema.login_records).values(
                login_id=str(number), at=at, account_id=account.id, directory="corp",
                username="x", client="vpn", origin=origin, outcome=outcome, reason="totp",
                policy="staff", transcript="[]",
            )
        )  # fmt: skip
    assert [("cafe", NOW - 40), ("home", NOW - 30)] == [
        (one.origin, one.at) for one in shield.passed_from(session, NOW - 3600)
    ]
    newest = list(shield.passed_from(session, NOW - 3600))[-1]
    assert (account.id, ALICE, "vpn") == (newest.account_id, newest.person, newest.client)


@pytest.mark.parametrize("window", [1800.0, None])
def test_when_a_directory_locks(session, window):
    """As it told last."""
    shield.learn(session, "corp", DirectoryLockout(3, 60.0))
    shield.learn(session, "corp", DirectoryLockout(10, window))
    assert {"corp": DirectoryLockout(10, window)} == shield.lockouts(session)
    shield.learn(session, "corp", None)
    assert {} == shield.lockouts(session)


def test_what_no_longer_counts_is_deleted(session):
    """A day later, whatever the window is."""
    shield.keep(session, ALICE, [OLD, NEW])
    housekeeping.prune(session, NOW - 60 + housekeeping.FAILURES_KEPT)
    assert [NEW] == shield.of_person(session, ALICE)


def test_the_port(database):
    """Writes when something failed, and reads whom a notice is about."""
    store = InstantStore(database)
    stored = shield.StoredShield(store, Clock())
    stored.keep(ALICE, [NEW])
    assert [NEW] == store.read(lambda session: shield.of_person(session, ALICE))
    assert stored.forgiven("1") is None
    store.close()


def test_wrong_codes_are_kept_beside_wrong_passwords(database):
    """By the account; an admin forgives both."""
    store = InstantStore(database)
    stored = shield.StoredShield(store, Clock())
    person = Person(*ALICE, None, "uid=alice", frozenset())
    made = store.read(lambda session: accounts.ensure(session, person, NOW))
    stored.keep(ALICE, [NEW])
    Deferred.fromCoroutine(stored.keep_codes(made.id, [OLD]))
    Deferred.fromCoroutine(stored.keep_codes(4711, [OLD]))
    assert [NEW] == store.read(lambda session: shield.of_person(session, ALICE))
    assert {made.id: [OLD]} == store.read(lambda session: shield.codes_since(session, 0.0))
    assert store.read(lambda session: shield.clear(session, made.id, ALICE, NOW))
    assert {} == store.read(lambda session: shield.codes_since(session, 0.0))
    store.close()
