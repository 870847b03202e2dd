"""Phones: invited, enrolled, retired, each key once."""

import pytest

from proxy.accounts.account import Person
from proxy.accounts.device import Candidate, Enrolled
from proxy.factors.jwk import SigningKey
from proxy.store import accounts, devices, notices, recovery
from proxy.store.session import Session

NOW = 1_800_000_000.0
TTL = 900


def _candidate(name="mine"):
    key = SigningKey.create()
    return Candidate(key.kid, key.public.to_text(), name, "proof")


@pytest.fixture
def account(session):
    """An account without any factor."""
    person = Person("corp", "alice", "id-1", "uid=alice", frozenset())
    return accounts.ensure(session, person, NOW).id


def _invite(session, master, account, *, replace=False, now=NOW):
    return devices.invite(session, master, account, replace=replace, ttl=TTL, now=now)


def _enrolled(session, master, account, *, replace=False):
    candidate = _candidate()
    code = _invite(session, master, account, replace=replace)
    assert isinstance(devices.enrol(session, master, code, candidate, NOW), Enrolled)
    return candidate


def _news(session):
    return [(row["kind"], row["subject"]) for row in notices.since(session, 0)]


def test_an_invited_phone_is_enrolled(session, master, account):
    """A phone with the code of an invitation is the account's phone."""
    candidate = _candidate()
    code = _invite(session, master, account)
    enrolled = devices.enrol(session, master, code, candidate, NOW)
    assert enrolled == Enrolled(candidate.id, "alice", None)
    found = devices.active(session, account)
    assert found == devices.find(session, candidate.id)
    assert (found.user_name, found.name, found.retired_at) == ("alice", "mine", None)
    assert found.account_good


def test_the_code_is_not_in_the_store(session, master, account):
    """Only a digest of the code is kept, keyed by the master key."""
    code = _invite(session, master, account)
    dump = "".join(str(line) for line in session._connection.iterdump())
    assert code not in dump


@pytest.mark.parametrize(
    ("name", "shown"),
    [("\u202eevil\n", "evil"), ("", "phone"), (" \t ", "phone"), ("x" * 99, "x" * 64)],
)
def test_the_name_of_a_phone_is_safe_to_show(session, master, account, name, shown):
    """What a phone calls itself is cleaned and cut."""
    code = _invite(session, master, account)
    devices.enrol(session, master, code, _candidate(name), NOW)
    assert devices.active(session, account).name == shown


def test_an_invitation_serves_once(session, master, account):
    """The second phone with the same code is refused."""
    code = _invite(session, master, account)
    devices.enrol(session, master, code, _candidate(), NOW)
    assert devices.enrol(session, master, code, _candidate(), NOW) == "bad-invitation"


def test_an_invitation_ends(session, master, account):
    """After its time an invitation is of no use."""
    code = _invite(session, master, account)
    late = NOW + TTL
    assert devices.enrol(session, master, code, _candidate(), late) == "bad-invitation"
    assert devices.enrol(session, master, code, _candidate(), late - 1) != "bad-invitation"


def test_a_newer_invitation_ends_the_older(session, master, account):
    """An account has one good invitation."""
    old, new = _invite(session, master, account), _invite(session, master, account)
    assert devices.enrol(session, master, old, _candidate(), NOW) == "bad-invitation"
    assert isinstance(devices.enrol(session, master, new, _candidate(), NOW), Enrolled)


def test_an_unknown_code_is_refused(session, master, account):
    """A code that nobody made is refused."""
    _invite(session, master, account)
    assert devices.enrol(session, master, "0" * 26, _candidate(), NOW) == "bad-invitation"


def test_a_blocked_account_enrols_no_phone(session, master, account):
    """An invitation of a blocked account is of no use until it is unblocked."""
    code = _invite(session, master, account)
    accounts.block(session, account, NOW)
    assert devices.enrol(session, master, code, _candidate(), NOW) == "bad-invitation"
    accounts.unblock(session, account)
    assert isinstance(devices.enrol(session, master, code, _candidate(), NOW), Enrolled)


def test_a_key_is_enrolled_once_for_ever(session, master, account):
    """A key that is or was anybody's is refused, and the invitation stays good."""
    candidate = _enrolled(session, master, account)
    devices.retire(session, candidate.id, "revoked", NOW)
    other = accounts.ensure(session, Person("corp", "bob", None, "uid=bob", frozenset()), NOW).id
    code = _invite(session, master, other)
    assert devices.enrol(session, master, code, candidate, NOW) == "already-enrolled"
    assert isinstance(devices.enrol(session, master, code, _candidate(), NOW), Enrolled)


def test_who_has_a_phone_is_invited_only_to_replace_it(session, master, account):
    """A second phone needs the word."""
    candidate = _enrolled(session, master, account)
    with pytest.raises(devices.HasDevice) as caught:
        _invite(session, master, account)
    assert caught.value.device.id == candidate.id


def test_a_phone_that_came_meanwhile_is_not_replaced(session, master, account):
    """An invitation without the word retires no phone, whoever enrolled it in between."""
    plain = _invite(session, master, account)
    session._connection.execute("UPDATE invitations SET ended_at = NULL")
    other = _invite(session, master, account, replace=True)
    session._connection.execute("UPDATE invitations SET ended_at = NULL")
    assert isinstance(devices.enrol(session, master, other, _candidate(), NOW), Enrolled)
    assert devices.enrol(session, master, plain, _candidate(), NOW) == "has-device"


def test_replacing_retires_the_old_phone(session, master, account):
    """The new phone comes and the old one goes in one transaction, and both are told."""
    old = _enrolled(session, master, account)
    code = _invite(session, master, account, replace=True)
    new = _candidate()
    assert devices.enrol(session, master, code, new, NOW + 1) == Enrolled(new.id, "alice", old.id)
    gone = devices.find(session, old.id)
    assert (gone.retired_at, gone.retired_reason) == (NOW + 1, "replaced")
    assert devices.active(session, account).id == new.id
    assert ("device-retired", old.id) in _news(session)


def test_a_phone_is_retired_once(session, master, account):
    """Retiring again, or what was never enrolled, changes nothing."""
    candidate = _enrolled(session, master, account)
    assert devices.retire(session, candidate.id, "revoked", NOW)
    assert not devices.retire(session, candidate.id, "revoked", NOW)
    assert not devices.retire(session, "unknown", "revoked", NOW)


def test_the_last_factor_is_not_given_up(session, master, account):
    """A person cannot unenrol the only factor; with another one it is possible."""
    candidate = _enrolled(session, master, account)
    assert devices.unenrol(session, candidate.id, NOW) == "last-factor"
    recovery.issue(session, master, account, NOW)
    assert devices.unenrol(session, candidate.id, NOW) == "retired"
    assert devices.unenrol(session, candidate.id, NOW) == "not-enrolled"
    assert devices.find(session, candidate.id).retired_reason == "unenrolled"


def test_phones_are_listed_with_those_that_are_retired(session, master, account):
    """A list of one account or of all shows every phone there ever was."""
    old = _enrolled(session, master, account)
    new = _enrolled(session, master, account, replace=True)
    assert {found.id for found in devices.list_devices(session, account)} == {old.id, new.id}
    assert len(devices.list_devices(session, None)) == 2
    assert devices.list_devices(session, account + 1) == []


def test_a_phone_is_retired_without_a_look_at_all_approvals(database, master):
    """They are kept for ever, and the writer has others to serve."""
    connection, ran = database.connect(), []
    session = Session(connection)
    person = Person("corp", "alice", "id-1", "uid=alice", frozenset())
    phone = _enrolled(session, master, accounts.ensure(session, person, NOW).id)
    connection.set_trace_callback(ran.append)
    assert devices.retire(session, phone.id, "revoked", NOW)
    connection.set_trace_callback(None)
    plans = [connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in ran]
    steps = [step["detail"] for plan in plans for step in plan]
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")]
    connection.close()
