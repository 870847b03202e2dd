"""
What people are told of by mail: a second factor came or went, a login was reported; and alerts.

A row is written in the transaction whose news it is, so it is told if and only if that happened,
and after a restart too. What cannot be sent for a day is given up.
"""

import json
from typing import Final, Literal

from sqlalchemy import bindparam, insert, select, update
from twisted.internet.defer import Deferred

from proxy.accounts.announcement import Announcement, AnnouncementKind, Audience
from proxy.deadlines import Timer
from proxy.factors.approval import shown_text
from proxy.store.engine import Store
from proxy.store.schema import accounts, announcements
from proxy.store.session import Session

GIVEN_UP: Final = 24 * 3600.0
"""Seconds after which nobody is told any more."""
LEASE: Final = 300.0
"""Seconds that a process has to send what it took; then it is due again."""
DETAIL_LENGTH: Final = 256
PLACE_LENGTH: Final = 48
"""Of a place: with a client's name of 64 it fits a detail, even if JSON doubles each character."""

Way = Literal["mail", "webhook"]
"""How it is told: to persons and admins, or to a machine."""

_ADD = insert(announcements).values(
    account_id=bindparam("account"),
    kind=bindparam("the_kind"),
    detail=bindparam("the_detail"),
    at=bindparam("now"),
    tries=0,
    next_at=bindparam("now"),
    audience=bindparam("to"),
)
_DUE_FIRST = (
    select(
        announcements.c.id,
        announcements.c.kind,
        announcements.c.detail,
        announcements.c.at,
        announcements.c.tries,
        accounts.c.directory,
        accounts.c.user_name,
        announcements.c.audience,
    )
    .join_from(announcements, accounts)
    .where(announcements.c.next_at <= bindparam("now"), announcements.c.at > bindparam("since"))
    .order_by(announcements.c.next_at, announcements.c.id)
    .limit(bindparam("most"))
)
_BY_WEBHOOK = announcements.c.audience == "webhook"
_DUE = {
    "mail": _DUE_FIRST.where(~_BY_WEBHOOK),
    "webhook": _DUE_FIRST.where(_BY_WEBHOOK),
}
_ONE = update(announcements).where(announcements.c.id == bindparam("announcement_id"))
_LEASE = _ONE.values(next_at=bindparam("later"))
_DONE = _ONE.values(next_at=None, tries=announcements.c.tries + 1)
_LATER = _ONE.values(next_at=bindparam("later"), tries=announcements.c.tries + 1)


def add(session: Session, account_id: int, kind: AnnouncementKind, detail: str, now: float) -> None:
    """Tell the person of an account, once this transaction is committed."""
    _add(session, account_id, "person", kind, detail, now)


def alert(
    session: Session, account_id: int, kind: AnnouncementKind, client: str, origin: str, now: float
) -> None:
    """Tell the person, an admin and a machine that a password is or may be known to somebody."""
    client, origin = shown_text(client), shown_text(origin)[:PLACE_LENGTH]
    where = json.dumps({"client": client, "origin": origin}, ensure_ascii=False)
    _add(session, account_id, "webhook", kind, where, now)
    _add(session, account_id, "admin", kind, f"{client}, {origin}", now)
    _add(session, account_id, "person", kind, f"{client}, {origin}", now)


def _add(
    session: Session,
    account_id: int,
    audience: Audience,
    kind: AnnouncementKind,
    detail: str,
    now: float,
) -> None:
    shown = detail[:DETAIL_LENGTH]
    session.run(_ADD, account=account_id, to=audience, the_kind=kind, the_detail=shown, now=now)


def due(session: Session, now: float, most: int, way: Way = "mail") -> list[Announcement]:
    """Give what is to be sent now, the longest due first."""
    rows = session.rows(_DUE[way], now=now, since=now - GIVEN_UP, most=most)
    return [Announcement(*row) for row in rows]


def take(session: Session, now: float, most: int, way: Way = "mail") -> list[Announcement]:
    """Give what is due, to one process: no other gets it for a while, even if this one dies."""
    found = due(session, now, most, way)
    for one in found:
        session.run(_LEASE, announcement_id=one.id, later=now + LEASE)
    return found


def done(session: Session, announcement_id: int) -> None:
    """Send it no more: it was sent, or can never be."""
    session.run(_DONE, announcement_id=announcement_id)


def later(session: Session, announcement_id: int, at: float) -> None:
    """Try it again."""
    session.run(_LATER, announcement_id=announcement_id, later=at)


class StoredAnnouncements:
    """The announcements of one store; each method is one transaction."""

    def __init__(self, store: Store, timer: Timer, way: Way = "mail") -> None:
        self._store = store
        self._timer = timer
        self._way: Way = way

    def any_due(self) -> bool:
        """Say whether there is something to take."""
        now = self._timer.seconds()
        return bool(self._store.read(lambda session: due(session, now, 1, self._way)))

    def take(self, most: int) -> Deferred[list[Announcement]]:
        """Take what is due."""
        now = self._timer.seconds()
        return self._store.write(lambda session: take(session, now, most, self._way))

    def done(self, one: Announcement) -> Deferred[None]:
        """Send it no more."""
        return self._store.write(lambda session: done(session, one.id))

    def later(self, one: Announcement, seconds: float) -> Deferred[None]:
        """Try it again after some seconds."""
        at = self._timer.seconds() + seconds
        return self._store.write(lambda session: later(session, one.id, at))
