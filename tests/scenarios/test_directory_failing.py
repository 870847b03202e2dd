"""Real servers that die, fall silent and come back."""

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from proxy.login.events import DirectoryFailed, FirstFactorFailed, FirstFactorPassed, PersonFound
from tests.peers.real_directory import real_directory
from tests.peers.slapd import Slapd, needs_slapd

pytestmark = [pytest.mark.scenario, needs_slapd]

TIMEOUT = 0.6
WRONG = FirstFactorFailed("wrong-password")


@pytest.fixture
def slapds(tmp_path):
    with Slapd(tmp_path / "first") as first, Slapd(tmp_path / "second") as second:
        yield first, second


async def _until_counted(slapd, directory):
    """Log in wrongly until this server counts it: it is the one that is asked."""
    for _ in range(100):
        before = slapd.failed_binds("bob")
        assert WRONG == await directory.log_in("bob", "wrong")
        if slapd.failed_binds("bob") > before:
            return
        await deferLater(reactor, 0.1)
    pytest.fail("the server was not asked")


@pytest_twisted.ensureDeferred
async def test_the_next_server_is_asked_and_then_the_first_again(slapds):
    """Fail-over at the first login after the end of the first server, and back when it returns."""
    first, second = slapds
    async with real_directory(*slapds, timeout=TIMEOUT) as directory:
        assert FirstFactorPassed() == await directory.log_in("alice", "alice-password")
        first.kill()
        assert FirstFactorPassed() == await directory.log_in("alice", "alice-password")
        assert WRONG == await directory.log_in("bob", "wrong")
        assert 1 == second.failed_binds("bob")
        first.start()
        await _until_counted(first, directory)


@pytest_twisted.ensureDeferred
async def test_a_silent_server_is_not_tried_by_every_login(slapds):
    """The first login waits for it, the others do not."""
    first, _ = slapds
    async with real_directory(*slapds, timeout=TIMEOUT) as directory:
        assert isinstance(await directory.find("alice"), PersonFound)
        first.pause()
        assert isinstance(await directory.find("alice"), PersonFound)
        began = reactor.seconds()
        for _ in range(20):
            assert FirstFactorPassed() == await directory.log_in("alice", "alice-password")
        assert reactor.seconds() - began < 5 * TIMEOUT  # not 20 times; a busy machine is slow
        first.resume()
        await _until_counted(first, directory)


@pytest_twisted.ensureDeferred
async def test_a_bind_that_was_sent_is_not_sent_to_another_server(slapds):
    """A server that falls silent in mid-login fails the login; the other sees nothing of it."""
    first, second = slapds
    async with real_directory(*slapds, timeout=TIMEOUT) as directory:
        assert WRONG == await directory.log_in("bob", "wrong")
        person = (await directory.find("bob")).person
        first.pause()
        assert isinstance(await directory.check(person, "wrong"), DirectoryFailed)
        first.resume()
        assert 2 >= first.failed_binds("bob")
        assert 0 == second.failed_binds("bob")


@pytest_twisted.ensureDeferred
async def test_a_bind_on_its_way_to_a_dying_server_is_lost(slapds):
    """So is one whose server dies after it was sent."""
    first, second = slapds
    async with real_directory(*slapds, timeout=TIMEOUT) as directory:
        assert WRONG == await directory.log_in("bob", "wrong")
        person = (await directory.find("bob")).person
        first.pause()
        checked = Deferred.fromCoroutine(directory.check(person, "wrong"))
        first.kill()
        assert isinstance(await checked, DirectoryFailed)
        assert 0 == second.failed_binds("bob")


@pytest_twisted.ensureDeferred
async def test_a_bind_that_could_not_be_sent_goes_to_the_next_server(slapds):
    """A password that no server has seen is tried where one answers."""
    first, second = slapds
    async with real_directory(*slapds, timeout=TIMEOUT) as directory:
        person = (await directory.find("bob")).person
        first.kill()
        assert WRONG == await directory.check(person, "wrong")
        assert 1 == second.failed_binds("bob")


@pytest_twisted.ensureDeferred
async def test_with_no_server_left_a_login_fails_at_once(slapds):
    """Nobody waits for servers that are known to be gone."""
    async with real_directory(*slapds, timeout=TIMEOUT) as directory:
        for slapd in slapds:
            slapd.kill()
        assert isinstance(await directory.find("alice"), DirectoryFailed)
        began = reactor.seconds()
        assert "no server can be asked" in (await directory.find("alice")).reason
        assert reactor.seconds() - began < TIMEOUT / 2
