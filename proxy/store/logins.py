"""
Logins in the store: those parked between two requests, and the record of every one.

A State takes one answer. The first marks it taken, with the digest of that answer; the same answer
again gets the same outcome for a while; any other is refused.
"""

import hmac
from operator import attrgetter
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from twisted.internet.defer import Deferred

from proxy.deadlines import Timer
from proxy.ports import AlreadyEnded, Ending, NotParked, Parked, Record, Taken
from proxy.store import remembered
from proxy.store.engine import Store
from proxy.store.schema import approvals, login_records, parked_logins
from proxy.store.session import Row, Session

OUTCOME_KEPT: Final = 30.0
"""Seconds after the outcome in which the same answer gets it again (CONTRACT, State)."""

_PARK = insert(parked_logins).prefix_with("OR IGNORE", dialect="sqlite")
_WITHDRAWN = select(approvals.c.id).where(
    approvals.c.account_id == bindparam("account"),
    approvals.c.state == "withdrawn",
    approvals.c.login_id == bindparam("login"),
)
_FIND = select(parked_logins).where(parked_logins.c.state == bindparam("the_state"))
_TAKE = (
    update(parked_logins)
    .where(parked_logins.c.state == bindparam("the_state"))
    .values(taken_at=bindparam("now"), answer_digest=bindparam("digest"))
)
_FINISH = (
    update(parked_logins)
    .where(parked_logins.c.state == bindparam("the_state"))
    .values(outcome=bindparam("the_outcome"), outcome_at=bindparam("now"), stage="")
)
_RECORDED = [column.name for column in login_records.columns if column.name != "id"]
_RECORD = insert(login_records).values({name: bindparam(name) for name in _RECORDED})
_VALUES = attrgetter(*_RECORDED)
"""Gives what is kept of a `Record`, in the order of the columns."""
_RECENT = (
    select(login_records)
    .where(login_records.c.account_id == bindparam("account_id"))
    .order_by(login_records.c.id.desc())
    .limit(bindparam("most"))
)


def park(session: Session, parked: Parked, now: float) -> None:
    """
    Keep a login under its State; another node may have, at the same answer to the last one.

    A login that was replaced while it was on its way here is dead from the beginning; one whose
    second factor has passed had its own request withdrawn, where a code took its place.
    """
    replaced = None
    if parked.replaceable:
        replaced = session.row(_WITHDRAWN, account=parked.account_id, login=parked.login_id)
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
        dead_at=None if replaced is None else now,
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
    """Keep what came of the answer to a State, and no longer what it waited with."""
    session.run(_FINISH, the_state=state, the_outcome=outcome, now=now)


def record(session: Session, kept: Record) -> None:
    """Keep the record of a login."""
    session.add(_RECORD, _VALUES(kept))


def keep(session: Session, ending: Ending, now: float) -> None:
    """Keep all that must outlive an answer."""
    record(session, ending.record)
    if ending.parked is not None:
        park(session, ending.parked, now)
    if ending.outcome is not None:
        finish(session, ending.outcome.state, ending.outcome.answer, now)
    if ending.forget is not None:
        remembered.forget(session, ending.forget)
    if ending.passed is not None:
        remembered.remember(session, ending.passed, now)


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

    def take(
        self, state: bytes, client: str, username: str, answer_digest: bytes
    ) -> Deferred[Taken | AlreadyEnded | NotParked]:
        """Mark a parked login taken by this answer."""
        now = self._timer.seconds()
        return self._store.write(
            lambda session: take(session, state, client, username, answer_digest, now)
        )

    def keep(self, ending: Ending) -> Deferred[None]:
        """Keep all that must outlive an answer, in one transaction."""
        now = self._timer.seconds()
        return self._store.write(lambda session: keep(session, ending, now))
