"""
Connections to one server, for one use: opened on demand, kept, checked when idle, replaced.

A pool for searches has one or two connections with many operations in flight on each; a pool for
binds has many with one each, because a bind must be alone on its connection (RFC 4511 section
4.2.1). What finds no room waits in a queue with a bound and a time limit.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.python.failure import Failure

from proxy.deadlines import Deadlines, Timer
from proxy.errors import Unavailable
from proxy.firstfactor.connection import Connection
from proxy.firstfactor.failures import NotSent, ServerFailure, Silent
from proxy.firstfactor.opening import ROOT_DSE
from proxy.firstfactor.operation import Operation

WAITING_LIMIT: Final = 8192
"""Operations that may wait for room; at 5,000 logins a second that is more than a second."""
OPENING_LIMIT: Final = 4
"""Connections that are made at the same time: a TLS handshake takes the loop about 1 ms."""
GROW_AGAIN: Final = 5.0
"""Seconds without another try after a server refused one more connection beside those it has."""
IDLE: Final = 30.0
"""Seconds without use after which a connection is checked: firewalls forget after minutes."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a pool may grow."""

    connections: int
    in_flight: int
    """Operations at once on each connection."""


SEARCHES: Final = Size(connections=2, in_flight=256)
"""slapd takes 1,000 pending operations on one connection that is bound (conn_max_pending_auth)."""
ANONYMOUS_SEARCHES: Final = Size(connections=2, in_flight=64)
"""It ends a connection with more than 100 pending that is not bound (conn_max_pending)."""
BINDS: Final = Size(connections=64, in_flight=1)
"""With a round trip of R ms it takes rate x R / 1000."""


class Pool:
    """
    Connections to one server.

    Args:
        opens: makes a connection; fails as a ServerFailure.
        refused: told why no connection can be made while the pool has none.
        silent: told that a connection was ended because no answer came.
    """

    def __init__(
        self,
        opens: Callable[[], Deferred[Connection]],
        refused: Callable[[str], None],
        silent: Callable[[Silent], None],
        size: Size,
        timer: Timer,
        deadlines: Deadlines,
        *,
        timeout: float,
    ) -> None:
        self._opens = opens
        self._refused = refused
        self._silent = silent
        self._size = size
        self._timer = timer
        self._deadlines = deadlines
        self._timeout = timeout
        self._all: set[Connection] = set()
        self._with_room: dict[Connection, None] = {}
        """The last is taken, so that few are busy and the rest grow idle."""
        self._opening: set[Deferred[Connection]] = set()
        self._waiting: deque[Operation] = deque()
        self._watched = False
        self._grow_at = 0.0
        self._check_at = 0.0

    # --- what it is used for ---

    def send(self, operation: Operation) -> None:
        """Send an operation as soon as there is room."""
        if self._with_room:
            self._send(operation, next(reversed(self._with_room)))
        elif len(self._waiting) >= WAITING_LIMIT:
            operation.fail(NotSent(f"{WAITING_LIMIT} operations are waiting"))
        else:
            operation.holder = self
            self._waiting.append(operation)
            if not self._watched:
                self._watched = True
                self._deadlines.add(operation.deadline, self._due)
            self._grow()

    def forget(self, operation: Operation) -> None:
        """Take an operation out of the queue, if it is not being emptied just now."""
        if operation in self._waiting:
            self._waiting.remove(operation)

    def heard_at(self) -> float:
        """Say when the server was last heard on one of these connections."""
        return max((connection.heard_at for connection in self._all), default=0.0)

    def adopt(self, connection: Connection) -> None:
        """Take in a connection that is ready."""
        if connection.ended:
            return
        connection.owner = self
        self._all.add(connection)
        if self._check_at == 0.0:
            self._check_at = self._timer.seconds() + IDLE
            self._deadlines.add(self._check_at, self._check)
        self.has_room(connection)

    def drain(self, reason: str) -> None:
        """Close what is idle, let the rest end, send the waiting elsewhere."""
        waiting, self._waiting = self._waiting, deque()
        for connection in list(self._all):
            if connection.in_flight == 0:
                connection.close()
            else:
                self._all.discard(connection)
                self._with_room.pop(connection, None)
                connection.owner = _Leaving()
        for operation in waiting:
            operation.fail(NotSent(reason))

    def stop(self) -> Deferred[list[None]]:
        """Close everything; fires when all transports are closed."""
        for opening in list(self._opening):
            opening.cancel()
        connections = list(self._all)
        self.drain("the directory is no longer used")
        for connection in connections:
            connection.close()
        return gatherResults([connection.gone for connection in connections])

    # --- what its connections say ---

    def has_room(self, connection: Connection) -> None:
        """Give a connection the next operation, or note that it has room."""
        while self._waiting and connection.in_flight < self._size.in_flight:
            connection.send(self._waiting.popleft())
        if connection.in_flight < self._size.in_flight:
            self._with_room[connection] = None

    def ended(self, connection: Connection, failure: ServerFailure) -> None:
        """Forget a connection; make another where somebody waits for it."""
        self._all.discard(connection)
        self._with_room.pop(connection, None)
        if isinstance(failure, Silent):
            self._silent(failure)
        self._grow()

    # --- inside ---

    def _send(self, operation: Operation, connection: Connection) -> None:
        connection.send(operation)
        if connection.in_flight >= self._size.in_flight:
            self._with_room.pop(connection, None)

    def _grow(self) -> None:
        """Open as many connections as those who wait can use."""
        while (
            len(self._opening) < min(OPENING_LIMIT, len(self._waiting))
            and len(self._opening) + len(self._all) < self._size.connections
            and self._timer.seconds() >= self._grow_at
        ):
            opening = self._opens()
            self._opening.add(opening)
            opening.addCallbacks(
                self._opened, self._not_opened, callbackArgs=(opening,), errbackArgs=(opening,)
            )

    def _opened(self, connection: Connection, opening: Deferred[Connection]) -> None:
        self._opening.discard(opening)
        self.adopt(connection)
        self._grow()

    def _not_opened(self, failure: Failure, opening: Deferred[Connection]) -> None:
        """Tell why, unless the server merely allows no more connections than it has."""
        self._opening.discard(opening)
        if failure.check(CancelledError) is not None:
            return
        failure.trap(ServerFailure)
        if self._all:
            self._grow_at = self._timer.seconds() + GROW_AGAIN
        else:
            self._refused(str(failure.value))

    def _due(self, now: float) -> float | None:
        """Give up what has waited too long; give the next deadline."""
        while self._waiting:
            if self._waiting[0].deadline > now:
                return self._waiting[0].deadline
            self._waiting.popleft().fail(NotSent("no connection had room in time"))
        self._watched = False
        return None

    def _check(self, now: float) -> float | None:
        """Ask for a sign of life on every connection that was long idle."""
        if not self._all:
            self._check_at = 0.0
            return None
        for connection in list(self._with_room):
            if connection.in_flight == 0 and connection.used_at <= now - IDLE:
                check = Operation(ROOT_DSE, now + self._timeout)
                check.answered.addErrback(_expected)
                self._send(check, connection)
        self._check_at = now + IDLE
        return self._check_at


class _Leaving:
    """Owner of a connection that is closed when its last operation has ended."""

    def has_room(self, connection: Connection) -> None:
        if connection.in_flight == 0:
            connection.close()

    def ended(self, connection: Connection, failure: ServerFailure) -> None:
        """It is gone."""


def _expected(failure: Failure) -> None:
    """A connection that does not answer ends itself."""
    failure.trap(Unavailable)
