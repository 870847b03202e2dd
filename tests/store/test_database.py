"""The database: its file, its migrations, and its use by a command."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, select

from proxy.store import database as database_module
from proxy.store import migrations, schema
from proxy.store.database import BadStoreUrl, Database, DatabaseIsNewer, StoreUnavailable

INSERT = insert(schema.notices).values(at=1.0, kind="test", subject="a")
SUBJECTS = select(schema.notices.c.subject)

MIGRATE = "import sys; from proxy.store.database import Database; Database(sys.argv[1]).migrate()"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://db/countersign", "PostgreSQL is not built yet"),
        ("mysql://db/countersign", "mysql"),
        ("countersign.db", "no scheme"),
        ("sqlite:///relative.db", "no absolute path"),
        ("sqlite://", "sqlite"),
        ("sqlite:////", "no absolute path"),
    ],
)
def test_a_url_that_is_no_sqlite_file_is_refused(url, found):
    """What was found and what was wanted is said; no password of the URL is."""
    with pytest.raises(BadStoreUrl, match=found) as raised:
        Database(url)
    assert "sqlite:////" in str(raised.value)


def test_the_file_is_its_owners_alone(tmp_path):
    """A new database and what SQLite keeps beside it have mode 0600."""
    database = Database(f"sqlite:///{tmp_path}/a.db")
    assert database.is_new
    database.migrate()
    connection = database.connect()
    connection.execute("BEGIN IMMEDIATE")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 3
    connection.close()
    assert not database.is_new


def test_a_name_with_odd_characters_is_a_file(tmp_path):
    """Nothing in a path has a meaning to SQLite or Alembic."""
    database = Database(f"sqlite:///{tmp_path}/a?mode=ro%41#'.db")
    database.migrate()
    reader = database.connect_reader()
    assert reader.execute("SELECT count(*) FROM accounts").fetchone()[0] == 0
    reader.close()


def test_a_commit_is_durable(database):
    """Write-ahead log, synchronous=FULL, foreign keys: as every connection has them."""
    connection = database.connect()
    found = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    ]
    connection.close()
    assert found == ["wal", 2, 1, 5000]


def test_migrations_make_what_the_schema_says(database):
    """The revisions and `schema.metadata` are the same tables."""
    engine = create_engine(f"sqlite:///{database.path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_every_index_of_the_schema_is_migrated(database, tmp_path):
    """Partial and unique indexes, which Alembic compares only by name, are the same text."""
    made = create_engine(f"sqlite:///{tmp_path}/made.db")
    schema.metadata.create_all(made)
    made.dispose()
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    found = []
    for path in (database.path, tmp_path / "made.db"):
        connection = sqlite3.connect(path)
        found.append({(row[0], " ".join(row[1].split())) for row in connection.execute(query)})
        connection.close()
    assert found[0] == found[1]


def test_head_is_the_newest_revision():
    """The revision that a database must have is the last one in versions/."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [migrations.HEAD]


def test_a_newer_database_is_refused(database):
    """What a newer version has changed is not touched, and the error says why."""
    connection = database.connect()
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseIsNewer, match="found revision 9999, wanted at most"):
        database.migrate()


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    """Another file's octets are told as what they are, and left alone."""
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        Database(f"sqlite:///{path}").migrate()


def test_a_missing_folder_is_unavailable(tmp_path):
    """A folder that is not there is named."""
    with pytest.raises(StoreUnavailable, match="missing"):
        Database(f"sqlite:///{tmp_path}/missing/a.db").migrate()


def test_processes_that_start_at_once_migrate_once(tmp_path):
    """Several processes that find no database all end well, with one set of tables."""
    url = f"sqlite:///{tmp_path}/a.db"
    processes = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [process.communicate()[1] for process in processes] == [b"", b"", b""]
    assert Database(url).now(lambda session: session.rows(SUBJECTS)) == []


def test_now_keeps_what_the_job_did(database):
    """A command's job is one transaction, whose result is given."""
    assert database.now(lambda session: session.insert(INSERT)) == 1
    assert len(database.now(lambda session: session.rows(SUBJECTS))) == 1


def test_now_undoes_a_job_that_raises(database):
    """What the job raises rises, and nothing of the job is kept."""

    def job(session):
        session.insert(INSERT)
        raise LookupError("no such person")

    with pytest.raises(LookupError, match="no such person"):
        database.now(job)
    assert database.now(lambda session: session.rows(SUBJECTS)) == []


def test_now_gives_up_on_a_database_that_stays_locked(database, monkeypatch):
    """A transaction that never ends elsewhere is StoreUnavailable, not a traceback."""
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.001)
    other = database.connect()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        database.now(lambda session: session.insert(INSERT))
    other.close()


WRITE_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA user_version = 7")
connection.close()
"""


def test_opening_it_again_lets_go_of_nothing(database):
    """
    A process that is done with it leaves the log to whoever has it open, and they see what it wrote.

    A file's locks are the process's: whoever opens and closes it beside SQLite gives them all up
    (fcntl(2)), and then another process that closes takes itself for the last one.
    """
    reader = database.connect_reader()
    assert reader.execute("PRAGMA user_version").fetchone()[0] == 0
    database.connect().close()
    subprocess.run([sys.executable, "-c", WRITE_AND_CLOSE, database.path], check=True)
    assert database.path.with_name(f"{database.path.name}-wal").exists()
    assert reader.execute("PRAGMA user_version").fetchone()[0] == 7
    reader.close()
