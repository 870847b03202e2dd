"""What an admin is shown of an account."""

from proxy.accounts.account import Person
from proxy.factors.totp import new_seed
from proxy.store import accounts, failures, totp
from proxy.store.failures import Failures
from proxy.store.overview import overview

NOW = 1_800_000_000.0
ALICE = Person("corp", "alice", "id-1", "uid=alice,dc=example", frozenset())


def fail(session, account_id, times):
    before = None
    for number in range(times):
        failures.count(session, account_id, before, f"attempt {number}", NOW)
        before = Failures(number + 1, NOW, f"attempt {number}")


def test_an_account_with_nothing(session):
    """A fresh account has no enrolment, no failure and no wait."""
    account = accounts.ensure(session, ALICE, NOW)
    shown = overview(session, account.id, NOW)
    assert shown is not None
    assert shown.account == account
    assert (shown.created_at, shown.stable_id, shown.stranger_id) == (NOW, "id-1", None)
    assert (shown.device_name, shown.totp_enrolled_at) == (None, None)
    assert (shown.failures, shown.waits_until, shown.locked) == (0, None, False)


def test_an_account_that_waits(session, master):
    """Wrong codes are shown, and until when no code is looked at; after that no wait is."""
    account = accounts.ensure(session, ALICE, NOW)
    totp.enroll(session, master, account.id, new_seed(), NOW)
    fail(session, account.id, 6)
    shown = overview(session, account.id, NOW)
    assert shown is not None
    assert (shown.totp_enrolled_at, shown.enrolments.totp_digits) == (NOW, 6)
    assert (shown.failures, shown.waits_until, shown.locked) == (6, NOW + 60, False)
    later = overview(session, account.id, NOW + 60)
    assert later is not None
    assert (later.failures, later.waits_until) == (6, None)


def test_an_account_that_is_locked(session):
    """A hundred wrong codes in a row show as locked, which has no end."""
    account = accounts.ensure(session, ALICE, NOW)
    fail(session, account.id, 100)
    shown = overview(session, account.id, NOW)
    assert shown is not None
    assert (shown.failures, shown.waits_until, shown.locked) == (100, None, True)


def test_there_is_no_such_account(session):
    """An unknown key shows nothing."""
    assert overview(session, 1, NOW) is None
