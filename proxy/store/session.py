"""
One transaction on one raw connection, speaking SQLAlchemy Core without its execution layer.

A statement is a module constant made of Core with `bindparam`s; it is compiled once per dialect and
then costs a dictionary look-up. Values that stand in the statement itself are bound too. Rows are
read by column name, or in the order of the columns.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable

_DIALECT: Final = sqlite.dialect(paramstyle="qmark")

Row = sqlite3.Row


@dataclass(frozen=True, slots=True)
class _Compiled:
    statement: Executable
    """Kept, so that its `id` names it as long as the process lives."""
    sql: str
    in_order: Callable[[dict[str, Any]], Sequence[Any]]
    """Gives what is bound, in order: SQLite finds a value by its name ten times slower."""
    fixed: dict[str, Any]
    """Values that stand in the statement."""


_compiled: Final[dict[int, _Compiled]] = {}


def _compile(statement: Executable) -> _Compiled:
    compiled: SQLCompiler = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    sql = str(compiled)
    if "POSTCOMPILE" in sql:
        raise ValueError(f"found a list of plain values, wanted in_([literal(value), ...]): {sql}")
    fixed = {
        name: value for name, value in compiled.params.items() if not compiled.binds[name].required
    }
    in_order = _picking(compiled.positiontup or ())
    known = _compiled[id(statement)] = _Compiled(statement, sql, in_order, fixed)
    return known


def _picking(names: Sequence[str]) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """Pick values by their names; `itemgetter` does it in one call, where there are several."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


class Session:
    """The statements of one transaction; the owner of the connection begins and ends it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: Executable, **values: Any) -> int:  # noqa: ANN401 - column values
        """Run an insert, update or delete; give the number of rows it touched."""
        return self._execute(statement, values).rowcount

    def add(self, statement: Executable, values: Sequence[Any]) -> None:
        """Run an insert with its values in the order of the columns."""
        known = _compiled.get(id(statement)) or _compile(statement)
        self._connection.execute(known.sql, values)

    def insert(self, statement: Executable, **values: Any) -> int:  # noqa: ANN401 - column values
        """Run an insert into a table with an integer key; give the new key."""
        key = self._execute(statement, values).lastrowid
        assert key is not None
        return key

    def row(self, statement: Executable, **values: Any) -> Row | None:  # noqa: ANN401
        """Give the first row, or None."""
        row: Row | None = self._execute(statement, values).fetchone()
        return row

    def rows(self, statement: Executable, **values: Any) -> list[Row]:  # noqa: ANN401
        """Give all rows."""
        return self._execute(statement, values).fetchall()

    def _execute(self, statement: Executable, values: dict[str, Any]) -> sqlite3.Cursor:
        known = _compiled.get(id(statement)) or _compile(statement)
        if known.fixed:
            values |= known.fixed
        return self._connection.execute(known.sql, known.in_order(values))
