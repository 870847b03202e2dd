"""TOTP seeds in the store."""

import pytest

from proxy.accounts.account import Person
from proxy.factors.totp import TotpSeed, new_seed
from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import accounts, schema, totp, wrong_codes
from proxy.store.wrong_codes import NO_FAILURES

NOW = 1_800_000_000.0
SEED = TotpSeed(Secret(b"12345678901234567890"), "SHA256", digits=8, period=60)


@pytest.fixture
def account_id(session):
    person = Person("corp", "alice", None, "uid=alice,dc=example", frozenset())
    return accounts.ensure(session, person, NOW).id


def row_of(session):
    row = session.row(schema.totp.select())
    assert row is not None
    return row


def test_a_seed_comes_back_as_it_was(session, master, account_id):
    """Secret, algorithm, digits and period are kept."""
    totp.enroll(session, master, account_id, SEED, NOW)
    assert totp.open_seed(session, master, row_of(session)) == SEED


def test_a_seed_is_sealed(session, master, account_id):
    """The database holds nothing of the seed, and another master key does not open it."""
    totp.enroll(session, master, account_id, SEED, NOW)
    assert SEED.secret.reveal() not in b"".join(
        value for value in tuple(row_of(session)) if isinstance(value, bytes)
    )
    with pytest.raises(NotSealed):
        totp.open_seed(session, MasterKey(Secret(b"x" * 32)), row_of(session))


def test_a_seed_cannot_be_moved_to_another_account(session, master, account_id):
    """A sealed seed opens for its own account alone."""
    totp.enroll(session, master, account_id, SEED, NOW)
    bob = accounts.ensure(session, Person("corp", "bob", None, "uid=bob", frozenset()), NOW)
    session._connection.execute("UPDATE totp SET account_id = ?", (bob.id,))
    with pytest.raises(NotSealed):
        totp.open_seed(session, master, row_of(session))


def test_a_removed_seed_is_gone(session, master, account_id):
    """Nothing that opens to the seed stays, and there is nothing to remove twice."""
    totp.enroll(session, master, account_id, SEED, NOW)
    assert totp.remove(session, account_id)
    assert row_of(session)["sealed_seed"] is None
    assert not totp.remove(session, account_id)


def test_a_new_seed_begins_with_no_used_step(session, master, account_id):
    """A code of the new seed is good at once, whatever was used of the old one."""
    totp.enroll(session, master, account_id, SEED, NOW)
    totp.use_step(session, account_id, 1000, "attempt")
    totp.enroll(session, master, account_id, new_seed(), NOW)
    assert row_of(session)["last_step"] is None


def test_the_same_seed_again_keeps_its_used_step(session, master, account_id):
    """A step is used for ever, even when its seed is removed and enrolled again."""
    totp.enroll(session, master, account_id, SEED, NOW)
    totp.use_step(session, account_id, 1000, "attempt")
    totp.enroll(session, master, account_id, SEED, NOW)
    assert row_of(session)["last_step"] == 1000
    totp.remove(session, account_id)
    totp.enroll(session, master, account_id, SEED, NOW)
    assert (row_of(session)["last_step"], row_of(session)["last_attempt"]) == (1000, "attempt")


def test_a_new_seed_keeps_the_wrong_codes_counted(session, master, account_id):
    """Enrolling anew does not end the row of failures (NIST SP 800-63B-4)."""
    wrong_codes.count(session, account_id, NO_FAILURES, "attempt", NOW)
    totp.enroll(session, master, account_id, SEED, NOW)
    assert wrong_codes.of_account(session, account_id).count == 1
