"""RFC 5080 section 2.2.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.radius.retransmission import LONGEST, Schedule

SCHEDULE = Schedule(first=2.0, timeout=30.0)


def test_waits_double_up_to_the_longest():
    """2, 4, 8 and 16 seconds, then always 16."""
    waits, wait = [], None
    for _ in range(6):
        wait = SCHEDULE.wait(wait, 0.0)
        waits.append(wait)
    assert waits == [2.0, 4.0, 8.0, 16.0, 16.0, 16.0]


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_chance_shifts_each_by_a_tenth(chances):
    """No wait is longer than a tenth over the longest, and none shrinks below the one before."""
    wait, shortest = None, 1.8
    for chance in chances:
        wait = SCHEDULE.wait(wait, chance)
        assert shortest <= wait <= LONGEST * 1.1
        shortest = min(wait, LONGEST * 0.9)


@pytest.mark.parametrize(("chance", "wait"), [(-1.0, 1.8), (0.0, 2.0), (1.0, 2.2)])
def test_the_first_is_shifted_too(chance, wait):
    """So that requests that were sent together are not repeated together."""
    assert SCHEDULE.wait(None, chance) == pytest.approx(wait)
