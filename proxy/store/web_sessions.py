"""
Sessions of browsers: each comes from the record of one login that was accepted, and only from it.

The id is in the browser alone; its digest is kept. A session of a blocked account, or of one that
was set aside, is found no more.
"""

from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, insert, literal, literal_column, select, update

from proxy.accounts.web_session import LONGEST, Proof, WebSession
from proxy.store.schema import accounts, devices, login_records, recovery_codes, totp, web_sessions
from proxy.store.session import Session

PROOFS: Final[tuple[Proof, ...]] = ("push", "totp", "recovery")
SEEN_EVERY: Final = 15.0
"""Seconds between two notes that a session is in use."""

_OF_PORTAL = login_records.c.client == literal_column("'portal'")  # as its index says
_LOGIN = (
    select(login_records.c.account_id, login_records.c.outcome, login_records.c.reason)
    .where(_OF_PORTAL, login_records.c.login_id == bindparam("of_login"))
    .order_by(login_records.c.id.desc())
    .limit(1)
)
_SERVED = select(web_sessions.c.account_id).where(web_sessions.c.login_id == bindparam("of_login"))
_OPEN = insert(web_sessions)
_FIND = (
    select(
        web_sessions.c.account_id,
        accounts.c.directory,
        accounts.c.user_name,
        web_sessions.c.proved_by,
        web_sessions.c.proved_at,
        web_sessions.c.seen_at,
        web_sessions.c.ends_at,
    )
    .join_from(web_sessions, accounts)
    .where(
        web_sessions.c.id_digest == bindparam("digest"),
        web_sessions.c.ended_at.is_(None),
        accounts.c.blocked_at.is_(None),
        accounts.c.stranger_id.is_(None),
        accounts.c.set_aside_at.is_(None),
    )
)
_ONE = update(web_sessions).where(web_sessions.c.id_digest == bindparam("digest"))
_SEE = _ONE.values(seen_at=bindparam("now"))
_PROVE = _ONE.values(proved_by=bindparam("proof"), proved_at=bindparam("now"))
_END = _ONE.where(web_sessions.c.ended_at.is_(None)).values(ended_at=bindparam("now"))
_END_OTHERS = (
    update(web_sessions)
    .where(
        web_sessions.c.account_id == bindparam("account"),
        web_sessions.c.id_digest != bindparam("but"),
        web_sessions.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"))
)
_END_BY_PHONE = (
    update(web_sessions)
    .where(
        web_sessions.c.account_id == bindparam("account"),
        web_sessions.c.proved_by.in_([literal("push"), literal("passkey")]),
        web_sessions.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"))
)
_EVER: Final = tuple(
    select(table.c.account_id).where(table.c.account_id == bindparam("account")).limit(1)
    for table in (devices, totp, recovery_codes)
)


def digest_of(token: str) -> bytes:
    """Give what is kept of an id: it has 256 random bits, so a plain digest tells nothing."""
    return sha256(token.encode()).digest()


def open_session(session: Session, digest: bytes, login_id: str, now: float) -> bool:
    """
    Begin the session of a login that was accepted; False: it was not, or it had its session.
    """
    row = session.row(_LOGIN, of_login=login_id)
    if row is None or row["outcome"] != "accept" or row["reason"] not in PROOFS:
        return False
    return _open(session, digest, login_id, row["account_id"], row["reason"], now)


def open_first(session: Session, digest: bytes, login_id: str, now: float) -> bool:
    """
    Begin a session that may only enrol, for a person who never had a second factor.

    The login was refused for that, so its password was right. False: it was not, or there was one.
    """
    row = session.row(_LOGIN, of_login=login_id)
    if row is None or (row["outcome"], row["reason"]) != ("reject", "not-enrolled"):
        return False
    if not never_had_factor(session, row["account_id"]):
        return False
    return _open(session, digest, login_id, row["account_id"], "password", now)


def _open(
    session: Session,
    digest: bytes,
    login_id: str,
    account_id: int,
    proof: Proof,
    now: float,
) -> bool:
    if session.row(_SERVED, of_login=login_id) is not None:
        return False
    session.run(
        _OPEN,
        id_digest=digest,
        account_id=account_id,
        login_id=login_id,
        proved_by=proof,
        proved_at=now,
        seen_at=now,
        ends_at=now + LONGEST,
        ended_at=None,
    )
    return find(session, digest, now) is not None


def prove(session: Session, digest: bytes, proof: Proof, now: float) -> None:
    """Note what was given in a session."""
    session.run(_PROVE, digest=digest, proof=proof, now=now)


def never_had_factor(session: Session, account_id: int) -> bool:
    """Say whether an account never had a phone, an app or a recovery code, good or gone."""
    return all(session.row(table, account=account_id) is None for table in _EVER)


def find(session: Session, digest: bytes, now: float) -> WebSession | None:
    """Find a session that goes on; one that may only enrol ends with its first factor."""
    row = session.row(_FIND, digest=digest)
    if row is None:
        return None
    found = WebSession(digest, *row)
    if found.is_over(now) or (found.first and not never_had_factor(session, found.account_id)):
        return None
    return found


def see(session: Session, found: WebSession, now: float) -> None:
    """Note that a session is in use."""
    session.run(_SEE, digest=found.digest, now=now)


def end(session: Session, digest: bytes, now: float) -> None:
    """End a session."""
    session.run(_END, digest=digest, now=now)


def end_others(session: Session, account_id: int, but: bytes, now: float) -> int:
    """End the sessions of an account, all but one (b"": all); give how many there were."""
    return session.run(_END_OTHERS, account=account_id, but=but, now=now)


def end_by_phone(session: Session, account_id: int, now: float) -> int:
    """End the sessions that an account's phone let in: it is gone."""
    return session.run(_END_BY_PHONE, account=account_id, now=now)
