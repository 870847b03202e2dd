"""
DPoP proofs that were used: each serves once, on whichever node and after any restart.

`housekeeping` deletes those that are refused for their age by now.
"""

from sqlalchemy import bindparam, insert, select

from proxy.store.schema import used_proofs
from proxy.store.session import Session

_FIND = select(used_proofs.c.expires_at).where(used_proofs.c.proof_digest == bindparam("digest"))
_ADD = insert(used_proofs)


def use_proof(session: Session, digest: bytes, expires_at: float) -> bool:
    """Use a proof up. False: it was used before."""
    if session.row(_FIND, digest=digest) is not None:
        return False
    session.run(_ADD, proof_digest=digest, expires_at=expires_at)
    return True
