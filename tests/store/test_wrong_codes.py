"""Wrong codes in a row."""

import pytest

from proxy.accounts.account import Person
from proxy.store import accounts, wrong_codes
from proxy.store.wrong_codes import NO_FAILURES, Failures

NOW = 1_800_000_000.0


@pytest.fixture
def account_id(session):
    person = Person("corp", "alice", None, "uid=alice,dc=example", frozenset())
    return accounts.ensure(session, person, NOW).id


def test_failures_are_counted_one_by_one(session, account_id):
    """Each wrong code adds one, with its time and attempt."""
    wrong_codes.count(session, account_id, NO_FAILURES, "a", NOW)
    assert wrong_codes.of_account(session, account_id) == Failures(1, NOW, "a")
    wrong_codes.count(session, account_id, Failures(1, NOW, "a"), "b", NOW + 5)
    assert wrong_codes.of_account(session, account_id) == Failures(2, NOW + 5, "b")


def test_a_clock_that_goes_back_shortens_no_wait(session, account_id):
    """The time of the last failure never becomes earlier."""
    wrong_codes.count(session, account_id, NO_FAILURES, "a", NOW)
    wrong_codes.count(session, account_id, Failures(1, NOW, "a"), "b", NOW - 3600)
    assert wrong_codes.of_account(session, account_id) == Failures(2, NOW, "b")


def test_failures_are_forgotten(session, account_id):
    """A success or an admin ends the row; there is nothing to end twice."""
    wrong_codes.count(session, account_id, NO_FAILURES, "a", NOW)
    assert wrong_codes.forget(session, account_id)
    assert wrong_codes.of_account(session, account_id) == NO_FAILURES
    assert not wrong_codes.forget(session, account_id)
