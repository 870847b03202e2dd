"""
The key that push services know this server by (VAPID): made at first use, sealed, and kept.

A browser binds its subscription to the public half when it subscribes, so another key would end
every subscription there is: there is one, for as long as the store lives.
"""

from typing import Final

from sqlalchemy import insert, select

from proxy.factors.jwk import SigningKey
from proxy.sealing import MasterKey
from proxy.store import sealed
from proxy.store.schema import push_keys
from proxy.store.session import Session

THE_KEY: Final = 1
_FIND: Final = select(push_keys)
_ADD: Final = insert(push_keys)


def public_point(session: Session) -> str | None:
    """Give the public half as browsers take it, 65 octets in base64url; None: none was made yet."""
    row = session.row(_FIND)
    if row is None:
        return None
    found: str = row["public_point"]
    return found


def signing_key(session: Session, master: MasterKey) -> SigningKey | None:
    """Give the key; None: none was made yet. Raises NotSealed for another master key."""
    row = session.row(_FIND)
    if row is None:
        return None
    return SigningKey.from_pkcs8(
        sealed.unseal(session, master, sealed.PUSH_KEYS, THE_KEY, row["sealed_private"])
    )


def ensure(session: Session, master: MasterKey, now: float) -> str:
    """Make the key if there is none; give its public half. Raises NotSealed."""
    found = public_point(session)
    if found is not None:
        return found
    key = SigningKey.create()
    private = sealed.seal(session, master, sealed.PUSH_KEYS, THE_KEY, key.to_pkcs8())
    point = key.public.to_point()
    session.run(_ADD, id=THE_KEY, sealed_private=private, public_point=point, created_at=now)
    return point
