"""
Watches bypasses in the daemon: tells each in the log, and ends each when its time is over.

A wall clock that is set back would make a bypass longer. So its time is measured here too, by a
clock that only goes forward, from when this process first saw it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.bypass import Bypass
from proxy.deadlines import Timer
from proxy.errors import Unavailable
from proxy.store import bypasses
from proxy.store.bypasses import ListedBypass
from proxy.store.engine import Store

LOOK_EVERY: Final = 5.0
"""Seconds; only the line in the log waits for it, never the end itself."""


class BypassWatch:
    """
    Knows the bypasses that hold.

    Args:
        forward: seconds, a clock that is never set.
    """

    _log = Logger()

    def __init__(
        self, store: Store, clock: Timer, forward: Callable[[], float] = monotonic
    ) -> None:
        self._store = store
        self._clock = clock
        self._forward = forward
        self._known: dict[int, ListedBypass] = {}
        self._until: dict[int, float] = {}
        self._looking = LoopingCall(lambda: Deferred.fromCoroutine(self._look()))
        self._looking.clock = clock  # type: ignore[assignment]  # declared as a whole reactor

    def start(self) -> None:
        """Tell those that hold, and look again and again."""
        self._looking.start(LOOK_EVERY)

    def stop(self) -> None:
        """Look no more."""
        if self._looking.running:
            self._looking.stop()

    def holds(self, bypass: Bypass) -> bool:
        """Say whether a bypass that the store has open holds by the clock that is never set."""
        now = self._forward()
        until = self._until.setdefault(bypass.id, now + bypass.ends_at - self._clock.seconds())
        return now < until

    def changed(self, _subject: str = "") -> None:
        """One was made or ended: look at once."""
        Deferred.fromCoroutine(self._look())

    async def _look(self) -> None:
        now = self._clock.seconds()
        try:
            found = {one.bypass.id: one for one in self._store.read(bypasses.list_open)}
            for one in found.values():
                over = one.bypass.ends_at <= now or not self.holds(one.bypass)
                if over and await self._end(one.bypass.id, now):
                    self._tell("is over", one)
                elif not over and one.bypass.id not in self._known:
                    self._known[one.bypass.id] = one
                    self._tell("holds", one)
        except Unavailable as error:
            self._log.error("bypasses cannot be read: {error}", error=error)
            return
        for gone in self._known.keys() - found.keys():
            self._tell("was ended", self._known[gone])
        for gone in (self._known.keys() | self._until.keys()) - found.keys():
            self._known.pop(gone, None)
            self._until.pop(gone, None)

    def _end(self, bypass_id: int, now: float) -> Deferred[bool]:
        self._known.pop(bypass_id, None)
        return self._store.write(lambda session: bypasses.end_one(session, bypass_id, now))

    def _tell(self, what: str, one: ListedBypass) -> None:
        self._log.warn(
            "bypass {id} of {subject} {what}; made by {made_by}, until {until}: {reason}",
            id=one.bypass.id,
            subject=one.subject,
            what=what,
            made_by=one.made_by,
            until=datetime.fromtimestamp(one.bypass.ends_at, UTC).isoformat(timespec="seconds"),
            reason=one.bypass.reason,
        )
