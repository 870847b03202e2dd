"""A session comes from the record of one accepted login, and from nothing else."""

import pytest

from proxy.accounts.web_session import IDLE, LONGEST
from proxy.ports import Record
from proxy.store import accounts, logins, recovery, totp, web_sessions
from tests.peers.hall import MASTER, SEED
from tests.peers.logins import ALICE, NOW

LOGIN = "1" * 32


@pytest.fixture
def account(session):
    return accounts.ensure(session, ALICE, NOW)


def record(session, account, outcome="accept", reason="push", client="portal", login_id=LOGIN):
    kept = Record(
        login_id, NOW, account.id, "corp", "alice", client, "o", outcome, reason, "portal", "[]"
    )
    logins.record(session, kept)


def test_a_login_opens_one_session(session, account):
    """A second one is refused, under whatever id."""
    record(session, account, "challenge", "type-number")
    record(session, account)
    assert web_sessions.open_session(session, b"d", LOGIN, NOW)
    assert not web_sessions.open_session(session, b"e", LOGIN, NOW)
    found = web_sessions.find(session, b"d", NOW)
    assert ("alice", "push", NOW + LONGEST) == (found.user_name, found.proved_by, found.ends_at)


@pytest.mark.parametrize(
    "kept",
    [
        {"outcome": "reject", "reason": "denied"},
        {"outcome": "challenge", "reason": "type-number"},
        {"reason": "first-factor-alone"},
        {"client": "vpn"},
        {"login_id": "2" * 32},
    ],
)
def test_nothing_else_opens_one(session, account, kept):
    """Not a login over RADIUS, not one that was refused, not the password alone."""
    record(session, account, **kept)
    assert not web_sessions.open_session(session, b"d", LOGIN, NOW)
    assert web_sessions.find(session, b"d", NOW) is None


def test_the_last_answer_decides(session, account):
    """A login that was let in and refused after that (a State answered again) opens none."""
    record(session, account)
    record(session, account, "reject", "state")
    assert not web_sessions.open_session(session, b"d", LOGIN, NOW)


def test_its_time(session, account):
    """Idle from when it was last seen."""
    record(session, account)
    web_sessions.open_session(session, b"d", LOGIN, NOW)
    web_sessions.see(session, web_sessions.find(session, b"d", NOW), NOW + 600)
    assert web_sessions.find(session, b"d", NOW + 600 + IDLE - 1)
    assert web_sessions.find(session, b"d", NOW + 600 + IDLE) is None


def test_a_first_session_is_for_who_never_had_a_factor(session, account):
    """It is over with the first one, and comes not back with its removal."""
    record(session, account, "reject", "not-enrolled")
    assert web_sessions.open_first(session, b"d", LOGIN, NOW)
    totp.enroll(session, MASTER, account.id, SEED, NOW)
    assert web_sessions.find(session, b"d", NOW) is None
    totp.remove(session, account.id)
    assert web_sessions.find(session, b"d", NOW) is None
    record(session, account, "reject", "not-enrolled", login_id="2" * 32)
    assert not web_sessions.open_first(session, b"e", "2" * 32, NOW)


def test_recovery_codes_were_a_factor_too(session, account):
    """Used up or not."""
    assert web_sessions.never_had_factor(session, account.id)
    recovery.issue(session, MASTER, account.id, NOW)
    assert not web_sessions.never_had_factor(session, account.id)


def test_the_others_end(session, account):
    """All but one; all."""
    for number in "123":
        record(session, account, login_id=number * 32)
        web_sessions.open_session(session, number.encode(), number * 32, NOW)
    assert 2 == web_sessions.end_others(session, account.id, b"2", NOW)
    assert [None, None] == [web_sessions.find(session, one, NOW) for one in (b"1", b"3")]
    assert 1 == web_sessions.end_others(session, account.id, b"", NOW)


def test_a_session_is_found_by_the_index(session):
    """However many logins there were: other clients' cost nothing."""
    plan = session._connection.execute(
        "EXPLAIN QUERY PLAN SELECT account_id FROM login_records"
        " WHERE client = 'portal' AND login_id = 'x' ORDER BY id DESC LIMIT 1"
    ).fetchall()
    assert "ix_login_records_portal" in str([tuple(row) for row in plan])
