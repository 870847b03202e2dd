"""
What the store keeps sealed, and under which master key: one list of columns, one way in and out.

While a new master key takes the place of the old one, whatever is sealed is sealed under the new
one, in every process: which key that is stands in the store, and is read in the transaction that
seals. The new key itself stands there too until the old one has served, sealed under the old one;
so a process that began with the old key opens what was sealed since.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, bindparam, insert, select

from proxy.sealing import MasterKey, NotSealed, UnknownMasterKey
from proxy.secret import Secret
from proxy.store.schema import (
    kept_keys,
    master_keys,
    pending_totp,
    privacyidea_keys,
    push_keys,
    server_keys,
    totp,
)
from proxy.store.session import Row, Session


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose values are sealed, each for its row."""

    column: Column[Any]
    key: Column[Any]
    """Names the row."""
    name: str

    def context(self, key: str | int) -> str:
        """Give what a value is sealed for."""
        return f"{self.name} {key}"


SEEDS: Final = SealedColumn(totp.c.sealed_seed, totp.c.account_id, "totp")
PENDING_SEEDS: Final = SealedColumn(
    pending_totp.c.sealed_seed, pending_totp.c.device_id, "pending_totp"
)
SERVER_KEYS: Final = SealedColumn(
    server_keys.c.sealed_private, server_keys.c.kid, "server_keys.sealed_private"
)
PRIVACYIDEA_KEYS: Final = SealedColumn(
    privacyidea_keys.c.sealed_private, privacyidea_keys.c.id, "privacyidea_keys"
)
KEPT_KEYS: Final = SealedColumn(kept_keys.c.sealed_key, kept_keys.c.purpose, "kept_keys.sealed_key")
PUSH_KEYS: Final = SealedColumn(
    push_keys.c.sealed_private, push_keys.c.id, "push_keys.sealed_private"
)
COLUMNS: Final = (SEEDS, PENDING_SEEDS, SERVER_KEYS, PRIVACYIDEA_KEYS, KEPT_KEYS, PUSH_KEYS)
"""All that is sealed, but the next master key itself."""

CURRENT: Final = "current"
NEXT: Final = "next"
_MASTER_KEYS: Final = select(master_keys)
_ADOPT: Final = insert(master_keys).values(
    mark=bindparam("of_mark"), state=CURRENT, sealed_key=None, since=None
)
_ANY: Final = tuple(
    select(one.key.label("key"), one.column.label("sealed")).where(one.column.is_not(None)).limit(1)
    for one in COLUMNS
)


def seal(
    session: Session, master: MasterKey, where: SealedColumn, key: str | int, plain: Secret
) -> bytes:
    """Seal a value for one row, under the key that seals now. Raises NotSealed."""
    return sealing_key(session, master).seal(plain, where.context(key))


def unseal(
    session: Session, master: MasterKey, where: SealedColumn, key: str | int, sealed: bytes
) -> Secret:
    """Open the value of one row. Raises NotSealed for another master key."""
    try:
        return master.open(sealed, where.context(key))
    except UnknownMasterKey:
        learn(session, master)
    return master.open(sealed, where.context(key))


def sealing_key(session: Session, master: MasterKey) -> MasterKey:
    """
    Give the key that seals now: the next one as soon as there is one.

    Raises:
        NotSealed: the store belongs to another master key, which is not known here.
    """
    rows = by_state(session)
    if not rows:
        return _adopt(session, master)
    return named(session, master, (rows.get(NEXT) or rows[CURRENT])["mark"])


def named(session: Session, master: MasterKey, mark: str) -> MasterKey:
    """Give the master key of a mark. Raises NotSealed where it is not known here."""
    found = master.known(mark)
    if found is None:
        learn(session, master)
        found = master.known(mark)
    if found is None:
        raise NotSealed(
            f"another master key sealed this store: found the one of mark {master.mark}, "
            f"wanted {mark}"
        )
    return found


def learn(session: Session, master: MasterKey) -> None:
    """Learn the next key, where there is one that an older one opens."""
    row = by_state(session).get(NEXT)
    if row is None or row["sealed_key"] is None:
        return
    try:
        octets = master.open(row["sealed_key"], next_context(row["mark"]))
    except NotSealed:
        return  # the process has the next key itself, or none that serves here
    master.learn(MasterKey(octets))


def next_context(mark: str) -> str:
    """Give what the next master key is sealed for."""
    return f"master_keys.sealed_key {mark}"


def by_state(session: Session) -> dict[str, Row]:
    """Give what stands of master keys: nothing, the current one, or that and the next."""
    return {row["state"]: row for row in session.rows(_MASTER_KEYS)}


def _adopt(session: Session, master: MasterKey) -> MasterKey:
    """Let the store be this key's from now on, if what is sealed in it already is."""
    for where, any_value in zip(COLUMNS, _ANY, strict=True):
        row = session.row(any_value)
        if row is not None:
            master.open(row["sealed"], where.context(row["key"]))
    session.run(_ADOPT, of_mark=master.mark)
    return master
