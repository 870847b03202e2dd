"""
Invitations to enrol a phone: one good one an account; a newer one ends it.

Only one made with *replaces* retires the phone that the person has. The code itself is nowhere: its
digest is keyed by the master key.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update

from proxy.sealing import MasterKey, keyed_digest
from proxy.store import kept_keys
from proxy.store.schema import accounts, invitations
from proxy.store.session import Row, Session

_END = (
    update(invitations)
    .where(invitations.c.account_id == bindparam("of_account"))
    .where(invitations.c.used_at.is_(None))
    .where(invitations.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
_ADD = insert(invitations)
_ALL_GOOD = (
    select(invitations, accounts.c.user_name)
    .join_from(invitations, accounts)
    .where(invitations.c.used_at.is_(None))
    .where(invitations.c.ended_at.is_(None))
    .where(invitations.c.expires_at > bindparam("now"))
    .where(accounts.c.blocked_at.is_(None))
    .where(accounts.c.stranger_id.is_(None))
    .where(accounts.c.set_aside_at.is_(None))
)
_GOOD = _ALL_GOOD.where(invitations.c.code_digest == bindparam("digest"))
_GOOD_BY_ID = _ALL_GOOD.where(invitations.c.id == bindparam("invitation_id"))
_USE = (
    update(invitations)
    .where(invitations.c.id == bindparam("invitation_id"))
    .values(used_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that is good now."""

    id: int
    account_id: int
    account_name: str
    replaces: bool
    """It retires the phone that the person has."""


def make(
    session: Session,
    master: MasterKey,
    account_id: int,
    code: str,
    *,
    replaces: bool,
    expires_at: float,
    now: float,
) -> int:
    """Keep an invitation; the one that the account had is over. Give its key."""
    session.run(_END, of_account=account_id, now=now)
    return session.insert(
        _ADD,
        id=None,
        account_id=account_id,
        code_digest=_digest(session, master, code),
        replaces=int(replaces),
        created_at=now,
        expires_at=expires_at,
        used_at=None,
        ended_at=None,
    )


def find_good(session: Session, master: MasterKey, code: str, now: float) -> Invitation | None:
    """
    Find the invitation with this code (in its normal form).

    None: there is none, it was used, it is over, or the account is blocked or set aside.
    """
    return _read(session.row(_GOOD, digest=_digest(session, master, code), now=now))


def still_good(session: Session, invitation_id: int, now: float) -> Invitation | None:
    """Find an invitation whose code was seen before; None as `find_good`."""
    return _read(session.row(_GOOD_BY_ID, invitation_id=invitation_id, now=now))


def _read(row: Row | None) -> Invitation | None:
    if row is None:
        return None
    return Invitation(
        id=row["id"],
        account_id=row["account_id"],
        account_name=row["user_name"],
        replaces=bool(row["replaces"]),
    )


def use(session: Session, invitation_id: int, now: float) -> None:
    """Use an invitation up."""
    session.run(_USE, invitation_id=invitation_id, now=now)


def _digest(session: Session, master: MasterKey, code: str) -> bytes:
    return keyed_digest(kept_keys.digest_key(session, master, "invitation"), code.encode())
