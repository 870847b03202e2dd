"""Wrong codes in a row."""

import pytest

from proxy.accounts.account import Person
from proxy.store import accounts, failures
from proxy.store.failures import Failures
from proxy.store.schema import passcode_failures

NOW = 1_800_000_000.0


@pytest.fixture
def account_id(session):
    person = Person("corp", "alice", None, "uid=alice,dc=example", frozenset())
    return accounts.ensure(session, person, NOW).id


def kept(session):
    return [tuple(row)[1:] for row in session.rows(passcode_failures.select())]


def test_failures_are_counted_one_by_one(session, account_id):
    """Each wrong code adds one, with its time and attempt."""
    failures.count(session, account_id, None, "a", NOW)
    assert kept(session) == [(1, NOW, "a")]
    failures.count(session, account_id, Failures(1, NOW, "a"), "b", NOW + 5)
    assert kept(session) == [(2, NOW + 5, "b")]


def test_a_clock_that_goes_back_shortens_no_wait(session, account_id):
    """The time of the last failure never becomes earlier."""
    failures.count(session, account_id, None, "a", NOW)
    failures.count(session, account_id, Failures(1, NOW, "a"), "b", NOW - 3600)
    assert kept(session) == [(2, NOW, "b")]


def test_failures_are_forgotten(session, account_id):
    """A success or an admin ends the row; there is nothing to end twice."""
    failures.count(session, account_id, None, "a", NOW)
    assert failures.forget(session, account_id)
    assert kept(session) == []
    assert not failures.forget(session, account_id)
