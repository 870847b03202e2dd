"""
TOTP seeds, sealed, and the last step that was used of each.

A step is used once, for ever: it stays used when the seed is removed and the same one is enrolled
again, so a removed enrolment leaves its digest and its step behind, and no seed.
"""

import hmac

from sqlalchemy import bindparam, delete, func, insert, select, update

from proxy.factors.totp import TotpSeed
from proxy.sealing import MasterKey, keyed_digest
from proxy.store import kept_keys, sealed
from proxy.store.schema import devices, totp
from proxy.store.session import Row, Session

_OF_ACCOUNT = totp.c.account_id == bindparam("account")
_USED = select(totp.c.sealed_seed, totp.c.seed_digest, totp.c.last_step, totp.c.last_attempt).where(
    _OF_ACCOUNT
)
_COUNT = select(func.count().label("number")).where(totp.c.sealed_seed.is_not(None))
_CLEAR = delete(totp).where(_OF_ACCOUNT)
_ADD = insert(totp)
_REMOVE = update(totp).where(_OF_ACCOUNT, totp.c.sealed_seed.is_not(None)).values(sealed_seed=None)
_IN_APP = (totp.c.device_id == bindparam("device"), totp.c.sealed_seed.is_not(None))
# By the account, whose key is indexed.
_THEIRS = totp.c.account_id == (
    select(devices.c.account_id).where(devices.c.id == bindparam("device")).scalar_subquery()
)
_OF_DEVICE = select(totp.c.account_id).where(_THEIRS, *_IN_APP)
_REMOVE_OF_DEVICE = update(totp).where(_THEIRS, *_IN_APP).values(sealed_seed=None)
_USE_STEP = (
    update(totp)
    .where(_OF_ACCOUNT)
    .values(last_step=bindparam("step"), last_attempt=bindparam("attempt"))
)


def enroll(
    session: Session,
    master: MasterKey,
    account_id: int,
    seed: TotpSeed,
    now: float,
    device_id: str | None = None,
) -> None:
    """
    Keep a seed in place of the one that the account had; wrong codes stay counted.

    *device_id* is the phone whose own app makes the codes, which end with it; None: another app.
    """
    digest = _digest(session, master, seed)
    before = session.row(_USED, account=account_id)
    same = before is not None and before["seed_digest"] == digest
    session.run(_CLEAR, account=account_id)
    session.run(
        _ADD,
        account_id=account_id,
        sealed_seed=sealed.seal(session, master, sealed.SEEDS, account_id, seed.secret),
        seed_digest=digest,
        algorithm=seed.algorithm,
        digits=seed.digits,
        period=seed.period,
        enrolled_at=now,
        last_step=before["last_step"] if before is not None and same else None,
        last_attempt=before["last_attempt"] if before is not None and same else None,
        device_id=device_id,
    )


def remove(session: Session, account_id: int) -> bool:
    """Forget the seed; False: there was none."""
    return session.run(_REMOVE, account=account_id) > 0


def is_in_app_of(session: Session, device_id: str) -> bool:
    """Say whether it is a phone's own app that makes its account's codes."""
    return session.row(_OF_DEVICE, device=device_id) is not None


def remove_from_app_of(session: Session, device_id: str) -> None:
    """Forget the seed that is in the app of a phone, which ends."""
    session.run(_REMOVE_OF_DEVICE, device=device_id)


def count(session: Session) -> int:
    """Count the seeds that there are."""
    row = session.row(_COUNT)
    assert row is not None
    found: int = row["number"]
    return found


def has_this(session: Session, master: MasterKey, account_id: int, seed: TotpSeed) -> bool:
    """Say whether this very seed is the one that the account has now."""
    row = session.row(_USED, account=account_id)
    return (
        row is not None
        and row["sealed_seed"] is not None
        and hmac.compare_digest(row["seed_digest"], _digest(session, master, seed))
    )


def present_digest(session: Session, account_id: int) -> bytes | None:
    """Give the digest of the seed that the account has now; None: it has none."""
    row = session.row(_USED, account=account_id)
    if row is None or row["sealed_seed"] is None:
        return None
    digest: bytes = row["seed_digest"]
    return digest


def was_used_by(session: Session, account_id: int, attempt: str) -> bool:
    """Say whether this attempt has used the last step of the seed that the account has now."""
    row = session.row(_USED, account=account_id)
    return row is not None and row["sealed_seed"] is not None and row["last_attempt"] == attempt


def open_seed(session: Session, master: MasterKey, row: Row) -> TotpSeed:
    """Open the seed of a row of the table. Raises NotSealed for another master key."""
    account_id = row["account_id"]
    secret = sealed.unseal(session, master, sealed.SEEDS, account_id, row["sealed_seed"])
    return TotpSeed(secret, row["algorithm"], row["digits"], row["period"])


def use_step(session: Session, account_id: int, step: int, attempt: str) -> None:
    """Use a step up: no step up to it is accepted again."""
    session.run(_USE_STEP, account=account_id, step=step, attempt=attempt)


def _digest(session: Session, master: MasterKey, seed: TotpSeed) -> bytes:
    return keyed_digest(
        kept_keys.digest_key(session, master, "totp"),
        seed.secret.reveal(),
        f"{seed.algorithm} {seed.digits} {seed.period}".encode(),
    )
