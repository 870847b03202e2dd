"""What the store keeps sealed, and under which master key."""

import pytest
from sqlalchemy import LargeBinary, update

from proxy.factors.totp import new_seed
from proxy.sealing import UNMARKED, MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import accounts, schema, sealed, server_keys, totp
from tests.peers.logins import ALICE, NOW

OTHER = MasterKey(Secret(b"x" * 32))


def test_every_sealed_column_is_on_the_list():
    """Whatever is sealed is sealed anew when the master key is exchanged, but the key itself."""
    found = {
        column
        for table in schema.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name.startswith("sealed_")
    }
    assert found - {schema.master_keys.c.sealed_key} == {one.column for one in sealed.COLUMNS}


def test_the_first_to_seal_owns_the_store(session, master):
    """Another master key then seals nothing, and says which one is wanted."""
    server_keys.signing_key(session, master, NOW)
    with pytest.raises(
        NotSealed, match=f"found the one of mark {OTHER.mark}, wanted {master.mark}"
    ):
        sealed.sealing_key(session, OTHER)


def test_a_store_from_before_marks_is_adopted_by_its_own_key(session, master):
    """What has no mark opens with the key that sealed it; another key does not take the store."""
    account_id = accounts.ensure(session, ALICE, NOW).id
    seed = new_seed()
    totp.enroll(session, master, account_id, seed, NOW)
    session.run(schema.master_keys.delete())
    row = session.row(schema.totp.select())
    unmarked = UNMARKED + row["sealed_seed"][9:]
    session.run(update(schema.totp).values(sealed_seed=unmarked))
    with pytest.raises(NotSealed):
        sealed.sealing_key(session, OTHER)
    assert sealed.sealing_key(session, master) is master
    assert totp.open_seed(session, master, session.row(schema.totp.select())) == seed
