"""When no push is sent though the password was right."""

from dataclasses import replace

import pytest

from proxy.login.fatigue import (
    DEFAULT,
    LOCKED_AT,
    NEW,
    Defence,
    after,
    approved,
    confirmed,
    reported,
    waits_until,
)
from tests.peers.logins import NOW


def counted(*ends, before=NEW, defence=DEFAULT, now=NOW):
    for end in ends:
        before = after(before, end, defence, now)
    return before


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (10**6, 3600)]
)
def test_waits_double_up_to_an_hour(failures, seconds):
    """From 30 seconds on."""
    assert NOW + seconds == waits_until(failures, NOW, DEFAULT)


def test_waits_are_as_configured():
    """Both ends."""
    short = Defence(first_wait=1.0, longest_wait=3.0)
    assert [1, 2, 3, 3] == [waits_until(count, 0.0, short) for count in (1, 2, 3, 4)]
    assert waits_until(0, NOW, DEFAULT) is None


def test_three_denials_block():
    """In a row, whatever is unanswered between them."""
    assert not counted("denied", "unanswered", "denied").is_blocked
    blocked = counted("denied", "unanswered", "denied", "denied")
    assert ("denials", NOW) == (blocked.blocked_by, blocked.blocked_at)


def test_five_unanswered_block():
    """In a row."""
    assert not counted(*["unanswered"] * 4).is_blocked
    assert "unanswered" == counted(*["unanswered"] * 5).blocked_by


def test_limits_are_as_configured():
    """Both."""
    strict = Defence(denials=1, unanswered=2)
    assert "denials" == counted("denied", defence=strict).blocked_by
    assert "unanswered" == counted("unanswered", "unanswered", defence=strict).blocked_by


def test_one_report_blocks():
    """And it is the reason from then on: it says more than the others."""
    assert "report" == counted("reported").blocked_by
    worse = counted("reported", before=counted("denied", "denied", "denied"), now=NOW + 9)
    assert ("report", NOW) == (worse.blocked_by, worse.blocked_at)
    assert "report" == reported(NEW, NOW).blocked_by
    assert NOW == reported(worse, NOW + 20).blocked_at


def test_an_approval_ends_the_row_and_no_block():
    """Who approves something else has not said that the attack is over."""
    assert NEW == approved(counted("denied", "denied"))
    assert "denials" == approved(counted("denied", "denied", "denied")).blocked_by


def test_a_confirmation_takes_the_block_back_and_forgets_no_failure():
    """The next hundred are counted on."""
    before = counted("denied", "denied", "denied")
    after_it = confirmed(before)
    assert replace(NEW, failures=3, last_failed_at=NOW) == after_it
    assert confirmed(after_it) is None


def test_a_hundred_failures_are_an_admins_to_forget():
    """With confirmations between them, however many; an approval is too late."""
    standing = NEW
    while standing.failures < LOCKED_AT:
        standing = counted("denied", "denied", "denied", before=standing)
        standing = confirmed(standing) or standing
    assert standing.is_locked
    assert standing.is_blocked
    assert confirmed(standing) is None
    assert standing == approved(standing)


def test_a_clock_that_goes_back_shortens_nothing():
    """The last failure stays the last."""
    assert NOW == counted("denied", before=counted("denied"), now=NOW - 500).last_failed_at
