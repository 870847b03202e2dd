"""
Passkeys of phones: one a phone, kept as long as the phone's row, which is for ever.

Its counter goes on in the transaction that takes the answer.
"""

from sqlalchemy import bindparam, insert, select, update

from proxy.accounts.passkey import NewPasskey, Passkey, counts_on
from proxy.store.schema import passkeys
from proxy.store.session import Row, Session

_ADD = insert(passkeys)
_COUNT = select(passkeys.c.sign_count).where(passkeys.c.device_id == bindparam("device"))
_USE = (
    update(passkeys)
    .where(passkeys.c.device_id == bindparam("device"))
    .values(sign_count=bindparam("counted"))
)
_KNOWN = select(passkeys.c.device_id).where(passkeys.c.credential_id == bindparam("credential"))


def add(session: Session, device_id: str, new: NewPasskey) -> None:
    """Keep the passkey of a phone that enrols."""
    passkey = new.passkey
    session.run(
        _ADD,
        device_id=device_id,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        sign_count=passkey.sign_count,
        synced=int(passkey.synced),
        only=int(passkey.only),
        registration=new.registration,
    )


def is_known(session: Session, credential_id: bytes) -> bool:
    """Say whether a credential is or was some phone's."""
    return session.row(_KNOWN, credential=credential_id) is not None


def use(session: Session, device_id: str, sign_count: int) -> bool:
    """Take the counter of an assertion over; False: it does not go on, and nothing is changed."""
    row = session.row(_COUNT, device=device_id)
    if row is None or not counts_on(row["sign_count"], sign_count):
        return False
    session.run(_USE, device=device_id, counted=sign_count)
    return True


def of_row(row: Row) -> Passkey | None:
    """Read the passkey of a row that has the columns of this table; None: there is none."""
    if row["credential_id"] is None:
        return None
    return Passkey(
        credential_id=row["credential_id"],
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        synced=bool(row["synced"]),
        only=bool(row["only"]),
    )
