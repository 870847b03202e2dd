"""Run Alembic on a transaction that is already open, so that an upgrade is all or nothing."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from proxy.store.migrations import HEAD


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables to HEAD; the caller has begun a transaction and ends it."""
    factory, connection.row_factory = connection.row_factory, None
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    # SQLAlchemy ends every transaction that it sees; this one is not its own.
    for ending in ("do_commit", "do_rollback"):
        setattr(engine.dialect, ending, lambda _connection: None)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.connect() as borrowed:
        config.attributes["connection"] = borrowed
        command.upgrade(config, HEAD)
    connection.row_factory = factory
