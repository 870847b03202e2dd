"""
One timer for many deadlines.

A deadline that moves is not taken out of the queue: when it comes up, whoever is asked says whether
it has come or gives the new one. One that is dropped lets go of whoever it would have asked, and
is swept out with others, so that what has ended long before its time costs next to nothing.
Thousands of waiting logins cost one heap and one delayed call.
"""

import heapq
from collections.abc import Callable
from typing import Final, Protocol

from twisted.logger import Logger

SWEPT_FROM: Final = 1000
"""Dropped deadlines that are worth sweeping out; then at least half of the queue is."""
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


class Deadline:
    """A place in the queue; `due` is None once it was dropped."""

    __slots__ = ("at", "due")

    def __init__(self, at: float, due: Due) -> None:
        self.at = at
        self.due: Due | None = due

    def __lt__(self, other: "Deadline") -> bool:
        return self.at < other.at


class Deadlines:
    """A queue of deadlines on one reactor."""

    _log = Logger()

    def __init__(self, reactor: Timer) -> None:
        self._reactor = reactor
        self._queue: list[Deadline] = []
        self._dropped = 0
        self._timer: Delayed | None = None
        self._timer_at = 0.0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, at: float, due: Due) -> Deadline:
        """Ask *due* at the time *at* (seconds, the reactor's)."""
        deadline = Deadline(at, due)
        heapq.heappush(self._queue, deadline)
        self._set(at)
        return deadline

    def drop(self, deadline: Deadline) -> None:
        """Ask it no more; may be called twice, and after it came."""
        if deadline.due is None:
            return
        deadline.due = None
        self._dropped += 1
        if self._dropped > SWEPT_FROM and self._dropped * 2 > len(self._queue):
            self._queue = [one for one in self._queue if one.due is not None]
            heapq.heapify(self._queue)
            self._dropped = 0

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
        again: list[Deadline] = []
        while self._queue and self._queue[0].at <= now:
            deadline = heapq.heappop(self._queue)
            if deadline.due is None:
                self._dropped = max(0, self._dropped - 1)
                continue
            later = self._asked(deadline.due, now)
            if later is None:
                deadline.due = None
            elif deadline.due is not None:
                deadline.at = max(later, now)
                again.append(deadline)
        for deadline in again:
            heapq.heappush(self._queue, deadline)
        if self._queue:  # a timer that was set meanwhile may be for a later one
            self._set(self._queue[0].at)

    def _asked(self, due: Due, now: float) -> float | None:
        try:
            return due(now)
        except Exception:  # noqa: BLE001 - our own bug; the deadlines of others still come
            self._log.failure("a deadline failed")
            return None
