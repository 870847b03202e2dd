"""
What people are told of by mail: a second factor came or went, a login was reported.

A row is written in the transaction whose news it is, so it is told if and only if that happened,
and after a restart too. What cannot be sent for a day is given up.
"""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import bindparam, insert, select, update

from proxy.store.schema import accounts, announcements
from proxy.store.session import Session

Kind = Literal[
    "phone-enrolled",
    "phone-replaced",
    "phone-removed",
    "totp-enrolled",
    "totp-removed",
    "recovery-issued",
    "login-reported",
]
GIVEN_UP: Final = 24 * 3600.0
"""Seconds after which nobody is told any more."""
DETAIL_LENGTH: Final = 256

_ADD = insert(announcements).values(
    account_id=bindparam("account"),
    kind=bindparam("the_kind"),
    detail=bindparam("the_detail"),
    at=bindparam("now"),
    tries=0,
    next_at=bindparam("now"),
)
_DUE = (
    select(
        announcements.c.id,
        announcements.c.kind,
        announcements.c.detail,
        announcements.c.at,
        announcements.c.tries,
        accounts.c.directory,
        accounts.c.user_name,
    )
    .join_from(announcements, accounts)
    .where(announcements.c.next_at <= bindparam("now"), announcements.c.at > bindparam("since"))
    .order_by(announcements.c.next_at)
    .limit(bindparam("most"))
)
_ONE = update(announcements).where(announcements.c.id == bindparam("announcement_id"))
_DONE = _ONE.values(next_at=None, tries=announcements.c.tries + 1)
_LATER = _ONE.values(next_at=bindparam("later"), tries=announcements.c.tries + 1)


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that one person is to be told."""

    id: int
    kind: str
    detail: str
    """The phone's name, or the place of a login; safe to show."""
    at: float
    tries: int
    """How often it was tried in vain."""
    directory: str
    user_name: str


def add(session: Session, account_id: int, kind: Kind, detail: str, now: float) -> None:
    """Tell the person of an account, once this transaction is committed."""
    shown = detail[:DETAIL_LENGTH]
    session.run(_ADD, account=account_id, the_kind=kind, the_detail=shown, now=now)


def due(session: Session, now: float, most: int) -> list[Announcement]:
    """Give what is to be sent now, the longest due first."""
    rows = session.rows(_DUE, now=now, since=now - GIVEN_UP, most=most)
    return [Announcement(*row) for row in rows]


def done(session: Session, announcement_id: int) -> None:
    """Send it no more: it was sent, or can never be."""
    session.run(_DONE, announcement_id=announcement_id)


def later(session: Session, announcement_id: int, at: float) -> None:
    """Try it again."""
    session.run(_LATER, announcement_id=announcement_id, later=at)
