"""What people change, each in the transaction that checks that they may."""

import pytest

from proxy.accounts.self_service import Browser, Changed, Invited, Issued
from proxy.accounts.web_session import RECENT
from proxy.factors.totp import code_at
from proxy.ports import Record
from proxy.store import accounts, logins, self_service, totp, web_sessions
from tests.peers.hall import MASTER, SEED
from tests.peers.logins import ALICE, NOW

IN = Browser(b"d", first_login=False)
CODE = code_at(SEED, int(NOW // 30)).decode()


@pytest.fixture
def account(session):
    return accounts.ensure(session, ALICE, NOW)


def let_in(session, account, proof="totp", digest=b"d"):
    login = digest.hex().rjust(32, "0")
    kept = Record(
        login, NOW, account.id, "corp", "alice", "portal", "o", "accept", proof, "p", "[]"
    )
    logins.record(session, kept)
    assert web_sessions.open_session(session, digest, login, NOW)


def everything(session, browser, now):
    """Try all there is; give what came of each."""
    return [
        self_service.invite(session, MASTER, browser, "app", replace=False, ttl=900, now=now),
        self_service.enrol_totp(session, MASTER, browser, SEED, CODE, 1, now),
        self_service.remove_totp(session, browser, now),
        self_service.issue_recovery(session, MASTER, browser, now),
    ]


def test_without_a_session_nothing_is_changed(session, account):
    """Of none, or of one that is over."""
    assert ["signed-out"] * 4 == everything(session, IN, NOW)
    let_in(session, account)
    web_sessions.end(session, b"d", NOW)
    assert ["signed-out"] * 4 == everything(session, IN, NOW)


def test_an_old_proof_changes_nothing(session, account):
    """The session goes on to look."""
    let_in(session, account)
    assert ["prove"] * 4 == everything(session, IN, NOW + RECENT)
    assert web_sessions.find(session, b"d", NOW + RECENT)


def test_a_fresh_proof_changes(session, account):
    """In the end there are codes, and the app of the middle is gone only where they are."""
    let_in(session, account)
    invited, enrolled, removed, issued = everything(session, IN, NOW)
    assert isinstance(invited, Invited)
    assert isinstance(enrolled, Changed)
    assert "last-factor" == removed
    assert isinstance(issued, Issued)
    assert isinstance(self_service.remove_totp(session, IN, NOW), Changed)
    assert "not-enrolled" == self_service.remove_totp(session, IN, NOW)


@pytest.mark.parametrize(("proof", "made"), [("totp", False), ("push", True), ("recovery", True)])
def test_what_replaces_a_phone(session, account, proof, made):
    """An app may have been stolen together with the password."""
    let_in(session, account, proof)
    found = self_service.invite(session, MASTER, IN, "app", replace=True, ttl=900, now=NOW)
    assert made == isinstance(found, Invited)
    assert made or "prove-by-phone" == found


def test_a_blocked_account_changes_nothing(session, account):
    """Though its session was not ended."""
    let_in(session, account)
    accounts.block(session, account.id, NOW)
    assert ["signed-out"] * 4 == everything(session, IN, NOW)


def test_the_confirming_code_is_used_up(session, account):
    """It serves no login after that."""
    let_in(session, account)
    self_service.enrol_totp(session, MASTER, IN, SEED, CODE, 1, NOW)
    row = session.row(self_service._TOTP, account=account.id)
    assert NOW == row["enrolled_at"]
    used = session.row(totp._USED, account=account.id)
    assert int(NOW // 30) == used["last_step"]
