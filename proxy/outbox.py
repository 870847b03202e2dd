"""
What waits in the store to be told, tried until it is: a few at a time, later after each failure.

Letters and alerts are never in a hurry, and logins are.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.announcement import Announcement
from proxy.errors import Unavailable

ROUND: Final = 2.0
"""Seconds between two looks."""
A_ROUND: Final = 10
"""Announcements that are taken in one."""
LONGEST_WAIT: Final = 3600.0


class Waiting(Protocol):
    """What waits in the store."""

    def any_due(self) -> bool: ...
    def take(self, most: int) -> Awaitable[Sequence[Announcement]]: ...
    def done(self, one: Announcement) -> Awaitable[None]: ...
    def later(self, one: Announcement, seconds: float) -> Awaitable[None]: ...


class Outbox:
    """
    Has announcements told as long as it runs.

    Args:
        what: names them in the log, in the plural.
        tell: tells one; False: not now, it is to be tried again.
        ready: says whether anything can be told now.
        first_wait: seconds before the second try; each further one waits twice as long.
    """

    _log = Logger()

    def __init__(
        self,
        what: str,
        waiting: Waiting,
        tell: Callable[[Announcement], Awaitable[bool]],
        reactor: Any,  # noqa: ANN401 - a reactor
        *,
        ready: Callable[[], bool] = lambda: True,
        first_wait: float,
    ) -> None:
        self._what = what
        self._waiting = waiting
        self._tell = tell
        self._ready = ready
        self._first_wait = first_wait
        self._rounds = LoopingCall(lambda: Deferred.fromCoroutine(self._round()))
        self._rounds.clock = reactor

    def start(self) -> None:
        """Begin."""
        self._rounds.start(ROUND, now=False)

    def stop(self) -> None:
        """Begin no more."""
        if self._rounds.running:
            self._rounds.stop()

    async def _round(self) -> None:
        try:
            if not self._ready() or not self._waiting.any_due():
                return
            for one in await self._waiting.take(A_ROUND):
                if await self._tell(one):
                    await self._waiting.done(one)
                else:
                    wait = min(self._first_wait * 2.0 ** min(one.tries, 16), LONGEST_WAIT)
                    await self._waiting.later(one, wait)
        except Unavailable as error:
            self._log.error("{what} cannot be read: {error}", what=self._what, error=error)
        except Exception:  # noqa: BLE001 - our bug: told once; what was taken is due again later
            self._log.failure("{what} failed", what=self._what)
