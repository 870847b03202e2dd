"""
The thread that writes: what waits becomes one transaction and costs one COMMIT.

The jobs run bare, because a savepoint each would add two statements to every one of them. When one
raises, all is rolled back and the same jobs run again, each in a savepoint, so that only the one
that fails is undone. So a job may run twice: what counts is what it does to its Session and what
it returns. Nothing is reported before its COMMIT, and nothing that goes wrong ends the thread.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from proxy.store.database import StoreUnavailable
from proxy.store.session import Session

T = TypeVar("T")

JOBS_A_COMMIT: Final = 256
"""Here the COMMIT is a small part of a job's cost; more would only make the first one wait."""


@dataclass(slots=True, eq=False)
class Waiting(Generic[T]):
    """A job, whoever waits for it, and what became of it."""

    job: Callable[[Session], T]
    deferred: Deferred[T]
    outcome: T | Failure | None = None


Queue = SimpleQueue[Waiting[Any] | None]
"""Jobs in the order they were asked for; None ends the thread."""


class Writer:
    """Takes jobs from the queue until it is told to end; owns the connection."""

    _log = Logger()

    def __init__(
        self,
        connection: sqlite3.Connection,
        queue: Queue,
        report: Callable[[Sequence[Waiting[Any]]], object],
        ended: Callable[[], object],
    ) -> None:
        self._connection = connection
        self._session = Session(connection)
        self._queue = queue
        self._report = report
        self._ended = ended

    def run(self) -> None:
        """Write until None comes; then close the connection."""
        last = False
        while not last:
            jobs, last = self._take()
            if jobs:
                self._write(jobs)
                self._report(jobs)
        self._connection.close()
        self._ended()

    def _take(self) -> tuple[list[Waiting[Any]], bool]:
        jobs: list[Waiting[Any]] = []
        waiting = self._queue.get()
        while waiting is not None:
            jobs.append(waiting)
            if len(jobs) == JOBS_A_COMMIT or self._queue.empty():
                return jobs, False
            waiting = self._queue.get()
        return jobs, True

    def _write(self, jobs: Sequence[Waiting[Any]]) -> None:
        try:
            self._write_together(jobs)
        except Exception:  # noqa: BLE001 - whatever a job raises is its own; they run again, apart
            self._roll_back()
        else:
            return
        try:
            self._write_apart(jobs)
        except Exception as error:  # noqa: BLE001 - the thread goes on
            self._log.error(
                "the store did not take {count} jobs: {error}", count=len(jobs), error=error
            )
            self._roll_back()
            for waiting in jobs:
                waiting.outcome = _failure_of(error)

    def _write_together(self, jobs: Sequence[Waiting[Any]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        session = self._session
        for waiting in jobs:
            waiting.outcome = waiting.job(session)
        self._connection.execute("COMMIT")

    def _write_apart(self, jobs: Sequence[Waiting[Any]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for waiting in jobs:
            self._connection.execute("SAVEPOINT job")
            try:
                waiting.outcome = waiting.job(self._session)
            except Exception as error:
                if not self._connection.in_transaction:
                    raise  # SQLite undid everything (a full disk): nobody's job is kept
                self._connection.execute("ROLLBACK TO job")
                waiting.outcome = _failure_of(error)
            self._connection.execute("RELEASE job")
        self._connection.execute("COMMIT")

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                self._log.error("the store did not roll back: {error}", error=error)


def _failure_of(error: Exception) -> Failure:
    if isinstance(error, sqlite3.OperationalError):
        error = StoreUnavailable(str(error))
    return Failure(error)  # type: ignore[no-untyped-call]
