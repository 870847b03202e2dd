"""What a real OpenLDAP with a password policy says to passwords, and how often it is asked."""

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from proxy.login.events import FirstFactorFailed, FirstFactorPassed
from tests.peers.real_directory import real_directory
from tests.peers.slapd import Slapd, needs_slapd

pytestmark = [pytest.mark.scenario, needs_slapd]

WRONG = FirstFactorFailed("wrong-password")
LOCKED = FirstFactorFailed("account-locked")
EXPIRED = FirstFactorFailed("password-expired", "password-expired")
MUST_CHANGE = FirstFactorFailed("password-must-change", "password-must-change")


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("passwords") / "slapd") as running:
        yield running


@pytest_twisted.ensureDeferred
async def test_a_wrong_password_costs_one_failed_bind(slapd):
    """Right passes, wrong fails, and the directory counts exactly one failure."""
    async with real_directory(slapd) as directory:
        assert FirstFactorPassed() == await directory.log_in("bob", "bob-password")
        assert WRONG == await directory.log_in("bob", "alice-password")
    assert 1 == slapd.failed_binds("bob")


@pytest.mark.parametrize("password", [b"alice-password\x00", b"alice-password ", b"\xff\xfe", b"*"])
@pytest_twisted.ensureDeferred
async def test_the_password_is_tried_as_it_came(slapd, password):
    """Octets more, or octets that are no text, are another password."""
    async with real_directory(slapd) as directory:
        assert WRONG == await directory.log_in("alice", password)


@pytest_twisted.ensureDeferred
async def test_an_empty_password_is_not_asked(slapd):
    """RFC 4513 section 5.1.2: the server would say success to anybody."""
    async with real_directory(slapd) as directory:
        assert FirstFactorFailed("empty-password") == await directory.log_in("carol", b"")
    assert 0 == slapd.failed_binds("carol")


@pytest_twisted.ensureDeferred
async def test_an_expired_password_proves_itself_only_where_it_is_right(slapd):
    """The policy speaks of the expiry to whoever knows the password."""
    async with real_directory(slapd) as directory:
        assert EXPIRED == await directory.log_in("dora", "dora-password")
        assert WRONG == await directory.log_in("dora", "wrong")


@pytest_twisted.ensureDeferred
async def test_a_password_that_was_reset_must_be_changed(slapd):
    """The bind succeeds and yet is no login."""
    async with real_directory(slapd) as directory:
        assert MUST_CHANGE == await directory.log_in("erin", "erin-password")
        assert WRONG == await directory.log_in("erin", "wrong")


@pytest_twisted.ensureDeferred
async def test_a_locked_account_proves_nothing(slapd):
    """After the third wrong password the right one fails too, without proof."""
    async with real_directory(slapd) as directory:
        for _ in range(3):
            assert WRONG == await directory.log_in("frank", "wrong")
        assert LOCKED == await directory.log_in("frank", "frank-password")


@pytest_twisted.ensureDeferred
async def test_a_bind_does_not_stay_for_the_next_person(slapd):
    """One connection serves one person after another; each is checked afresh."""
    async with real_directory(slapd) as directory:
        for _ in range(3):
            assert FirstFactorPassed() == await directory.log_in("alice", "alice-password")
            assert WRONG == await directory.log_in("carol", "alice-password")


@pytest_twisted.ensureDeferred
async def test_many_at_once_each_get_their_own_answer(slapd):
    """Right and wrong passwords side by side are not mixed up."""
    async with real_directory(slapd) as directory:
        passwords = ["alice-password", "wrong"] * 100
        logins = [Deferred.fromCoroutine(directory.log_in("alice", each)) for each in passwords]
        assert [FirstFactorPassed(), WRONG] * 100 == await gatherResults(logins)
