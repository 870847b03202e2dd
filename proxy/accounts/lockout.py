"""
Counting wrong codes, and the waits that grow with them.

Failures are counted in a row, over all kinds of codes of one account; a success ends the row. After
the fifth each failure begins a wait, during which no code is looked at or counted. At a hundred the
account takes no code until an admin unlocks it (NIST SP 800-63B-4 section 3.2.2).
"""

import math
from typing import Final

FREE_FAILURES: Final = 5
"""Wrong codes in a row before the first wait."""
FIRST_WAIT: Final = 30.0
LONGEST_WAIT: Final = 3600.0
LOCKED_AT: Final = 100
"""Wrong codes in a row, at most (NIST SP 800-63B-4 section 3.2.2)."""
LOCKED: Final = math.inf
"""The end of a wait that only an admin ends."""


def waits_until(failures: int, last_failed_at: float) -> float | None:
    """
    Say until when no code is looked at after so many failures in a row.

    A wait is measured from the last failure alone, so that a clock that goes back makes it longer.

    Returns:
        A time, which may be over; `LOCKED` where only an admin ends it; None: no wait was begun.
    """
    if failures >= LOCKED_AT:
        return LOCKED
    if failures < FREE_FAILURES:
        return None
    doublings = min(failures - FREE_FAILURES, 16)  # the longest wait is reached long before
    return last_failed_at + min(FIRST_WAIT * 2.0**doublings, LONGEST_WAIT)


def is_waiting(failures: int, last_failed_at: float, now: float) -> bool:
    """Say whether no code is looked at *now*."""
    until = waits_until(failures, last_failed_at)
    return until is not None and now < until
