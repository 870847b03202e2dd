"""
The keys of digests, one for each purpose, which stay when the master key is exchanged.

A digest cannot be made anew without what was digested, so its key has to stay. The first master
key gives each by derivation; before another takes its place the derived keys are kept, sealed. What
they digest has 80 random bits or more and cannot be guessed even by somebody who has the key; what
can be guessed, passwords and codes, is digested under a key that a compromised master key takes
with it.
"""

from typing import Final, Literal

from sqlalchemy import bindparam, delete, insert, literal, select

from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import sealed
from proxy.store.schema import kept_keys
from proxy.store.session import Session

Purpose = Literal["totp", "recovery", "invitation", "request", "join", "answer", "form"]
PURPOSES: Final[tuple[Purpose, ...]] = (
    "totp",  # seeds of 112 bits or more
    "recovery",  # codes of 80 bits
    "invitation",  # codes of 128 bits
    "request",  # Request Authenticators of 128 bits, which are no secret
    "form",  # ids of browsers, of 256 bits
    "join",  # passwords, for as long as a login can be joined
    "answer",  # passwords and codes, for as long as a State serves
)
GUESSABLE: Final[tuple[Purpose, ...]] = ("join", "answer")
"""What these keys digest can be guessed by whoever has the key."""

_FIND: Final = select(kept_keys.c.sealed_key).where(kept_keys.c.purpose == bindparam("of_purpose"))
_ADD: Final = insert(kept_keys)
_FORGET: Final = delete(kept_keys).where(
    kept_keys.c.purpose.in_([literal(purpose) for purpose in GUESSABLE])
)


def digest_key(session: Session, master: MasterKey, purpose: Purpose) -> bytes:
    """Give the 32-octet key of digests for one purpose. Raises NotSealed."""
    row = session.row(_FIND, of_purpose=purpose)
    if row is None:
        return master.derive(purpose)
    return sealed.unseal(session, master, sealed.KEPT_KEYS, purpose, row["sealed_key"]).reveal()


def keep(session: Session, old: MasterKey, new: MasterKey) -> None:
    """Keep, sealed under the new master key, each key that the old one still gives by itself."""
    for purpose in PURPOSES:
        if session.row(_FIND, of_purpose=purpose) is None:
            context = sealed.KEPT_KEYS.context(purpose)
            key = Secret(old.derive(purpose))
            session.run(_ADD, purpose=purpose, sealed_key=new.seal(key, context))


def forget_guessable(session: Session) -> None:
    """Let the master key give anew what digests passwords and codes."""
    session.run(_FORGET)
