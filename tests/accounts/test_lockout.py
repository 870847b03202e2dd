"""Counting wrong codes."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.accounts.lockout import (
    FREE_FAILURES,
    LOCKED,
    LOCKED_AT,
    LONGEST_WAIT,
    is_waiting,
    waits_until,
)


def test_the_first_four_failures_cost_nothing():
    """Before the fifth wrong code in a row there is no wait."""
    assert [waits_until(failures, 1000.0) for failures in range(5)] == [None] * 5


def test_the_fifth_failure_begins_a_wait_of_30_s():
    """The fifth wrong code in a row makes the next one wait for 30 s."""
    assert waits_until(5, 1000.0) == 1030.0


def test_waits_double_up_to_an_hour():
    """Each further failure doubles the wait; none is longer than an hour."""
    waits = [waits_until(failures, 0.0) for failures in range(5, 14)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_hundred_failures_lock_until_an_admin_unlocks():
    """From the hundredth wrong code in a row no time helps."""
    assert waits_until(99, 0.0) == LONGEST_WAIT
    assert waits_until(100, 0.0) == LOCKED
    assert is_waiting(100, 0.0, 1e12)


def test_a_wait_is_over_at_its_end():
    """During a wait no code is looked at; at its end one is."""
    assert is_waiting(5, 1000.0, 1029.9)
    assert not is_waiting(5, 1000.0, 1030.0)
    assert not is_waiting(0, 1000.0, 1000.0)


@given(st.integers(0, 10_000), st.floats(0, 4e9), st.floats(0, 4e9))
def test_a_clock_that_goes_back_ends_no_wait(failures, last_failed_at, earlier):
    """Whoever waits at a time also waited, or would have, at every time before it."""
    if is_waiting(failures, last_failed_at, max(last_failed_at, earlier)):
        assert is_waiting(failures, last_failed_at, min(last_failed_at, earlier))


@given(st.integers(FREE_FAILURES, LOCKED_AT + 5), st.floats(0, 4e9))
def test_more_failures_never_wait_less(failures, last_failed_at):
    """The wait never shrinks while failures are in a row."""
    fewer, more = waits_until(failures, last_failed_at), waits_until(failures + 1, last_failed_at)
    assert fewer is not None
    assert more is not None
    assert fewer <= more
