"""
What waits becomes one transaction and costs one COMMIT.

The jobs run on the event loop, each for some microseconds; what may wait, the COMMIT and a BEGIN
while another process writes, is left to the disk's thread. The jobs run bare, because a savepoint
each would add two statements to every one of them. When one raises, all is rolled back and the same
jobs run again, each in a savepoint, so that only the one that fails is undone. So a job may run
twice: what counts is what it does to its Session and what it returns. Nothing is reported before
its COMMIT.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from proxy.store.database import BUSY_SECONDS, StoreUnavailable
from proxy.store.disk import Disk
from proxy.store.session import Session

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Waiting(Generic[T]):
    """A job, whoever waits for it, and what became of it."""

    job: Callable[[Session], T]
    deferred: Deferred[T]
    outcome: T | Failure | None = None


class Writer:
    """One transaction after another, on a connection of its own."""

    _log = Logger()

    def __init__(self, connection: sqlite3.Connection, disk: Disk) -> None:
        self._connection = connection
        self._session = Session(connection)
        self._disk = disk
        self._be_patient(0.0)

    async def write(self, jobs: Sequence[Waiting[Any]]) -> None:
        """Run jobs, commit them, and note what became of each."""
        try:
            await self._begin()
            for waiting in jobs:
                waiting.outcome = waiting.job(self._session)
            await self._disk.does(self._commit)
        except Exception:  # noqa: BLE001 - whatever a job raises is its own; they run again, apart
            self._roll_back()
        else:
            return
        try:
            await self._begin()
            for waiting in jobs:
                self._run_apart(waiting)
            await self._disk.does(self._commit)
        except Exception as error:  # noqa: BLE001 - later jobs still have their turn
            self._log.error(
                "the store did not take {count} jobs: {error}", count=len(jobs), error=error
            )
            self._roll_back()
            for waiting in jobs:
                waiting.outcome = _failure_of(error)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def _begin(self) -> None:
        """Begin at once, or when no other process writes any more."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            await self._disk.does(self._begin_patiently)

    def _begin_patiently(self) -> None:
        self._be_patient(BUSY_SECONDS)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        finally:
            self._be_patient(0.0)

    def _be_patient(self, seconds: float) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _run_apart(self, waiting: Waiting[Any]) -> None:
        self._connection.execute("SAVEPOINT job")
        try:
            waiting.outcome = waiting.job(self._session)
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite undid everything (a full disk): nobody's job is kept
            self._connection.execute("ROLLBACK TO job")
            waiting.outcome = _failure_of(error)
        self._connection.execute("RELEASE job")

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
