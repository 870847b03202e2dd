"""A directory whose logins are given up early, or come all at once, against real servers."""

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.defer import TimeoutError as GaveUp

from proxy.firstfactor.directories import Directories
from proxy.firstfactor.options import DirectoryOptions, Server
from proxy.ldap.filters import compile_filter
from proxy.login.actions import FindPerson
from proxy.login.events import PersonFound
from proxy.secret import Secret
from tests.peers.slapd import PEOPLE, SERVICE_ACCOUNT, SERVICE_PASSWORD, Slapd, needs_slapd

pytestmark = [pytest.mark.scenario, needs_slapd]

TIMEOUT = 0.6
"""Of the directory; a login here is given up sooner."""
GIVEN_UP = 0.2


def _directories(*servers, timeout=5.0, anonymous=False):
    options = DirectoryOptions(
        name="corp",
        servers=tuple(Server("127.0.0.1", server.port, "none") for server in servers),
        ca_certificates=None,
        bind_dn=None if anonymous else SERVICE_ACCOUNT,
        bind_password=None if anonymous else Secret(SERVICE_PASSWORD.encode()),
        search_base=PEOPLE,
        user_filter=compile_filter("(uid={username})", "username"),
        user_name="uid",
        timeout=timeout,
    )
    return Directories([options], reactor)


def _show_everybody(slapd):
    """Let unbound connections read people."""
    slapd.kill()
    configuration = slapd._configuration.read_text()
    assert "read by * none" in configuration
    slapd._configuration.write_text(configuration.replace("read by * none", "read by * read"))
    slapd.start()


def _find(directories):
    return Deferred.fromCoroutine(directories.find(FindPerson(("corp",), "alice")))


@pytest_twisted.ensureDeferred
async def test_a_silent_server_is_left_although_every_login_is_given_up_before_its_time(tmp_path):
    """Where `wait` is shorter than `timeout`, logins still move on to the next server."""
    with Slapd(tmp_path / "first") as first, Slapd(tmp_path / "second") as second:
        directories = _directories(first, second, timeout=TIMEOUT)
        directories.start()
        assert isinstance(await _find(directories), PersonFound)
        first.pause()
        given_up = 0
        for _ in range(10):
            try:
                found = await _find(directories).addTimeout(GIVEN_UP, reactor)
            except GaveUp:
                given_up += 1
            else:
                break
        assert isinstance(found, PersonFound)
        assert 1 <= given_up <= 2 * TIMEOUT / GIVEN_UP  # a busy machine takes its time
        await directories.stop()


@pytest_twisted.ensureDeferred
async def test_many_anonymous_searches_at_once_are_all_answered(tmp_path):
    """slapd ends an unbound connection with more than 100 searches pending: there are never."""
    with Slapd(tmp_path / "slapd") as slapd:
        _show_everybody(slapd)
        directories = _directories(slapd, anonymous=True)
        directories.start()
        found = await gatherResults([_find(directories) for _ in range(600)])
        assert all(isinstance(each, PersonFound) for each in found)
        await directories.stop()
