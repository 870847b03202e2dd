"""DPoP proofs that were used: each serves once, on whichever node and after any restart."""

from sqlalchemy import bindparam, delete, insert, select

from proxy.store.schema import used_proofs
from proxy.store.session import Session

_FIND = select(used_proofs.c.expires_at).where(used_proofs.c.proof_digest == bindparam("digest"))
_ADD = insert(used_proofs)
_FORGET = delete(used_proofs).where(used_proofs.c.expires_at < bindparam("now"))


def use_proof(session: Session, digest: bytes, expires_at: float) -> bool:
    """Use a proof up. False: it was used before."""
    if session.row(_FIND, digest=digest) is not None:
        return False
    session.run(_ADD, proof_digest=digest, expires_at=expires_at)
    return True


def forget_expired(session: Session, now: float) -> int:
    """Forget the proofs that are refused for their age by now; give how many."""
    return session.run(_FORGET, now=now)
