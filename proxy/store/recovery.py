"""Recovery codes: only keyed digests are kept, each is good once, a new set ends the old one."""

from sqlalchemy import bindparam, insert, select, update

from proxy.factors import recovery
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store.schema import recovery_codes
from proxy.store.session import Row, Session

_END = (
    update(recovery_codes)
    .where(
        recovery_codes.c.account_id == bindparam("account"),
        recovery_codes.c.used_at.is_(None),
        recovery_codes.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"))
)
_ADD = insert(recovery_codes).values(
    account_id=bindparam("account"), code_digest=bindparam("digest"), issued_at=bindparam("now")
)
_FIND = select(recovery_codes).where(
    recovery_codes.c.account_id == bindparam("account"),
    recovery_codes.c.code_digest == bindparam("digest"),
    recovery_codes.c.ended_at.is_(None),
)
_USE = (
    update(recovery_codes)
    .where(recovery_codes.c.id == bindparam("code_id"))
    .values(used_at=bindparam("now"), used_attempt=bindparam("attempt"))
)


def issue(session: Session, master: MasterKey, account_id: int, now: float) -> list[str]:
    """Make a new set of codes; they are given this once."""
    session.run(_END, account=account_id, now=now)
    codes = recovery.new_codes()
    for code in codes:
        digest = _digest(master, account_id, code)
        session.run(_ADD, account=account_id, digest=digest, now=now)
    return codes


def find(session: Session, master: MasterKey, account_id: int, typed: Secret) -> Row | None:
    """Find the code that was typed: id, used_at, used_attempt; None: it is none of the set."""
    code = typed.reveal().decode("ascii", "replace")
    if not recovery.has_form(code):
        return None
    return session.row(_FIND, account=account_id, digest=_digest(master, account_id, code))


def use(session: Session, code_id: int, attempt: str, now: float) -> None:
    """Use a code up."""
    session.run(_USE, code_id=code_id, attempt=attempt, now=now)


def _digest(master: MasterKey, account_id: int, typed: str) -> bytes:
    code = recovery.normalise(typed)
    assert code is not None
    return recovery.digest(master.derive("recovery"), account_id, code)
