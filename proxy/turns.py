"""
Work that goes on in turns of the event loop: for a bounded time in each, first come first.

Answers come in heaps: one read of a socket, or one commit, brings those of a hundred logins. If all
of them went on at once, timers and other sockets would wait for the last one.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeVarTuple

from twisted.logger import Logger

from proxy.deadlines import Timer

A_TURN: Final = 0.0008
"""Seconds of work before the loop looks at its sockets and timers: about ten logins go on."""

Ts = TypeVarTuple("Ts")


class Turns:
    """A queue of calls on one reactor."""

    _log = Logger()

    def __init__(self, reactor: Timer) -> None:
        self._reactor = reactor
        self._queue: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._comes = False
        """The reactor was asked for a turn."""

    def call(self, piece: Callable[[*Ts], object], *arguments: *Ts) -> None:
        """Call *piece* in this turn of the loop or one that soon follows; not before returning."""
        self._queue.append((piece, arguments))
        if not self._comes:
            self._comes = True
            self._reactor.callLater(0, self._turn)

    def _turn(self) -> None:
        now = self._reactor.seconds
        ends_at = now() + A_TURN
        for _ in range(len(self._queue)):  # a clock that is set back prolongs no turn for ever
            piece, arguments = self._queue.popleft()
            try:
                piece(*arguments)
            except Exception:  # noqa: BLE001 - our own bug; the pieces of others still come
                self._log.failure("a piece of work failed")
            if now() >= ends_at:
                break
        self._comes = bool(self._queue)
        if self._comes:
            self._reactor.callLater(0, self._turn)
