"""Accounts in the store."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, update
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from proxy.accounts.account import Enrolments, Person
from proxy.factors.totp import new_seed
from proxy.login.actions import LoadAccount
from proxy.store import accounts, recovery, schema, totp
from proxy.store.accounts import StoredAccounts

NOW = 1_800_000_000.0
ALICE = Person("corp", "alice", "id-1", "uid=alice,dc=example", frozenset())
NOBODYS_ID = replace(ALICE, stable_id=None)
ANOTHER = replace(ALICE, stable_id="id-2")


def loading(port, person):
    """Put the question to the port, as the hall does."""
    return Deferred.fromCoroutine(port.load(LoadAccount(person, "vpn")))


def blocked(session, person=ALICE):
    return accounts.load(session, person, NOW).account.blocked


def test_a_new_person_gets_an_account(session):
    """The first login makes the account, the next one finds it."""
    made = accounts.load(session, ALICE, NOW)
    assert (made.account.directory, made.account.user_name) == ("corp", "alice")
    assert made.account.blocked is None
    assert made.enrolments == Enrolments(None, None, 0)
    assert accounts.load(session, ALICE, NOW + 1) == made


def test_the_same_name_in_another_directory_is_another_account(session):
    """An account is a directory and a name."""
    corp = accounts.ensure(session, ALICE, NOW)
    lab = accounts.ensure(session, replace(ALICE, directory="lab"), NOW)
    assert corp.id != lab.id
    assert [found.id for found in accounts.find_by_name(session, "Alice")] == [corp.id, lab.id]
    found = accounts.find(session, "lab", "alice")
    assert found is not None
    assert found.account == lab
    assert accounts.find(session, "lab", "bob") is None


def test_what_is_enrolled_is_read_with_the_account(session, master):
    """Phone, TOTP and unused recovery codes, in one query."""
    account = accounts.ensure(session, ALICE, NOW)
    totp.enroll(session, master, account.id, new_seed(), NOW)
    recovery.issue(session, master, account.id, NOW)
    recovery.issue(session, master, account.id, NOW)
    session.run(
        insert(schema.invitations).values(
            id=1, account_id=account.id, code_digest=b"c", replaces=0, created_at=1, expires_at=2
        )
    )
    for device, retired_at in (("old", 5.0), ("new", None)):
        session.run(
            insert(schema.devices).values(
                id=device,
                account_id=account.id,
                name=device,
                public_jwk="",
                invitation_id=1,
                enrolment_proof="",
                enrolled_at=1.0,
                retired_at=retired_at,
            )
        )
    assert accounts.load(session, ALICE, NOW).enrolments == Enrolments("new", 6, 10)
    assert accounts.enrolments(session, account.id) == Enrolments("new", 6, 10)
    totp.remove(session, account.id)
    assert accounts.enrolments(session, account.id) == Enrolments("new", None, 10)


def test_an_id_that_becomes_known_is_kept(session):
    """A directory that begins to tell ids is the same directory; then another id is noticed."""
    accounts.ensure(session, NOBODYS_ID, NOW)
    assert blocked(session) is None
    assert blocked(session, ANOTHER) == "another-person"


def test_a_directory_that_stops_telling_the_id_changes_nothing(session):
    """No id is no other id; the one that was kept still counts."""
    accounts.ensure(session, ALICE, NOW)
    assert blocked(session, NOBODYS_ID) is None
    assert blocked(session, ANOTHER) == "another-person"


def test_another_id_under_the_name_blocks_everybody(session):
    """From the first login of another person on, nobody passes: not even the first one."""
    accounts.ensure(session, ALICE, NOW)
    assert blocked(session, ANOTHER) == "another-person"
    assert blocked(session) == "another-person"
    assert blocked(session, NOBODYS_ID) == "another-person"


def test_the_first_stranger_is_the_one_an_admin_decides_on(session):
    """A third person under the name does not take the place of the second."""
    account = accounts.ensure(session, ALICE, NOW)
    blocked(session, ANOTHER)
    blocked(session, replace(ALICE, stable_id="id-3"))
    found = accounts.by_id(session, account.id)
    assert found is not None
    assert found.stranger_id == "id-2"


def test_the_same_person_keeps_the_enrolments(session, master):
    """An entry that was made anew is the same account under its new id, and the old id is not."""
    account = accounts.ensure(session, ALICE, NOW)
    totp.enroll(session, master, account.id, new_seed(), NOW)
    blocked(session, ANOTHER)
    assert accounts.decide_stranger(session, account.id, same_person=True, now=NOW)
    loaded = accounts.load(session, ANOTHER, NOW)
    assert (loaded.account.id, loaded.account.blocked) == (account.id, None)
    assert loaded.enrolments.totp_digits == 6
    assert blocked(session) == "another-person"


def test_another_person_begins_with_nothing(session, master):
    """The old account is set aside with all it has; the next login makes a fresh one."""
    account = accounts.ensure(session, ALICE, NOW)
    totp.enroll(session, master, account.id, new_seed(), NOW)
    blocked(session, ANOTHER)
    assert accounts.decide_stranger(session, account.id, same_person=False, now=NOW)
    loaded = accounts.load(session, ANOTHER, NOW)
    assert loaded.account.id != account.id
    assert loaded.account.blocked is None
    assert loaded.enrolments == Enrolments(None, None, 0)
    assert accounts.by_id(session, account.id) is None
    assert [one.account.id for one in accounts.list_accounts(session)] == [loaded.account.id]


@pytest.mark.parametrize("same_person", [True, False])
def test_without_a_stranger_there_is_nothing_to_decide(session, same_person):
    """A decision about nobody changes nothing."""
    account = accounts.ensure(session, ALICE, NOW)
    assert not accounts.decide_stranger(session, account.id, same_person=same_person, now=NOW)
    assert accounts.load(session, ALICE, NOW).account == account
    assert blocked(session, ANOTHER) == "another-person"


def test_a_blocked_account_is_told_until_it_is_unblocked(session):
    """An admin's block holds for the next login; each change is told once."""
    account = accounts.ensure(session, ALICE, NOW)
    assert accounts.block(session, account.id, NOW)
    assert not accounts.block(session, account.id, NOW + 5)
    assert blocked(session) == "blocked"
    assert accounts.unblock(session, account.id)
    assert not accounts.unblock(session, account.id)
    assert blocked(session) is None


def a_phone_with_approvals(session, account_id):
    session._connection.execute("PRAGMA foreign_keys = OFF")
    for state, claimed_by in (
        ("open", None),
        ("approved", None),
        ("approved", "login"),
        ("denied", None),
    ):
        session.run(
            insert(schema.approvals).values(
                id=f"{state} {claimed_by}",
                account_id=account_id,
                device_id="phone",
                login_id="login",
                client="vpn",
                origin="here",
                nonce="n",
                request="r",
                created_at=NOW,
                expires_at=NOW + 60,
                state=state,
                claimed_by=claimed_by,
            )
        )


def states(session):
    return {row["id"]: row["state"] for row in session.rows(schema.approvals.select())}


def stranger_comes(session, account_id):
    accounts.load(session, ANOTHER, NOW)


def admin_blocks(session, account_id):
    accounts.block(session, account_id, NOW)


def admin_sets_aside(session, account_id):
    session.run(update(schema.accounts).values(stranger_id="id-2"))
    accounts.decide_stranger(session, account_id, same_person=False, now=NOW)


@pytest.mark.parametrize("change", [stranger_comes, admin_blocks, admin_sets_aside])
def test_what_blocks_an_account_voids_what_is_on_its_phone(session, change):
    """Open and late approvals are void at once; what was claimed or denied stays as it is."""
    account = accounts.ensure(session, ALICE, NOW)
    a_phone_with_approvals(session, account.id)
    change(session, account.id)
    assert states(session) == {
        "open None": "void",
        "approved None": "void",
        "approved login": "approved",
        "denied None": "denied",
    }


class TestStoredAccounts:
    """The port."""

    @pytest.fixture
    def port(self, store):
        clock = Clock()
        clock.advance(NOW)
        return StoredAccounts(store, clock)

    def test_a_new_person_is_written(self, port, store, loop):
        """The first login waits for its account to be durable."""
        loaded = loop.result(loading(port, ALICE))
        assert (
            store.read(lambda session: accounts.find(session, "corp", "alice")).account
            == loaded.account
        )

    def test_a_known_person_is_only_read(self, port, store, loop):
        """The common login gets its account at once, without the writer."""
        loaded = loop.result(loading(port, ALICE))
        for person in (ALICE, NOBODYS_ID):
            again = loading(port, person)
            assert again.called
            assert again.result == loaded
        loop.result(loading(port, ANOTHER))
        assert loading(port, ANOTHER).called

    def test_a_command_holds_at_once(self, port, loop, database):
        """What another process has changed is seen by the very next login."""
        account = loop.result(loading(port, ALICE)).account
        database.now(lambda session: accounts.block(session, account.id, NOW))
        assert loop.result(loading(port, ALICE)).account.blocked == "blocked"
