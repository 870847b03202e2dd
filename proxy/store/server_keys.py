"""
The keys that sign approval requests: made at first use, sealed, published long before they sign.

A phone learns keys when it enrols and from then on only by way of a key that it has; so a new key
is published PUBLISHED_BEFORE seconds before its first signature, and one that has ended vouches for
lists of its successors for as long again, to phones that know no other. A compromised key ends at
once; that it still vouches gives whoever has it nothing, because a phone that trusts it trusts it
until it gets the list that ends it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import bindparam, insert, select, update

from proxy.factors.jwk import PublicKey, SigningKey
from proxy.sealing import MasterKey
from proxy.store import sealed
from proxy.store.schema import server_keys
from proxy.store.session import Row, Session

PUBLISHED_BEFORE: Final = 30 * 24 * 3600
"""Seconds (CONTRACT, device API, GET /me)."""
VOUCHES_AFTER: Final = PUBLISHED_BEFORE
"""Seconds after its end in which a key signs lists for phones that have no newer one."""
LAST_REQUESTS: Final = 3600.0
"""Seconds that a key stays published after its last signature: requests live 10 minutes at most."""

_NOT_ENDED = (server_keys.c.ended_at.is_(None)) | (server_keys.c.ended_at > bindparam("now"))
_CURRENT = (
    select(server_keys)
    .where(server_keys.c.signs_from <= bindparam("now"))
    .where(_NOT_ENDED)
    .order_by(server_keys.c.signs_from.desc(), server_keys.c.kid)
    .limit(1)
)
_PUBLISHED = (
    select(server_keys).where(_NOT_ENDED).order_by(server_keys.c.signs_from, server_keys.c.kid)
)
_ALL = select(server_keys).order_by(server_keys.c.signs_from, server_keys.c.kid)
_VOUCHING = _ALL.where(
    (server_keys.c.ended_at.is_(None)) | (server_keys.c.ended_at > bindparam("ended_after"))
)
_ADD = insert(server_keys)
_END = update(server_keys).where(_NOT_ENDED).values(ended_at=bindparam("end"))
_END_LATER = (
    update(server_keys).where(server_keys.c.ended_at.is_(None)).values(ended_at=bindparam("end"))
)

State = Literal["waits", "signs", "published", "ended"]


class NextKeyWaits(Exception):  # noqa: N818 - it names what was found
    """A key is published already that does not sign yet."""

    def __init__(self, kid: str, signs_from: float) -> None:
        super().__init__(f"key {kid} is published and signs later")
        self.kid = kid
        self.signs_from = signs_from


@dataclass(frozen=True, slots=True)
class ServerKey:
    """What is told of a key."""

    kid: str
    state: State
    """Published and signs later; signs; was the one that signed, still published; ended."""
    created_at: float
    signs_from: float
    ended_at: float | None
    """When it is published no more; None: it has no successor."""


def signing_key(session: Session, master: MasterKey, now: float) -> SigningKey:
    """Give the key that signs now; make the first one. Raises NotSealed for another master key."""
    row = session.row(_CURRENT, now=now)
    return _open(session, row, master) if row else _make(session, master, now, signs_from=now)


class Signing:
    """The key that signs, opened once; which one it is, is looked up in each transaction."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._key: SigningKey | None = None

    def key(self, session: Session, now: float) -> SigningKey:
        """Give the key that signs now; make the first one."""
        row = session.row(_CURRENT, now=now)
        if self._key is None or row is None or row["kid"] != self._key.kid:
            self._key = signing_key(session, self._master, now)
        return self._key


def add_key(session: Session, master: MasterKey, now: float) -> SigningKey:
    """
    Make the next key and publish it; it signs once every phone can have learnt it.

    Raises:
        NextKeyWaits: the next key is published already.
    """
    signing_key(session, master, now)
    for row in session.rows(_PUBLISHED, now=now):
        if row["signs_from"] > now:
            raise NextKeyWaits(row["kid"], row["signs_from"])
    signs_from = now + PUBLISHED_BEFORE
    session.run(_END_LATER, end=signs_from + LAST_REQUESTS)
    return _make(session, master, now, signs_from=signs_from)


def replace_compromised(session: Session, master: MasterKey, now: float) -> SigningKey:
    """End all keys, also one that does not sign yet; make the one that signs from now on."""
    session.run(_END, now=now, end=now)
    return _make(session, master, now, signs_from=now)


def public_keys(session: Session, now: float) -> list[PublicKey]:
    """Give the keys that phones should know: those that sign and those that will."""
    return [PublicKey.parse_text(row["public_jwk"]) for row in session.rows(_PUBLISHED, now=now)]


def list_keys(session: Session, now: float) -> list[ServerKey]:
    """Give all keys there ever were."""
    current = session.row(_CURRENT, now=now)
    return [
        ServerKey(
            row["kid"],
            _state(row, None if current is None else current["kid"], now),
            row["created_at"],
            row["signs_from"],
            row["ended_at"],
        )
        for row in session.rows(_ALL)
    ]


def vouching_key(
    session: Session, master: MasterKey, known: Collection[str], enrolled_at: float, now: float
) -> SigningKey:
    """
    Give the key that signs a phone's list of keys: one that the phone has.

    Args:
        known: the ids of the keys that the phone says it has; none: it says nothing, and has at
            least what was published when it enrolled.
    """
    signing = signing_key(session, master, now)
    rows = session.rows(_VOUCHING, ended_after=now - VOUCHES_AFTER)
    newest_first = sorted(rows, key=lambda row: (_is_published(row, now), row["signs_from"]))[::-1]
    if signing.kid in known:
        return signing
    for row in newest_first:
        if row["kid"] in known:
            return _open(session, row, master)
    told = [row for row in rows if row["created_at"] <= enrolled_at < _end(row)]
    published = [row for row in told if _is_published(row, now)]
    if published:
        return _open(session, published[0], master)
    return _open(session, told[-1], master) if told else signing


def _end(row: Row) -> float:
    return float("inf") if row["ended_at"] is None else float(row["ended_at"])


def _is_published(row: Row, now: float) -> bool:
    return _end(row) > now


def _state(row: Row, current: str | None, now: float) -> State:
    if not _is_published(row, now):
        return "ended"
    if row["signs_from"] > now:
        return "waits"
    return "signs" if row["kid"] == current else "published"


def _make(session: Session, master: MasterKey, now: float, *, signs_from: float) -> SigningKey:
    key = SigningKey.create()
    session.run(
        _ADD,
        kid=key.kid,
        sealed_private=sealed.seal(session, master, sealed.SERVER_KEYS, key.kid, key.to_pkcs8()),
        public_jwk=key.public.to_text(),
        created_at=now,
        signs_from=signs_from,
        ended_at=None,
    )
    return key


def _open(session: Session, row: Row, master: MasterKey) -> SigningKey:
    return SigningKey.from_pkcs8(
        sealed.unseal(session, master, sealed.SERVER_KEYS, row["kid"], row["sealed_private"])
    )
