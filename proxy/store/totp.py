"""
TOTP seeds, sealed, and the last step that was used of each.

A step is used once, for ever: it stays used when the seed is removed and the same one is enrolled
again, so a removed enrolment leaves its digest and its step behind, and no seed.
"""

from sqlalchemy import bindparam, delete, insert, select, update

from proxy.factors.totp import TotpSeed
from proxy.sealing import MasterKey, keyed_digest
from proxy.store.schema import totp
from proxy.store.session import Row, Session

_OF_ACCOUNT = totp.c.account_id == bindparam("account")
_USED = select(totp.c.seed_digest, totp.c.last_step, totp.c.last_attempt).where(_OF_ACCOUNT)
_CLEAR = delete(totp).where(_OF_ACCOUNT)
_ADD = insert(totp)
_REMOVE = update(totp).where(_OF_ACCOUNT, totp.c.sealed_seed.is_not(None)).values(sealed_seed=None)
_USE_STEP = (
    update(totp)
    .where(_OF_ACCOUNT)
    .values(last_step=bindparam("step"), last_attempt=bindparam("attempt"))
)


def enroll(
    session: Session, master: MasterKey, account_id: int, seed: TotpSeed, now: float
) -> None:
    """Keep a seed in place of the one that the account had; wrong codes stay counted."""
    digest = keyed_digest(
        master.derive("totp"),
        seed.secret.reveal(),
        f"{seed.algorithm} {seed.digits} {seed.period}".encode(),
    )
    before = session.row(_USED, account=account_id)
    same = before is not None and before["seed_digest"] == digest
    session.run(_CLEAR, account=account_id)
    session.run(
        _ADD,
        account_id=account_id,
        sealed_seed=master.seal(seed.secret, _context(account_id)),
        seed_digest=digest,
        algorithm=seed.algorithm,
        digits=seed.digits,
        period=seed.period,
        enrolled_at=now,
        last_step=before["last_step"] if before is not None and same else None,
        last_attempt=before["last_attempt"] if before is not None and same else None,
    )


def remove(session: Session, account_id: int) -> bool:
    """Forget the seed; False: there was none."""
    return session.run(_REMOVE, account=account_id) > 0


def open_seed(master: MasterKey, row: Row) -> TotpSeed:
    """Open the seed of a row of the table. Raises NotSealed for another master key."""
    secret = master.open(row["sealed_seed"], _context(row["account_id"]))
    return TotpSeed(secret, row["algorithm"], row["digits"], row["period"])


def use_step(session: Session, account_id: int, step: int, attempt: str) -> None:
    """Use a step up: no step up to it is accepted again."""
    session.run(_USE_STEP, account=account_id, step=step, attempt=attempt)


def _context(account_id: int) -> str:
    return f"totp {account_id}"
