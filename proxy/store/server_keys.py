"""
The keys that sign approval requests: made at first use, sealed, published long before they sign.

A phone learns keys when it enrols and from then on only by way of a key that it has; so a new key
is published PUBLISHED_BEFORE seconds before its first signature.
"""

from sqlalchemy import bindparam, insert, select

from proxy.factors.jwk import PublicKey, SigningKey
from proxy.sealing import MasterKey
from proxy.store.schema import server_keys
from proxy.store.session import Row, Session

PUBLISHED_BEFORE = 30 * 24 * 3600
"""Seconds (CONTRACT, device API, GET /me)."""

_CURRENT = (
    select(server_keys)
    .where(server_keys.c.signs_from <= bindparam("now"))
    .where((server_keys.c.ended_at.is_(None)) | (server_keys.c.ended_at > bindparam("now")))
    .order_by(server_keys.c.signs_from.desc(), server_keys.c.kid)
)
_PUBLISHED = (
    select(server_keys)
    .where((server_keys.c.ended_at.is_(None)) | (server_keys.c.ended_at > bindparam("now")))
    .order_by(server_keys.c.signs_from, server_keys.c.kid)
)
_ADD = insert(server_keys)


def signing_key(session: Session, master: MasterKey, now: float) -> SigningKey:
    """Give the key that signs now; make the first one. Raises NotSealed for another master key."""
    row = session.row(_CURRENT, now=now)
    return _open(row, master) if row else _make(session, master, now, signs_from=now)


def add_key(session: Session, master: MasterKey, now: float) -> SigningKey:
    """Make the next key and publish it; it signs once every phone can have learnt it."""
    return _make(session, master, now, signs_from=now + PUBLISHED_BEFORE)


def public_keys(session: Session, now: float) -> list[PublicKey]:
    """Give the keys that phones should know: those that sign and those that will."""
    return [PublicKey.parse_text(row["public_jwk"]) for row in session.rows(_PUBLISHED, now=now)]


def _make(session: Session, master: MasterKey, now: float, *, signs_from: float) -> SigningKey:
    key = SigningKey.create()
    session.run(
        _ADD,
        kid=key.kid,
        sealed_private=master.seal(key.to_pkcs8(), _context(key.kid)),
        public_jwk=key.public.to_text(),
        created_at=now,
        signs_from=signs_from,
        ended_at=None,
    )
    return key


def _open(row: Row, master: MasterKey) -> SigningKey:
    return SigningKey.from_pkcs8(master.open(row["sealed_private"], _context(row["kid"])))


def _context(kid: str) -> str:
    return f"server_keys.sealed_private {kid}"
