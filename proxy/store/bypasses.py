"""
Bypasses: made, ended, listed; and the one that an account is read with.

A bypass holds from its making up to its end, by the clock, unless it was ended. One that is over is
marked ended, so that no clock that is set back brings it again. Rows are kept: they are evidence.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, insert, or_, select, update

from proxy.accounts.bypass import Bypass
from proxy.store import notices
from proxy.store.schema import accounts, bypasses
from proxy.store.session import Row, Session

CHANGED: Final = "bypass-changed"
"""The notice; its subject is a bypass's id."""

_OPEN = bypasses.c.ended_at.is_(None)
_HERE = and_(
    bypasses.c.account_id.is_not_distinct_from(bindparam("account")),
    bypasses.c.client.is_not_distinct_from(bindparam("at_client")),
)
_MAKE = insert(bypasses).values(
    account_id=bindparam("account"),
    client=bindparam("at_client"),
    reason=bindparam("why"),
    made_by=bindparam("maker"),
    made_at=bindparam("now"),
    ends_at=bindparam("until"),
)
_END = update(bypasses).where(_OPEN).values(ended_at=bindparam("now"))
_END_HERE = _END.where(_HERE, bypasses.c.ends_at > bindparam("now"))
_END_ONE = _END.where(bypasses.c.id == bindparam("bypass"))
_LISTED = (
    select(bypasses, accounts.c.directory, accounts.c.user_name)
    .select_from(bypasses.outerjoin(accounts, accounts.c.id == bypasses.c.account_id))
    .order_by(bypasses.c.id)
)
_LISTED_OPEN = _LISTED.where(_OPEN)
_OF_ACCOUNT = _LISTED.where(
    _OPEN,
    bypasses.c.made_at <= bindparam("now"),
    bypasses.c.ends_at > bindparam("now"),
    or_(bypasses.c.account_id == bindparam("account"), bypasses.c.client.is_not(None)),
)


@dataclass(frozen=True, slots=True)
class ListedBypass:
    """A bypass, and whom it is for."""

    bypass: Bypass
    subject: str
    """`DIRECTORY/USER`, or `client NAME`."""
    made_by: str
    made_at: float
    ended_at: float | None

    def holds(self, now: float) -> bool:
        """Say whether it holds at a time."""
        return self.ended_at is None and self.made_at <= now < self.bypass.ends_at


def with_bypass(statement: Select[Any]) -> Select[Any]:
    """Add the bypass that holds for an account `now` at `at_client`; `read_bypass` reads it."""
    inner = bypasses.alias()
    holding = (
        select(inner.c.id)
        .where(
            inner.c.ended_at.is_(None),
            inner.c.made_at <= bindparam("now"),
            inner.c.ends_at > bindparam("now"),
            or_(inner.c.account_id == accounts.c.id, inner.c.client == bindparam("at_client")),
        )
        .order_by(inner.c.ends_at.desc())
        .limit(1)
        .correlate(accounts)
        .scalar_subquery()
    )
    return statement.add_columns(
        bypasses.c.id.label("bypass_id"),
        bypasses.c.reason.label("bypass_reason"),
        bypasses.c.ends_at.label("bypass_ends_at"),
    ).outerjoin(bypasses, bypasses.c.id == holding)


def read_bypass(row: Row) -> Bypass | None:
    """Give the bypass that an account was read with."""
    if row["bypass_id"] is None:
        return None
    return Bypass(row["bypass_id"], row["bypass_reason"], row["bypass_ends_at"])


def make(
    session: Session,
    *,
    account_id: int | None = None,
    client: str | None = None,
    reason: str,
    made_by: str,
    now: float,
    ends_at: float,
) -> int:
    """Make a bypass for one account or one client; it ends an older one. Give its id."""
    end(session, account_id=account_id, client=client, now=now)
    made = session.insert(
        _MAKE,
        account=account_id,
        at_client=client,
        why=reason,
        maker=made_by,
        now=now,
        until=ends_at,
    )
    notices.tell(session, CHANGED, str(made), now)
    return made


def end(
    session: Session, *, account_id: int | None = None, client: str | None = None, now: float
) -> bool:
    """End the bypass of one account or one client; False: there was none."""
    ended = session.run(_END_HERE, account=account_id, at_client=client, now=now) > 0
    if ended:
        notices.tell(session, CHANGED, "", now)
    return ended


def end_one(session: Session, bypass_id: int, now: float) -> bool:
    """Mark a bypass ended whose time is over; False: it was."""
    return session.run(_END_ONE, bypass=bypass_id, now=now) > 0


def list_all(session: Session) -> list[ListedBypass]:
    """Give every bypass there ever was, the oldest first."""
    return [_listed(row) for row in session.rows(_LISTED)]


def list_open(session: Session) -> list[ListedBypass]:
    """Give those that were not ended; the time of some may be over."""
    return [_listed(row) for row in session.rows(_LISTED_OPEN)]


def of_account(session: Session, account_id: int, now: float) -> list[ListedBypass]:
    """Give those that hold for an account: its own, and those of clients."""
    return [_listed(row) for row in session.rows(_OF_ACCOUNT, account=account_id, now=now)]


def _listed(row: Row) -> ListedBypass:
    client = row["client"]
    return ListedBypass(
        Bypass(row["id"], row["reason"], row["ends_at"]),
        f"client {client}" if client is not None else f"{row['directory']}/{row['user_name']}",
        row["made_by"],
        row["made_at"],
        row["ended_at"],
    )
