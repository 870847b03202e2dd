"""Parked logins, and the record of each login."""

import pytest
from sqlalchemy import select
from twisted.internet.task import Clock

from proxy.accounts.account import Person
from proxy.ports import AlreadyEnded, Ending, NotParked, Outcome, Parked, Record, Taken
from proxy.store import accounts, logins
from proxy.store.engine import Store
from proxy.store.logins import OUTCOME_KEPT, StoredLogins
from proxy.store.schema import parked_logins

NOW = 1_800_000_000.0
ALICE = Person("corp", "alice", None, "uid=alice,dc=example", frozenset())
STATE = b"s" * 16


@pytest.fixture
def parked(session):
    """A login that is parked for five minutes."""
    account_id = accounts.ensure(session, ALICE, NOW).id
    parked = Parked(STATE, "login", account_id, "vpn", "alice", '{"stage": 1}', NOW + 300)
    logins.park(session, parked, NOW)
    return parked


def take(session, now=NOW, *, state=STATE, client="vpn", username="alice", digest=b"a" * 32):
    return logins.take(session, state, client, username, digest, now)


def test_the_first_answer_takes_a_state(session, parked):
    """Whoever answers first gets the login as it was parked."""
    assert take(session) == Taken(parked)


def test_the_same_answer_again_before_an_outcome_takes_it_again(session, parked):
    """After a crash between answer and outcome the same answer goes on with the login."""
    take(session)
    assert take(session, NOW + 5) == Taken(parked)


def test_the_same_answer_gets_the_same_outcome(session, parked):
    """Until 30 s after the outcome, and not longer, the same answer is told the same."""
    take(session)
    logins.finish(session, STATE, "outcome", NOW + 10)
    assert take(session, NOW + 10) == AlreadyEnded("outcome")
    assert take(session, NOW + 10 + OUTCOME_KEPT) == AlreadyEnded("outcome")
    assert take(session, NOW + 10 + OUTCOME_KEPT + 1) == NotParked("answered")


def test_an_outcome_is_told_even_when_the_state_has_expired(session, parked):
    """What was answered in time keeps its outcome for the retransmission."""
    take(session, NOW + 299)
    logins.finish(session, STATE, "outcome", NOW + 310)
    assert take(session, NOW + 320) == AlreadyEnded("outcome")


def test_what_a_login_waited_with_is_gone_with_its_outcome(session, parked):
    """It may have been a password, sealed."""
    take(session)
    kept = select(parked_logins.c.stage).where(parked_logins.c.state == STATE)
    assert "" != session.row(kept)["stage"]
    logins.finish(session, STATE, "outcome", NOW + 10)
    assert "" == session.row(kept)["stage"]


def test_another_answer_is_refused(session, parked):
    """A State takes one answer; another one is refused, with and without an outcome."""
    take(session)
    assert take(session, digest=b"b" * 32) == NotParked("answered")
    logins.finish(session, STATE, "outcome", NOW)
    assert take(session, digest=b"b" * 32) == NotParked("answered")


@pytest.mark.parametrize(
    "other", [{"state": b"t" * 16}, {"state": b""}, {"client": "wifi"}, {"username": "bob"}]
)
def test_another_state_client_or_name_finds_nothing(session, parked, other):
    """A State serves the client and the name that it was parked for; others learn nothing."""
    assert take(session, **other) == NotParked("unknown")
    assert take(session) == Taken(parked)


def test_a_state_lives_until_its_end(session, parked):
    """At its end a State is over, whether it was answered before or not."""
    assert take(session, NOW + 300) == NotParked("expired")
    take(session, NOW + 299)
    assert take(session, NOW + 300) == NotParked("expired")


def test_a_replaced_login_is_dead(session, parked):
    """Once a newer login has taken its place, no answer serves, not even the same again."""
    take(session)
    logins.finish(session, STATE, "outcome", NOW)
    session._connection.execute("UPDATE parked_logins SET dead_at = ?", (NOW,))
    assert take(session) == NotParked("replaced")


def record(account_id, **other):
    kept = {
        "login_id": "login",
        "at": NOW,
        "account_id": account_id,
        "directory": "corp",
        "username": "Alice",
        "client": "vpn",
        "origin": "203.0.113.7",
        "outcome": "accept",
        "reason": "totp",
        "policy": "staff",
        "transcript": "[]",
    }
    return Record(**{**kept, **other})


@pytest.fixture
def clock():
    clock = Clock()
    clock.advance(NOW)
    return clock


def test_a_parked_login_outlives_the_process(store, loop, database, clock):
    """Another process takes what this one has parked, once."""
    account_id = database.now(lambda session: accounts.ensure(session, ALICE, NOW)).id
    parked = Parked(STATE, "login", account_id, "vpn", "alice", "{}", NOW + 300)
    loop.result(StoredLogins(store, clock).keep(Ending(record(account_id), parked, None)))
    restarted = Store(database, loop)
    restarted.start()
    port = StoredLogins(restarted, clock)
    assert loop.result(port.take(STATE, "vpn", "alice", b"a")) == Taken(parked)
    assert loop.result(port.take(STATE, "vpn", "alice", b"b")) == NotParked("answered")
    loop.result(port.keep(Ending(record(account_id), None, Outcome(STATE, "outcome"))))
    assert loop.result(port.take(STATE, "vpn", "alice", b"a")) == AlreadyEnded("outcome")
    loop.result(restarted.stop())


def test_of_two_answers_at_once_one_takes_the_state(store, loop, database, clock):
    """However close they come, one answer is the first."""
    account_id = database.now(lambda session: accounts.ensure(session, ALICE, NOW)).id
    parked = Parked(STATE, "login", account_id, "vpn", "alice", "{}", NOW + 300)
    port = StoredLogins(store, clock)
    loop.result(port.keep(Ending(record(account_id), parked, None)))
    taken = [port.take(STATE, "vpn", "alice", answer) for answer in (b"a", b"b", b"a")]
    verdicts = [loop.result(answer) for answer in taken]
    assert verdicts == [Taken(parked), NotParked("answered"), Taken(parked)]


def test_every_field_of_a_record_is_kept(store, loop, database, clock):
    """What was recorded is read as it was, the newest first."""
    account_id = database.now(lambda session: accounts.ensure(session, ALICE, NOW)).id
    port = StoredLogins(store, clock)
    records = [record(account_id, login_id=f"login {number}") for number in range(3)]
    for one in records:
        loop.result(port.keep(Ending(one, None, None)))
    found = store.read(lambda session: logins.recent(session, account_id, 2))
    assert [Record(**dict(list(zip(row.keys(), row, strict=True))[1:])) for row in found] == [
        records[2],
        records[1],
    ]


def test_a_login_of_nobody_is_recorded(store, loop, clock):
    """A name that no directory knows has a record without an account."""
    unknown = record(None, directory=None, policy=None, outcome="reject", reason="bad-credentials")
    loop.result(StoredLogins(store, clock).keep(Ending(unknown, None, None)))
    assert (
        store.read(lambda session: session.rows(logins.login_records.select()))[0]["username"]
        == "Alice"
    )
