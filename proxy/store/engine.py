"""
The daemon's way to the store: many jobs a commit, and reads at once.

A job or a query is a function of a Session. What `write` reports is durable; what `read` gives is
what was committed when it asked, without waiting for a writer. A job may run twice (see `writer`),
so it does nothing but to its Session. No connection, thread or transaction is held while somebody
is awaited.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from proxy.store.database import BadStoreUrl, Database, DatabaseIsNewer, StoreUnavailable
from proxy.store.disk import Disk, Loop
from proxy.store.session import Session
from proxy.store.writer import Waiting, Writer

__all__ = ["BadStoreUrl", "Database", "DatabaseIsNewer", "Store", "StoreUnavailable"]

T = TypeVar("T")

JOBS_A_COMMIT: Final = 32
"""They run in one turn of the loop: about a millisecond of work."""
FIRED_A_TURN: Final = 16
"""How many are told before the loop looks at its sockets again: about a millisecond of work."""
QUEUE_LIMIT: Final = 20_000
"""Jobs that may wait: as many as logins may be pending; beyond it the disk has stopped."""


class Store:
    """The store of a running daemon; its methods are for the thread of the event loop alone."""

    _log = Logger()

    def __init__(self, database: Database, loop: Loop, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._database = database
        self._loop = loop
        self._queue_limit = queue_limit
        self._waiting: deque[Waiting[Any]] = deque()
        self._untold = 0
        """Jobs taken whose Deferred has not fired."""
        self._writing = False
        self._writer: Writer | None = None
        self._disk: Disk | None = None
        self._reader: Session | None = None
        self._read_connection: sqlite3.Connection | None = None
        self._stopped: Deferred[None] | None = None

    def start(self) -> None:
        """Open the database, which `Database.migrate` has made. Raises StoreUnavailable."""
        connection = self._database.connect()
        self._read_connection = self._database.connect_reader()
        self._reader = Session(self._read_connection)
        self._disk = Disk(self._loop)
        self._writer = Writer(connection, self._disk)

    def write(self, job: Callable[[Session], T]) -> Deferred[T]:
        """
        Run a job in a transaction; fire with what it returns once that is durable.

        Fails with what *job* raised, or with StoreUnavailable where the transaction failed, too
        many jobs wait or the store is stopped; then nothing of the job was kept.
        """
        if self._writer is None or self._stopped is not None:
            return fail(StoreUnavailable("the store is stopped"))
        if self._untold >= self._queue_limit:
            return fail(StoreUnavailable(f"{self._untold} jobs wait for the disk"))
        deferred: Deferred[T] = Deferred()
        self._untold += 1
        self._waiting.append(Waiting(job, deferred))
        if not self._writing:
            self._writing = True
            self._loop.callLater(0, self._write, self._writer)
        return deferred

    def read(self, query: Callable[[Session], T]) -> T:
        """Run a query at once. Raises StoreUnavailable."""
        if self._reader is None:
            raise StoreUnavailable("the store is stopped")
        try:
            return query(self._reader)
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
        self._close_when_told()
        return stopped

    def _write(self, writer: Writer) -> None:
        """Write what waits, in one transaction; then what has come to wait meanwhile."""
        jobs = [self._waiting.popleft() for _ in range(min(JOBS_A_COMMIT, len(self._waiting)))]
        done = Deferred.fromCoroutine(writer.write(jobs))
        done.addErrback(lambda failure: self._log.failure("a transaction failed", failure))
        done.addCallback(lambda _: self._written(writer, jobs))

    def _written(self, writer: Writer, jobs: Sequence[Waiting[Any]]) -> None:
        self._writing = bool(self._waiting)
        if self._writing:
            self._loop.callLater(0, self._write, writer)
        self._tell(jobs)

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

    def _close_when_told(self) -> None:
        if self._stopped is None or self._stopped.called or self._untold:
            return
        if self._writer is not None and self._disk is not None:
            self._disk.end()
            self._writer.close()
            self._writer = None
        if self._read_connection is not None:
            self._read_connection.close()
            self._read_connection = self._reader = None
        self._stopped.callback(None)
