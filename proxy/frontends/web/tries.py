"""
How often a source may fail to enrol or to sign in: TRIES at once, then waits that double.

An enrolment code has 128 random bits, so there this only keeps noise down. Only failures count, so
that an office behind one address can enrol all its phones. What is kept is bounded; the source that
failed longest ago is forgotten first.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

TRIES = 10
"""Failures of a source in FIRST_WAIT seconds without any wait."""
FIRST_WAIT = 60.0
LONGEST_WAIT = 3600.0
SOURCES = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    waits_until: float
    forgotten_at: float


class Tries:
    """Counts failures by source."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()

    def wait(self, source: Hashable, now: float) -> float:
        """Give the seconds that a source must wait before it is listened to; 0: it need not."""
        found = self._failures.get(source)
        return max(0.0, found.waits_until - now) if found else 0.0

    def failed(self, source: Hashable, now: float) -> None:
        """Count a failure."""
        found = self._failures.pop(source, None)
        if found is None or found.forgotten_at <= now:
            found = _Failures(0, now, now + FIRST_WAIT)
        found.count += 1
        if found.count >= TRIES:
            wait = min(FIRST_WAIT * 2.0 ** min(found.count - TRIES, 16), LONGEST_WAIT)
            found.waits_until = now + wait
            found.forgotten_at = now + 2 * LONGEST_WAIT
        self._failures[source] = found
        if len(self._failures) > SOURCES:
            self._failures.popitem(last=False)
