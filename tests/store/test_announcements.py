"""What people are told by mail is due once, later, or no more."""

import pytest

from proxy.accounts.device import Candidate
from proxy.accounts.enrolment import normal_code
from proxy.store import accounts, announcements, devices
from tests.peers.hall import MASTER
from tests.peers.logins import ALICE, NOW


@pytest.fixture
def account(session):
    return accounts.ensure(session, ALICE, NOW)


def kinds(session, now=NOW):
    return [(one.kind, one.detail, one.tries) for one in announcements.due(session, now, 9)]


def enrol(session, account, name):
    code = devices.invite(session, MASTER, account.id, replace=True, ttl=900, now=NOW)
    devices.enrol(session, MASTER, normal_code(code), Candidate(name, "{}", name, "p"), NOW)


def test_a_phone_that_comes_and_goes_is_told(session, account):
    """By its name; a replaced one is told with the new one, once."""
    enrol(session, account, "old")
    enrol(session, account, "new")
    devices.retire(session, "new", "revoked", NOW)
    assert [
        ("phone-enrolled", "old", 0),
        ("phone-replaced", "new", 0),
        ("phone-removed", "new", 0),
    ] == kinds(session)


def test_it_is_due_again_later(session, account):
    """And counted."""
    announcements.add(session, account.id, "totp-enrolled", "", NOW)
    (one,) = announcements.due(session, NOW, 9)
    assert ("corp", "alice") == (one.directory, one.user_name)
    announcements.later(session, one.id, NOW + 60)
    assert [] == kinds(session, NOW + 59)
    assert [("totp-enrolled", "", 1)] == kinds(session, NOW + 60)
    announcements.done(session, one.id)
    assert [] == kinds(session, NOW + 3600)


def test_after_a_day_nobody_is_told(session, account):
    """Old news frightens."""
    announcements.add(session, account.id, "totp-enrolled", "", NOW)
    assert [] == kinds(session, NOW + announcements.GIVEN_UP)
