"""
The daemon's way to the store: one thread writes, many jobs a commit; the event loop reads.

A job or a query is a function of a Session. What `write` reports is durable; what `read` gives is
what was committed when it asked, without waiting for the writer. A job may run twice (see
`writer`), so it does nothing but to its Session. No connection, thread or transaction is held while
somebody is awaited.
"""

import sqlite3
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any, Final, Protocol, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from proxy.store.database import BadStoreUrl, Database, DatabaseIsNewer, StoreUnavailable
from proxy.store.session import Session
from proxy.store.writer import Queue, Waiting, Writer

__all__ = ["BadStoreUrl", "Database", "DatabaseIsNewer", "Store", "StoreUnavailable"]

T = TypeVar("T")

FIRED_A_TURN: Final = 16
"""How many are told before the loop looks at its sockets again: about a millisecond of work."""
QUEUE_LIMIT: Final = 20_000
"""Jobs that may wait: as many as logins may be pending; beyond it the disk has stopped."""


class Loop(Protocol):
    """What is needed of the reactor."""

    def callFromThread(self, call: Callable[..., object], *args: Any) -> object: ...  # noqa: ANN401, N802
    def callLater(self, delay: float, call: Callable[..., object], *args: Any) -> object: ...  # noqa: ANN401, N802


class Store:
    """The store of a running daemon; its methods are for the thread of the event loop alone."""

    def __init__(self, database: Database, loop: Loop, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._database = database
        self._loop = loop
        self._queue_limit = queue_limit
        self._queue: Queue = Queue()
        self._untold = 0
        """Jobs taken whose Deferred has not fired."""
        self._reader: sqlite3.Connection | None = None
        self._stopped: Deferred[None] | None = None
        self._writer_ended = False

    def start(self) -> None:
        """Open the database, which `Database.migrate` has made. Raises StoreUnavailable."""
        writer = Writer(
            self._database.connect(),
            self._queue,
            report=lambda done: self._loop.callFromThread(self._tell, done),
            ended=lambda: self._loop.callFromThread(self._end),
        )
        self._reader = self._database.connect_reader()
        Thread(target=writer.run, name="store", daemon=True).start()

    def write(self, job: Callable[[Session], T]) -> Deferred[T]:
        """
        Run a job in a transaction; fire with what it returns once that is durable.

        Fails with what *job* raised, or with StoreUnavailable where the transaction failed, too
        many jobs wait or the store is stopped; then nothing of the job was kept.
        """
        if self._reader is None or self._stopped is not None:
            return fail(StoreUnavailable("the store is stopped"))
        if self._untold >= self._queue_limit:
            return fail(StoreUnavailable(f"{self._untold} jobs wait for the disk"))
        deferred: Deferred[T] = Deferred()
        self._untold += 1
        self._queue.put(Waiting(job, deferred))
        return deferred

    def read(self, query: Callable[[Session], T]) -> T:
        """Run a query at once. Raises StoreUnavailable."""
        if self._reader is None:
            raise StoreUnavailable("the store is stopped")
        try:
            return query(Session(self._reader))
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(str(error)) from error

    def stop(self) -> Deferred[None]:
        """Take no more jobs; fire when all that were taken are told and the files are closed."""
        stopped: Deferred[None] = Deferred()
        if self._stopped is not None:
            self._stopped.chainDeferred(stopped)
            return stopped
        self._stopped = Deferred()
        self._stopped.chainDeferred(stopped)
        if self._reader is None:
            self._stopped.callback(None)
        else:
            self._queue.put(None)
        return stopped

    def _tell(self, done: Sequence[Waiting[Any]]) -> None:
        for waiting in done[:FIRED_A_TURN]:
            self._untold -= 1
            if isinstance(waiting.outcome, Failure):
                waiting.deferred.errback(waiting.outcome)
            else:
                waiting.deferred.callback(waiting.outcome)
        if done[FIRED_A_TURN:]:
            self._loop.callLater(0, self._tell, done[FIRED_A_TURN:])
        self._close_when_told()

    def _end(self) -> None:
        self._writer_ended = True
        self._close_when_told()

    def _close_when_told(self) -> None:
        if self._writer_ended and not self._untold and self._reader is not None:
            self._reader.close()
            self._reader = None
            if self._stopped is not None:
                self._stopped.callback(None)
