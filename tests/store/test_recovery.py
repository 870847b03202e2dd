"""Recovery codes in the store."""

import pytest

from proxy.accounts.account import Person
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import accounts, recovery
from proxy.store.schema import recovery_codes

NOW = 1_800_000_000.0


def person(name):
    return Person("corp", name, None, f"uid={name},dc=example", frozenset())


@pytest.fixture
def account_id(session):
    return accounts.ensure(session, person("alice"), NOW).id


def find(session, master, account_id, typed):
    return recovery.find(session, master, account_id, Secret(typed.encode()))


def test_each_code_of_a_set_is_found(session, master, account_id):
    """All ten codes are different rows, however carelessly they are typed."""
    codes = recovery.issue(session, master, account_id, NOW)
    found = {
        find(session, master, account_id, code.lower().replace("-", " "))["id"] for code in codes
    }
    assert len(found) == 10


def test_only_digests_are_kept(session, master, account_id):
    """The database holds no code, with or without hyphens."""
    codes = recovery.issue(session, master, account_id, NOW)
    kept = repr([tuple(row) for row in session.rows(recovery_codes.select())])
    for code in codes:
        assert code not in kept
        assert code.replace("-", "") not in kept


def test_a_new_set_ends_the_old_one(session, master, account_id):
    """Codes of an older set are none of the account's codes any more."""
    old = recovery.issue(session, master, account_id, NOW)
    new = recovery.issue(session, master, account_id, NOW)
    assert find(session, master, account_id, old[0]) is None
    assert find(session, master, account_id, new[0]) is not None
    assert accounts.enrolments(session, account_id).recovery_codes == 10


def test_a_code_belongs_to_its_account_and_key(session, master, account_id):
    """Another account, and a store under another master key, do not know the code."""
    code = recovery.issue(session, master, account_id, NOW)[0]
    other = accounts.ensure(session, person("bob"), NOW).id
    assert find(session, master, other, code) is None
    assert find(session, MasterKey(Secret(b"x" * 32)), account_id, code) is None


def test_a_code_is_used_once(session, master, account_id):
    """A used code is found as used, tells whose attempt it was, and is not left."""
    code = recovery.issue(session, master, account_id, NOW)[0]
    recovery.use(session, find(session, master, account_id, code)["id"], "attempt", NOW)
    assert find(session, master, account_id, code)["used_at"] == NOW
    assert recovery.was_used_by(session, account_id, "attempt")
    assert not recovery.was_used_by(session, account_id, "another")
    assert accounts.enrolments(session, account_id).recovery_codes == 9


@pytest.mark.parametrize("typed", ["", "123456", "push", "ÿ" * 16, "0" * 17])
def test_other_texts_are_not_looked_for(session, master, account_id, typed):
    """What has not the form of a code is none."""
    assert find(session, master, account_id, typed) is None
