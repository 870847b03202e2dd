"""
One timer for many deadlines.

A deadline that moves is not taken out of the queue: when it comes up, whoever is asked says whether
it has come or gives the new one. Thousands of waiting logins cost one heap and one delayed call.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Protocol

Due = Callable[[float], float | None]
"""Called with the time when a deadline is thought to have come; gives a later one, or None."""


class Delayed(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Call off the call."""

    def active(self) -> bool:
        """Say whether the call is still to come."""


class Timer(Protocol):
    """What is needed of a reactor."""

    def seconds(self) -> float:
        """Give the time, in seconds since the epoch."""

    def callLater(self, delay: float, callable: Callable[[], object]) -> Delayed:  # noqa: A002, N802 - Twisted's names
        """Call *callable* after *delay* seconds."""


class Deadlines:
    """A queue of deadlines on one reactor."""

    def __init__(self, reactor: Timer) -> None:
        self._reactor = reactor
        self._queue: list[tuple[float, int, Due]] = []
        self._order = count()
        self._timer: Delayed | None = None
        self._timer_at = 0.0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, at: float, due: Due) -> None:
        """Ask *due* at the time *at* (seconds, the reactor's)."""
        heapq.heappush(self._queue, (at, next(self._order), due))
        self._set(at)

    def _set(self, at: float) -> None:
        """See to it that the timer rings at *at*, or before."""
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._reactor.callLater(max(0.0, at - self._reactor.seconds()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = self._reactor.seconds()
        again: list[tuple[float, Due]] = []
        while self._queue and self._queue[0][0] <= now:
            _, _, due = heapq.heappop(self._queue)
            later = due(now)
            if later is not None:
                again.append((max(later, now), due))
        for later, due in again:
            heapq.heappush(self._queue, (later, next(self._order), due))
        if self._queue:  # a timer that was set meanwhile may be for a later one
            self._set(self._queue[0][0])
