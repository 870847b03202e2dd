"""What is deleted by age."""

import pytest
from sqlalchemy import func, insert, select
from twisted.internet.task import Clock

from proxy.store import schema
from proxy.store.housekeeping import (
    NOTICES_KEPT,
    PARKED_KEPT,
    REQUESTS_KEPT,
    ROWS_AT_ONCE,
    TIDY_EVERY,
    Housekeeping,
    prune,
)

NOW = 1_000_000.0


@pytest.fixture
def session(session):
    """A transaction on a store with an account, a device and an approval."""
    session._connection.execute("PRAGMA foreign_keys = OFF")
    return session


def add(session, table, **values):
    rest = {
        column.name: "x"
        for column in table.columns
        if not column.nullable and not column.primary_key
    }
    session.run(insert(table).values(**{**rest, **values}))


def count(session, table):
    row = session.row(select(func.count().label("n")).select_from(table))
    return row["n"]


def test_a_parked_login_is_kept_ten_minutes_after_its_end(session):
    """An old State is told from an unknown one for ten minutes, then it is gone."""
    add(session, schema.parked_logins, state=b"a", expires_at=NOW)
    prune(session, NOW + PARKED_KEPT)
    assert count(session, schema.parked_logins) == 1
    prune(session, NOW + PARKED_KEPT + 1)
    assert count(session, schema.parked_logins) == 0


def test_a_proof_is_kept_until_it_could_not_be_repeated(session):
    """A used DPoP proof is kept until its end, then gone."""
    add(session, schema.used_proofs, proof_digest=b"a", expires_at=NOW)
    prune(session, NOW)
    assert count(session, schema.used_proofs) == 1
    prune(session, NOW + 1)
    assert count(session, schema.used_proofs) == 0


def test_a_seed_that_waits_for_its_first_code_is_kept_until_its_end(session):
    """Then it is gone, whether its phone comes back or not."""
    add(session, schema.pending_totp, device_id="a", expires_at=NOW)
    prune(session, NOW)
    assert count(session, schema.pending_totp) == 1
    prune(session, NOW + 1)
    assert count(session, schema.pending_totp) == 0


def test_a_request_authenticator_is_kept_for_a_day(session):
    """No push is sent twice for one Request Authenticator within 24 h."""
    add(session, schema.approval_requests, request_digest=b"a", at=NOW)
    prune(session, NOW + REQUESTS_KEPT)
    assert count(session, schema.approval_requests) == 1
    prune(session, NOW + REQUESTS_KEPT + 1)
    assert count(session, schema.approval_requests) == 0


def test_a_notice_is_kept_ten_minutes(session):
    """Notices are for those who look all the time; ids are never used again."""
    add(session, schema.notices, at=NOW)
    prune(session, NOW + NOTICES_KEPT)
    assert count(session, schema.notices) == 1
    prune(session, NOW + NOTICES_KEPT + 1)
    assert count(session, schema.notices) == 0
    add(session, schema.notices, at=NOW)
    row = session.row(select(schema.notices.c.id))
    assert row["id"] == 2


def test_records_are_kept(session):
    """The record of a login is never deleted by age."""
    add(session, schema.login_records, at=0.0)
    prune(session, NOW)
    assert count(session, schema.login_records) == 1


def test_a_little_at_a_time(session):
    """Many old rows go in several jobs; each says whether there may be more."""
    for number in range(ROWS_AT_ONCE + 1):
        add(session, schema.used_proofs, proof_digest=str(number).encode(), expires_at=1.0)
    assert prune(session, NOW)
    assert count(session, schema.used_proofs) == 1
    assert not prune(session, NOW)
    assert count(session, schema.used_proofs) == 0


def test_the_daemon_prunes_again_and_again(store, loop, database):
    """Each round deletes all that is old by then."""
    clock = Clock()
    clock.advance(NOW)
    housekeeping = Housekeeping(store, clock)
    housekeeping.start()
    loop.result(store.write(lambda session: None))
    for _ in range(2):
        database.now(
            lambda session: add(session, schema.used_proofs, proof_digest=b"a", expires_at=1.0)
        )
        clock.advance(TIDY_EVERY)
        loop.result(store.write(lambda session: None))
    assert database.now(lambda session: count(session, schema.used_proofs)) == 0
    housekeeping.stop()
    housekeeping.stop()
