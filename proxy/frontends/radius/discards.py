"""What becomes no login, dropped or refused: all counted, the log told at a limited rate."""

from collections.abc import Callable
from typing import Final

from twisted.logger import Logger

from proxy.ports import Clock

QUIET: Final = 10.0
"""Seconds between two lines of one reason: a flood fills no disk, a fault is seen at once."""

Count = Callable[[str], object]
"""Counts one event under a short, stable word."""


class Discards:
    """Counts by reason, refusals also by client; both are ours, so that there are few of them."""

    _log = Logger()

    def __init__(self, clock: Clock, count: Count) -> None:
        self._clock = clock
        self._count = count
        self._lines: dict[str, _Line] = {}

    def drop(self, reason: str, source: str, detail: object) -> None:
        """
        Count a packet that stays unanswered.

        Args:
            source: the address that the packet came from.
            detail: what was found and wanted; it holds no secret.
        """
        self._count(reason)
        unwritten = self._unwritten(reason)
        if unwritten is not None:
            self._log.warn(
                "a packet from {source} was discarded, {reason}: {detail}; "
                "{unwritten} like it before",
                source=source,
                reason=reason,
                detail=str(detail),
                unwritten=unwritten,
            )

    def refuse(self, reason: str, client: str, source: str, detail: str = "") -> None:
        """
        Count a request of a *client*, by its name, that is refused at the door.

        Args:
            detail: what was found and wanted; it holds no secret.
        """
        counted = f"refused-{reason}"
        self._count(counted)
        unwritten = self._unwritten(f"{counted} {client}")
        if unwritten is not None:
            self._log.warn(
                "a request of client {client} from {source} was refused before any login, "
                "{reason}{detail}; {unwritten} like it before",
                client=client,
                source=source,
                reason=counted,
                detail=f": {detail}" if detail else "",
                unwritten=unwritten,
            )

    def evict(self, client: str) -> None:
        """Count a conversation of a *client* that was given up for a newer one."""
        self._count("eap-evicted")
        unwritten = self._unwritten(f"eap-evicted {client}")
        if unwritten is not None:
            self._log.warn(
                "a conversation of client {client} was given up for a newer one, {reason}: "
                "too many have begun and gone no further; {unwritten} like it before",
                client=client,
                reason="eap-evicted",
                unwritten=unwritten,
            )

    def _unwritten(self, kind: str) -> int | None:
        """Give how many of a kind had no line since the last one; None: this one has none."""
        now = self._clock.seconds()
        line = self._lines.setdefault(kind, _Line())
        if now < line.quiet_until:
            line.unwritten += 1
            return None
        unwritten, line.quiet_until, line.unwritten = line.unwritten, now + QUIET, 0
        return unwritten


class _Line:
    """When the next line of a reason may be written."""

    __slots__ = ("quiet_until", "unwritten")

    def __init__(self) -> None:
        self.quiet_until = 0.0
        self.unwritten = 0
