"""TOTP seeds, sealed; and the count of wrong codes, which all codes of an account share."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from proxy.factors.totp import TotpSeed
from proxy.sealing import MasterKey
from proxy.store.schema import passcode_failures, totp
from proxy.store.session import Session

_BY_ACCOUNT = select(totp).where(totp.c.account_id == bindparam("account_id"))
_ADD = insert(totp)
_REMOVE = delete(totp).where(totp.c.account_id == bindparam("account"))
_USE_STEP = (
    update(totp)
    .where(totp.c.account_id == bindparam("account"))
    .values(last_step=bindparam("step"), last_attempt=bindparam("attempt"))
)
_FAILURES = select(passcode_failures).where(
    passcode_failures.c.account_id == bindparam("account_id")
)
_FORGET = delete(passcode_failures).where(passcode_failures.c.account_id == bindparam("account"))
_COUNT = insert(passcode_failures)


@dataclass(frozen=True, slots=True)
class StoredSeed:
    """A seed with what was used of it."""

    seed: TotpSeed
    last_step: int | None
    """No step up to this one is accepted again."""
    last_attempt: str | None
    """The attempt that used it."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong codes in a row."""

    count: int
    last_failed_at: float
    last_attempt: str


NO_FAILURES: Final = Failures(0, 0.0, "")


def enroll(
    session: Session, master: MasterKey, account_id: int, seed: TotpSeed, now: float
) -> None:
    """Keep a seed; it takes the place of the one that the account had."""
    remove(session, account_id)
    session.run(
        _ADD,
        account_id=account_id,
        sealed_seed=master.seal(seed.secret, _context(account_id)),
        algorithm=seed.algorithm,
        digits=seed.digits,
        period=seed.period,
        enrolled_at=now,
        last_step=None,
        last_attempt=None,
    )


def remove(session: Session, account_id: int) -> bool:
    """Forget the seed; False: there was none."""
    return session.run(_REMOVE, account=account_id) > 0


def find(session: Session, master: MasterKey, account_id: int) -> StoredSeed | None:
    """Open the seed of an account. Raises NotSealed for another master key."""
    row = session.row(_BY_ACCOUNT, account_id=account_id)
    if row is None:
        return None
    secret = master.open(row["sealed_seed"], _context(account_id))
    seed = TotpSeed(secret, row["algorithm"], row["digits"], row["period"])
    return StoredSeed(seed, row["last_step"], row["last_attempt"])


def use_step(session: Session, account_id: int, step: int, attempt: str) -> None:
    """Use a step up: no step up to it is accepted again."""
    session.run(_USE_STEP, account=account_id, step=step, attempt=attempt)


def failures(session: Session, account_id: int) -> Failures:
    """Give the wrong codes in a row."""
    row = session.row(_FAILURES, account_id=account_id)
    if row is None:
        return NO_FAILURES
    return Failures(row["failures"], row["last_failed_at"], row["last_attempt"])


def count_failure(session: Session, account_id: int, attempt: str, now: float) -> None:
    """Count a wrong code; the same attempt is counted once."""
    before = failures(session, account_id)
    if before.last_attempt == attempt:
        return
    unlock(session, account_id)
    session.run(
        _COUNT,
        account_id=account_id,
        failures=before.count + 1,
        last_failed_at=max(now, before.last_failed_at),
        last_attempt=attempt,
    )


def unlock(session: Session, account_id: int) -> bool:
    """Forget the wrong codes; False: there were none."""
    return session.run(_FORGET, account=account_id) > 0


def _context(account_id: int) -> str:
    return f"totp {account_id}"
