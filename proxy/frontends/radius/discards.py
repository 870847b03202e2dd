"""What is dropped without an answer: every packet counted, the log told at a limited rate."""

from collections.abc import Callable
from typing import Final

from twisted.logger import Logger

from proxy.ports import Clock

QUIET: Final = 10.0
"""Seconds between two lines of one reason: a flood fills no disk, a fault is seen at once."""

Count = Callable[[str], object]
"""Counts one event under a short, stable word."""


class Discards:
    """Counts discards by reason; the reasons are ours, so that there are few of them."""

    _log = Logger()

    def __init__(self, clock: Clock, count: Count) -> None:
        self._clock = clock
        self._count = count
        self._lines: dict[str, _Line] = {}

    def drop(self, reason: str, source: str, detail: object) -> None:
        """
        Count a discard.

        Args:
            source: the address that the packet came from.
            detail: what was found and wanted; it holds no secret.
        """
        self._count(reason)
        now = self._clock.seconds()
        line = self._lines.setdefault(reason, _Line())
        if now < line.quiet_until:
            line.unwritten += 1
            return
        self._log.warn(
            "a packet from {source} was discarded, {reason}: {detail}; {unwritten} like it before",
            source=source,
            reason=reason,
            detail=str(detail),
            unwritten=line.unwritten,
        )
        line.quiet_until, line.unwritten = now + QUIET, 0


class _Line:
    """When the next line of a reason may be written."""

    __slots__ = ("quiet_until", "unwritten")

    def __init__(self) -> None:
        self.quiet_until = 0.0
        self.unwritten = 0
