"""
Wrong codes in a row, which all codes of an account share.

A failure names its attempt, so that the same attempt, repeated after a crash, is counted once. The
time of the last one never goes back: a clock that does shortens no wait.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from proxy.store.schema import passcode_failures
from proxy.store.session import Session

_OF_ACCOUNT = passcode_failures.c.account_id == bindparam("account")
_READ = select(passcode_failures).where(_OF_ACCOUNT)
_FIRST = insert(passcode_failures).values(
    account_id=bindparam("account"),
    failures=1,
    last_failed_at=bindparam("now"),
    last_attempt=bindparam("attempt"),
)
_NEXT = (
    update(passcode_failures)
    .where(_OF_ACCOUNT)
    .values(
        failures=passcode_failures.c.failures + 1,
        last_failed_at=bindparam("at"),
        last_attempt=bindparam("attempt"),
    )
)
_FORGET = delete(passcode_failures).where(_OF_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong codes in a row."""

    count: int
    last_failed_at: float
    last_attempt: str


NO_FAILURES: Final = Failures(0, 0.0, "")


def of_account(session: Session, account_id: int) -> Failures:
    """Give the wrong codes in a row."""
    row = session.row(_READ, account=account_id)
    if row is None:
        return NO_FAILURES
    return Failures(row["failures"], row["last_failed_at"], row["last_attempt"])


def count(session: Session, account_id: int, before: Failures, attempt: str, now: float) -> None:
    """Count a wrong code after those that were counted before."""
    if before.count == 0:
        session.run(_FIRST, account=account_id, attempt=attempt, now=now)
    else:
        at = max(now, before.last_failed_at)
        session.run(_NEXT, account=account_id, attempt=attempt, at=at)


def forget(session: Session, account_id: int) -> bool:
    """End the row of failures; False: there were none."""
    return session.run(_FORGET, account=account_id) > 0
