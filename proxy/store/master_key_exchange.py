"""
Another master key in the place of the one there is, a little at a time, beside a running daemon.

    begin       the next key stands in the store; from this commit on everything is sealed under it
    reseal      what is sealed under an older key is sealed anew, some rows a transaction
    finish      nothing is left under an older key: the next key is the current one

Between any two of these the process may die. Every step looks at what stands in the store and goes
on from there, and several processes may do so at once. Before `finish` whoever calls sees to it
that the next key is where the configuration reads it.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.sql.expression import Executable

from proxy.sealing import PREFIX_LENGTH, MasterKey
from proxy.store import kept_keys, sealed
from proxy.store.schema import approvals, master_keys
from proxy.store.sealed import CURRENT, NEXT, SealedColumn
from proxy.store.session import Session

ROWS_AT_ONCE: Final = 200
"""Some milliseconds, in which the daemon's writer waits."""
JOINED_FOR: Final = 3600.0
"""Seconds from its making in which a request is joined or its approval serves a retry: plenty."""

_ADD_NEXT: Final = insert(master_keys).values(
    mark=bindparam("of_mark"), state=NEXT, sealed_key=bindparam("key"), since=bindparam("now")
)
_END_CURRENT: Final = delete(master_keys).where(master_keys.c.state == CURRENT)
_PROMOTE: Final = (
    update(master_keys)
    .where(master_keys.c.state == NEXT)
    .values(state=CURRENT, sealed_key=None, since=bindparam("now"))
)
_JOINS_PAGE: Final = (
    select(approvals.c.id)
    .where(approvals.c.id > bindparam("after"))
    .order_by(approvals.c.id)
    .limit(ROWS_AT_ONCE)
)
_FORGET_JOINS: Final = (
    update(approvals)
    .where(
        approvals.c.id > bindparam("after"),
        approvals.c.id <= bindparam("last"),
        approvals.c.created_at < bindparam("before"),
        approvals.c.join_digest.is_not(None),
    )
    .values(join_digest=None)
)


class ExchangeUnfinished(Exception):  # noqa: N818 - it names what was found
    """Something is still sealed under an older master key."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What stands in the store of an exchange, and the keys of it that are known here."""

    old: MasterKey | None
    """None: this process has the next key alone."""
    new: MasterKey


@dataclass(frozen=True, slots=True)
class Position:
    """How far a walk through all that is sealed has come."""

    column: int = 0
    after: str | int | None = None
    """The key of the last row; None: at the start of the column."""


@dataclass(frozen=True, slots=True)
class _Statements:
    first: Executable
    page: Executable
    store: Executable
    older: Executable


def _statements(one: SealedColumn) -> _Statements:
    page = (
        select(one.key.label("key"), one.column.label("sealed"))
        .where(one.column.is_not(None))
        .order_by(one.key)
        .limit(ROWS_AT_ONCE)
    )
    prefix = func.substr(one.column, 1, PREFIX_LENGTH)
    return _Statements(
        first=page,
        page=page.where(one.key > bindparam("after")),
        store=update(one.column.table)
        .where(one.key == bindparam("of_key"))
        .values({one.column: bindparam("value")}),
        older=select(one.key)
        .where(one.column.is_not(None), prefix != bindparam("prefix"))
        .limit(1),
    )


_OF: Final = tuple(_statements(one) for one in sealed.COLUMNS)


def begin(session: Session, master: MasterKey, now: float) -> Exchange:
    """
    Put a new key into the store, or find the one that an exchange before has put there.

    Raises:
        NotSealed: the store belongs to another master key, which is not known here.
    """
    found = under_way(session, master)
    if found is not None:
        return found
    old = sealed.sealing_key(session, master)
    new = MasterKey.parse(MasterKey.create().encode())
    context = sealed.next_context(new.mark)
    session.run(_ADD_NEXT, of_mark=new.mark, key=old.seal(new.octets(), context), now=now)
    kept_keys.keep(session, old, new)
    master.learn(new)
    return Exchange(old, new)


def under_way(session: Session, master: MasterKey) -> Exchange | None:
    """Give the exchange that has begun and not ended. Raises NotSealed as `begin` does."""
    rows = sealed.by_state(session)
    if NEXT not in rows:
        return None
    new = sealed.named(session, master, rows[NEXT]["mark"])
    return Exchange(master.known(rows[CURRENT]["mark"]), new)


def reseal(session: Session, master: MasterKey, new: MasterKey, at: Position) -> Position | None:
    """
    Seal the next rows anew and give how far that came; None: there are no more.

    Rows that come in behind the position are sealed under the next key already.

    Raises:
        NotSealed: a value that none of the known keys opens; nothing was changed.
    """
    if at.column == len(sealed.COLUMNS):
        return None
    where, statements = sealed.COLUMNS[at.column], _OF[at.column]
    if at.after is None:
        rows = session.rows(statements.first)
    else:
        rows = session.rows(statements.page, after=at.after)
    for row in rows:
        if not row["sealed"].startswith(new.prefix):
            key = row["key"]
            plain = sealed.unseal(session, master, where, key, row["sealed"])
            session.run(statements.store, of_key=key, value=new.seal(plain, where.context(key)))
    if len(rows) < ROWS_AT_ONCE:
        return Position(at.column + 1)
    return Position(at.column, rows[-1]["key"])


def finish(session: Session, new: MasterKey, now: float, *, compromised: bool) -> None:
    """
    Let the next key be the current one; the old one opens nothing any more.

    Args:
        compromised: the keys of digests that can be guessed end with the old master key.

    Raises:
        ExchangeUnfinished: something is still sealed under an older key.
    """
    rows = sealed.by_state(session)
    if NEXT not in rows and rows[CURRENT]["mark"] == new.mark:
        return  # another process was first
    for where, statements in zip(sealed.COLUMNS, _OF, strict=True):
        row: Any = session.row(statements.older, prefix=new.prefix)
        if row is not None:
            raise ExchangeUnfinished(f"sealed under an older key: {where.name}")
    if compromised:
        kept_keys.forget_guessable(session)
    session.run(_END_CURRENT)
    session.run(_PROMOTE, now=now)


def forget_joins(session: Session, now: float, after: str = "") -> str | None:
    """
    Forget the digests of passwords of requests that nobody can join any more, some at a time.

    Give how far that came; None: there are no more.
    """
    rows = session.rows(_JOINS_PAGE, after=after)
    if not rows:
        return None
    last: str = rows[-1]["id"]
    session.run(_FORGET_JOINS, after=after, last=last, before=now - JOINED_FOR)
    return last if len(rows) == ROWS_AT_ONCE else None
