"""
One transaction on one raw connection, speaking SQLAlchemy Core without its execution layer.

A statement is a module constant made of Core with `bindparam`s; it is compiled once per dialect and
then costs a dictionary look-up. Rows are read by column name.
"""

import sqlite3
from typing import Any, Final

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import Executable

_DIALECT: Final = sqlite.dialect(paramstyle="named")
_compiled: dict[int, tuple[Executable, str]] = {}

Row = sqlite3.Row


def sql_of(statement: Executable) -> str:
    """Give the SQL of a statement, compiled at its first use; parameters are named."""
    known = _compiled.get(id(statement))
    if known is None:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        known = _compiled[id(statement)] = (statement, str(compiled))
    return known[1]


class Session:
    """The statements of one transaction; the owner of the connection begins and ends it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: Executable, **values: Any) -> int:  # noqa: ANN401 - column values
        """Run an insert, update or delete; give the number of rows it touched."""
        return self._connection.execute(sql_of(statement), values).rowcount

    def insert(self, statement: Executable, **values: Any) -> int:  # noqa: ANN401 - column values
        """Run an insert into a table with an integer key; give the new key."""
        key = self._connection.execute(sql_of(statement), values).lastrowid
        assert key is not None
        return key

    def row(self, statement: Executable, **values: Any) -> Row | None:  # noqa: ANN401
        """Give the first row, or None."""
        row: Row | None = self._connection.execute(sql_of(statement), values).fetchone()
        return row

    def rows(self, statement: Executable, **values: Any) -> list[Row]:  # noqa: ANN401
        """Give all rows."""
        return self._connection.execute(sql_of(statement), values).fetchall()
