"""
The database: where it is, how it is opened, brought up to date, and used by a command.

SQLite in WAL mode, so that readers never wait for the writer, with synchronous=FULL, so that a
commit outlives `kill -9` and a power cut. Every write begins with BEGIN IMMEDIATE: a transaction
that has read never fails because another process wrote in between.
"""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from proxy.errors import Unavailable
from proxy.ownership import give_to_owner
from proxy.store.migrations import HEAD
from proxy.store.session import Session

T = TypeVar("T")

BUSY_SECONDS: Final = 5.0
"""How long a transaction waits for another process to end its own."""
READ_BUSY_SECONDS: Final = 0.05
"""How long a read may wait: it runs on the event loop, and only crash recovery makes it wait."""
PATIENCE: Final = 4
"""How often a command tries to begin: a busy daemon commits without a pause."""
STATEMENTS_KEPT: Final = 256
"""Prepared statements a connection keeps: more than there are."""


class BadStoreUrl(ValueError):  # noqa: N818 - it names what was found
    """A store of the configuration that cannot be used."""


class StoreUnavailable(Unavailable):
    """The store did not take or give what it should: locked, full, unreadable, stopped."""

    reason = "store-unavailable"


class DatabaseIsNewer(Exception):  # noqa: N818 - it names what was found
    """A database that a newer version of this program has changed."""


class Database:
    """One SQLite file, named by `sqlite:////absolute/path`."""

    def __init__(self, url: str) -> None:
        """Raise BadStoreUrl where *url* names no SQLite file."""
        self.path = _path_of(url)

    @property
    def is_new(self) -> bool:
        """Nothing was ever stored here."""
        return not self.path.exists() or self.path.stat().st_size == 0

    def connect(self) -> sqlite3.Connection:
        """Open for writing; the file is made where it is missing, for its owner alone."""
        try:
            self._make()
            connection = sqlite3.connect(
                self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,  # opened on one thread, then the writer's alone
                cached_statements=STATEMENTS_KEPT,
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # what was sealed is overwritten
        except sqlite3.Error as error:
            connection.close()
            raise StoreUnavailable(f"{self.path}: {error}") from error
        connection.row_factory = sqlite3.Row
        return connection

    def _make(self) -> None:
        """
        Make the file if there is none.

        One that is there is not opened here: closing it would give up the locks that this process
        has on it (fcntl(2)), and the next process that is done would delete the log of all others.
        """
        try:
            made = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            if not os.access(self.path, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
            return
        try:
            give_to_owner(made, self.path.parent)
        finally:
            os.close(made)

    def connect_reader(self) -> sqlite3.Connection:
        """Open for reading alone; each statement sees all that was committed before it."""
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(self.path))}?mode=ro",
                uri=True,
                timeout=READ_BUSY_SECONDS,
                isolation_level=None,
                cached_statements=STATEMENTS_KEPT,
            )
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error
        connection.row_factory = sqlite3.Row
        return connection

    def migrate(self) -> None:
        """
        Make the tables, or bring them up to date; several processes may do so at once.

        Raises:
            DatabaseIsNewer: the tables were made by a newer version of this program.
            StoreUnavailable: the file cannot be opened or changed.
        """
        connection = self.connect()
        try:
            if _revision(connection) == HEAD:
                return
            connection.execute("PRAGMA foreign_keys = OFF")  # a revision may rebuild tables
            _begin(connection, PATIENCE)
            try:
                self._upgrade(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error
        finally:
            connection.close()

    def settle(self) -> None:
        """
        Bring what was committed from the log into the file, over what stood there before.

        As far as other processes let it now; what is left comes with their own commits.
        """
        connection = self.connect()
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error
        finally:
            connection.close()

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        found = _revision(connection)
        if found == HEAD:
            return  # another process was first
        if found is not None and found > HEAD:
            raise DatabaseIsNewer(
                f"{self.path}: found revision {found}, wanted at most {HEAD}: "
                "a newer version of this program has used this database"
            )
        # Imported here: a tenth of a second, which only a database that is out of date costs.
        from proxy.store.migrations.upgrade import upgrade  # noqa: PLC0415

        upgrade(connection)

    def now(self, job: Callable[[Session], T]) -> T:
        """
        Run a job in one transaction, at once, on this thread; for commands and tests.

        It waits while another process writes. What *job* raises undoes all it did, and rises.

        Raises:
            StoreUnavailable: the store could not be opened, stayed locked or failed.
        """
        connection = self.connect()
        try:
            _begin(connection, PATIENCE)
            try:
                result = job(Session(connection))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error
        finally:
            connection.close()


def _path_of(url: str) -> Path:
    wanted = "wanted sqlite:////absolute/path/of/a/file"
    if url.startswith(("postgresql:", "postgres:")):
        raise BadStoreUrl(f"PostgreSQL is not built yet; {wanted}")
    if not url.startswith("sqlite:///"):
        scheme = url.partition(":")[0] if ":" in url else "no scheme"
        raise BadStoreUrl(f"found {scheme}; {wanted}")
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_absolute() or path.is_dir():
        raise BadStoreUrl(f"found {str(path)!r}, which is no absolute path of a file; {wanted}")
    return path


def _begin(connection: sqlite3.Connection, patience: int) -> None:
    for attempt in range(1, patience + 1):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == patience:
                raise
        else:
            return


def _revision(connection: sqlite3.Connection) -> str | None:
    if not connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).fetchone():
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])
