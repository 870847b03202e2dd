"""Recovery codes: only keyed digests are kept, each is good once, a new set ends the old one."""

from sqlalchemy import bindparam, insert, select, update

from proxy.factors import recovery
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import kept_keys
from proxy.store.schema import recovery_codes
from proxy.store.session import Row, Session

_OF_ACCOUNT = recovery_codes.c.account_id == bindparam("account")
_END = (
    update(recovery_codes)
    .where(_OF_ACCOUNT, recovery_codes.c.used_at.is_(None), recovery_codes.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
_ADD = insert(recovery_codes).values(
    account_id=bindparam("account"), code_digest=bindparam("digest"), issued_at=bindparam("now")
)
_FIND = select(recovery_codes.c.id, recovery_codes.c.used_at).where(
    _OF_ACCOUNT,
    recovery_codes.c.code_digest == bindparam("digest"),
    recovery_codes.c.ended_at.is_(None),
)
_USED_BY = select(recovery_codes.c.id).where(
    _OF_ACCOUNT, recovery_codes.c.used_attempt == bindparam("attempt")
)
_USE = (
    update(recovery_codes)
    .where(recovery_codes.c.id == bindparam("code_id"))
    .values(used_at=bindparam("now"), used_attempt=bindparam("attempt"))
)


def issue(session: Session, master: MasterKey, account_id: int, now: float) -> list[str]:
    """Make a new set of codes; this is the only time that they can be read."""
    session.run(_END, account=account_id, now=now)
    codes = recovery.new_codes()
    for code in codes:
        digest = _digest(session, master, account_id, code)
        session.run(_ADD, account=account_id, digest=digest, now=now)
    return codes


def find(session: Session, master: MasterKey, account_id: int, typed: Secret) -> Row | None:
    """Find the code that was typed: id, used_at; None: it is none of the account's set."""
    digest = _digest(session, master, account_id, typed.reveal().decode("ascii", "replace"))
    return None if digest is None else session.row(_FIND, account=account_id, digest=digest)


def was_used_by(session: Session, account_id: int, attempt: str) -> bool:
    """Say whether this attempt has used a code of the account up."""
    return session.row(_USED_BY, account=account_id, attempt=attempt) is not None


def use(session: Session, code_id: int, attempt: str, now: float) -> None:
    """Use a code up."""
    session.run(_USE, code_id=code_id, attempt=attempt, now=now)


def _digest(session: Session, master: MasterKey, account_id: int, typed: str) -> bytes | None:
    code = recovery.normalise(typed)
    if code is None:
        return None
    return recovery.digest(kept_keys.digest_key(session, master, "recovery"), account_id, code)
