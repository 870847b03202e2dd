"""
Work that goes on in turns of the event loop: a bounded number of pieces a turn, first come first.

Answers come in heaps: one read of a socket, or one commit, brings those of a hundred logins. If all
of them went on at once, timers and other sockets would wait for the last one.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeVarTuple

from twisted.logger import Logger

from proxy.deadlines import Timer

PIECES_A_TURN: Final = 16
"""About a millisecond of work."""

Ts = TypeVarTuple("Ts")


class Turns:
    """A queue of calls on one reactor."""

    _log = Logger()

    def __init__(self, reactor: Timer) -> None:
        self._reactor = reactor
        self._queue: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._comes = False

    def call(self, piece: Callable[[*Ts], object], *arguments: *Ts) -> None:
        """Call *piece* in this turn of the loop or one that soon follows; not before returning."""
        self._queue.append((piece, arguments))
        if not self._comes:
            self._comes = True
            self._reactor.callLater(0, self._turn)

    def _turn(self) -> None:
        queue = self._queue
        for _ in range(min(PIECES_A_TURN, len(queue))):
            piece, arguments = queue.popleft()
            try:
                piece(*arguments)
            except Exception:  # noqa: BLE001 - our own bug; the pieces of others still come
                self._log.failure("a piece of work failed")
        self._comes = bool(queue)
        if queue:
            self._reactor.callLater(0, self._turn)
