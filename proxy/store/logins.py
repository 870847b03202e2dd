"""
Logins in the store: those parked between two requests, and the record of every one.

A State takes one answer. The first marks it taken, with the digest of that answer; the same answer
again gets the same outcome for a while; any other is refused.
"""

import hmac
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from twisted.internet.defer import Deferred

from proxy.deadlines import Timer
from proxy.ports import AlreadyEnded, NotParked, Parked, Record, Taken
from proxy.store.engine import Store
from proxy.store.schema import login_records, parked_logins
from proxy.store.session import Row, Session

OUTCOME_KEPT: Final = 30.0
"""Seconds after the outcome in which the same answer gets it again (CONTRACT, State)."""

_PARK = insert(parked_logins).prefix_with("OR IGNORE", dialect="sqlite")
_FIND = select(parked_logins).where(parked_logins.c.state == bindparam("the_state"))
_TAKE = (
    update(parked_logins)
    .where(parked_logins.c.state == bindparam("the_state"))
    .values(taken_at=bindparam("now"), answer_digest=bindparam("digest"))
)
_FINISH = (
    update(parked_logins)
    .where(parked_logins.c.state == bindparam("the_state"))
    .values(outcome=bindparam("the_outcome"), outcome_at=bindparam("now"))
)
_RECORD = insert(login_records).values(
    {column.name: bindparam(column.name) for column in login_records.columns if column.name != "id"}
)
_RECENT = (
    select(login_records)
    .where(login_records.c.account_id == bindparam("account_id"))
    .order_by(login_records.c.id.desc())
    .limit(bindparam("most"))
)


def park(session: Session, parked: Parked, now: float) -> None:
    """Keep a login under its State; another node may have, at the same answer to the last one."""
    session.run(
        _PARK,
        state=parked.state,
        login_id=parked.login_id,
        account_id=parked.account_id,
        client=parked.client,
        username=parked.username,
        stage=parked.stage,
        created_at=now,
        expires_at=parked.expires_at,
        taken_at=None,
        answer_digest=None,
        outcome=None,
        outcome_at=None,
        dead_at=None,
    )


def take(
    session: Session, state: bytes, client: str, username: str, digest: bytes, now: float
) -> Taken | AlreadyEnded | NotParked:
    """Mark a parked login taken by the answer with this digest, or say what became of it."""
    row = session.row(_FIND, the_state=state)
    if row is None or row["client"] != client or row["username"] != username:
        return NotParked("unknown")
    if row["dead_at"] is not None:
        return NotParked("replaced")
    if row["taken_at"] is not None:
        return _taken_before(row, digest, now)
    if row["expires_at"] <= now:
        return NotParked("expired")
    session.run(_TAKE, the_state=state, digest=digest, now=now)
    return Taken(_parked(row))


def _taken_before(row: Row, digest: bytes, now: float) -> Taken | AlreadyEnded | NotParked:
    if not hmac.compare_digest(row["answer_digest"], digest):
        return NotParked("answered")
    if row["outcome"] is None:
        return Taken(_parked(row)) if row["expires_at"] > now else NotParked("expired")
    if now - row["outcome_at"] > OUTCOME_KEPT:
        return NotParked("answered")
    return AlreadyEnded(row["outcome"])


def finish(session: Session, state: bytes, outcome: str, now: float) -> None:
    """Keep what came of the answer to a State."""
    session.run(_FINISH, the_state=state, the_outcome=outcome, now=now)


def record(session: Session, kept: dict[str, Any]) -> None:
    """Keep the record of a login."""
    session.run(_RECORD, **kept)


def recent(session: Session, account_id: int, most: int) -> list[Row]:
    """Give an account's last records, the newest first."""
    return session.rows(_RECENT, account_id=account_id, most=most)


def _parked(row: Row) -> Parked:
    return Parked(
        state=row["state"],
        login_id=row["login_id"],
        account_id=row["account_id"],
        client=row["client"],
        username=row["username"],
        stage=row["stage"],
        expires_at=row["expires_at"],
    )


class StoredLogins:
    """The ParkedLogins and Transcript ports."""

    def __init__(self, store: Store, timer: Timer) -> None:
        self._store = store
        self._timer = timer

    def park(self, parked: Parked) -> Deferred[None]:
        """Keep a login under its State, durably."""
        now = self._timer.seconds()
        return self._store.write(lambda session: park(session, parked, now))

    def take(
        self, state: bytes, client: str, username: str, answer_digest: bytes
    ) -> Deferred[Taken | AlreadyEnded | NotParked]:
        """Mark a parked login taken by this answer."""
        now = self._timer.seconds()
        return self._store.write(
            lambda session: take(session, state, client, username, answer_digest, now)
        )

    def finish(self, state: bytes, outcome: str) -> Deferred[None]:
        """Keep what came of the answer, for the same answer again."""
        now = self._timer.seconds()
        return self._store.write(lambda session: finish(session, state, outcome, now))

    def record(self, record_: Record) -> Deferred[None]:
        """Keep a record, durably."""
        kept = {name: getattr(record_, name) for name in Record.__slots__}
        return self._store.write(lambda session: record(session, kept))
