"""
Pushes that were refused or not answered, as the store counts them.

The rules are `proxy.login.fatigue`. What counts is written in the transaction that ends the push;
whether one may be sent is read in the transaction that would make it (`proxy.store.asking`).
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from proxy.login.fatigue import (
    NEW,
    Defence,
    PushEnd,
    Standing,
    after,
    approved,
    confirmed,
    reported,
    waits_until,
)
from proxy.store.schema import push_standings, push_waits
from proxy.store.session import Row, Session

STANDING_COLUMNS: Final = (
    push_standings.c.denied,
    push_standings.c.unanswered,
    push_standings.c.failures,
    push_standings.c.last_failed_at,
    push_standings.c.blocked_by,
    push_standings.c.blocked_at,
)

_OF_ACCOUNT = push_standings.c.account_id == bindparam("account")
_READ = select(*STANDING_COLUMNS).where(_OF_ACCOUNT)
_ADD = insert(push_standings)
_CHANGE = (
    update(push_standings)
    .where(_OF_ACCOUNT)
    .values(
        denied=bindparam("new_denied"),
        unanswered=bindparam("new_unanswered"),
        failures=bindparam("new_failures"),
        last_failed_at=bindparam("new_last"),
        blocked_by=bindparam("new_by"),
        blocked_at=bindparam("new_at"),
    )
)
_FORGET = delete(push_standings).where(_OF_ACCOUNT)

_WAITS = (
    select(push_waits.c.client, push_waits.c.failures, push_waits.c.last_failed_at)
    .where(push_waits.c.account_id == bindparam("account"))
    .order_by(push_waits.c.client)
)
_AT_CLIENT = (
    push_waits.c.account_id == bindparam("account"),
    push_waits.c.client == bindparam("at_client"),
)
_WAIT = select(push_waits.c.failures, push_waits.c.last_failed_at).where(*_AT_CLIENT)
_ADD_WAIT = insert(push_waits)
_MORE_WAIT = (
    update(push_waits)
    .where(*_AT_CLIENT)
    .values(failures=push_waits.c.failures + 1, last_failed_at=bindparam("new_last"))
)
_END_WAIT = delete(push_waits).where(*_AT_CLIENT)
_END_WAITS = delete(push_waits).where(push_waits.c.account_id == bindparam("account"))


@dataclass(frozen=True, slots=True)
class Wait:
    """A row of failures at one client."""

    client: str
    failures: int
    last_failed_at: float

    def until(self, defence: Defence) -> float:
        """Say until when that client's logins get no push; it may be over."""
        return waits_until(self.failures, self.last_failed_at, defence) or 0.0


def of_account(session: Session, account_id: int) -> Standing:
    """Give what is counted of a person."""
    return standing(session.row(_READ, account=account_id))


def standing(row: Row | None) -> Standing:
    """Read a row of `STANDING_COLUMNS`; None, or one of an outer join that found none: nothing."""
    return NEW if row is None or row[0] is None else Standing(*row)


def waits(session: Session, account_id: int) -> list[Wait]:
    """Give the rows of failures at each client, over or not."""
    return [Wait(*row) for row in session.rows(_WAITS, account=account_id)]


def count(
    session: Session, account_id: int, client: str, end: PushEnd, defence: Defence, now: float
) -> bool:
    """Count a push that ended; True: push is blocked from now on, and was not before."""
    before = of_account(session, account_id)
    later = after(before, end, defence, now)
    _keep(session, account_id, before, later)
    wait = session.row(_WAIT, account=account_id, at_client=client)
    if wait is None:
        session.run(_ADD_WAIT, account_id=account_id, client=client, failures=1, last_failed_at=now)
    else:
        last = max(now, wait["last_failed_at"])
        session.run(_MORE_WAIT, account=account_id, at_client=client, new_last=last)
    return later.is_blocked and not before.is_blocked


def approve(session: Session, account_id: int, client: str) -> None:
    """End the row of a person and the wait of a client: a push was approved there."""
    before = of_account(session, account_id)
    if before.failures:
        _keep(session, account_id, before, approved(before))
    session.run(_END_WAIT, account=account_id, at_client=client)


def report(session: Session, account_id: int, now: float) -> None:
    """Block push for a person who said of a past login that it was not theirs."""
    before = of_account(session, account_id)
    _keep(session, account_id, before, reported(before, now))


def confirm(session: Session, account_id: int) -> bool:
    """Take a block back as its person wishes; False: there is none, or only an admin can."""
    before = of_account(session, account_id)
    later = confirmed(before)
    if later is None:
        return False
    _keep(session, account_id, before, later)
    return True


def forget(session: Session, account_id: int) -> bool:
    """Forget everything, as an admin wishes; False: there was nothing."""
    waited = session.run(_END_WAITS, account=account_id) > 0
    return session.run(_FORGET, account=account_id) > 0 or waited


def _keep(session: Session, account_id: int, before: Standing, later: Standing) -> None:
    if before == NEW and session.row(_READ, account=account_id) is None:
        session.run(
            _ADD,
            account_id=account_id,
            denied=later.denied,
            unanswered=later.unanswered,
            failures=later.failures,
            last_failed_at=later.last_failed_at,
            blocked_by=later.blocked_by,
            blocked_at=later.blocked_at,
        )
        return
    session.run(
        _CHANGE,
        account=account_id,
        new_denied=later.denied,
        new_unanswered=later.unanswered,
        new_failures=later.failures,
        new_last=later.last_failed_at,
        new_by=later.blocked_by,
        new_at=later.blocked_at,
    )
