"""A real server that accepts connections and says nothing costs its time once, whatever the TLS."""

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from proxy.firstfactor.options import Server
from proxy.login.events import FirstFactorPassed, PersonFound
from tests.peers.real_directory import real_directory
from tests.peers.slapd import Slapd, needs_slapd

pytestmark = [
    pytest.mark.scenario,
    needs_slapd,
    pytest.mark.parametrize("tls", ["ldaps", "starttls", "none"]),
]

TIMEOUT = 0.6
LOGINS = 100
UNHURT = LOGINS * TIMEOUT / 10
"""Seconds for so many logins: a tenth of what they take where each tries the silent server."""


@pytest.fixture
def slapds(tmp_path):
    with Slapd(tmp_path / "first") as first, Slapd(tmp_path / "second") as second:
        yield first, second


def directory_of(slapds, tls):
    """Give both servers, in order, as one directory."""
    servers = tuple(
        Server("127.0.0.1", each.tls_port if tls == "ldaps" else each.port, tls) for each in slapds
    )
    return real_directory(*slapds, servers=servers, timeout=TIMEOUT)


async def seconds_of_logins(directory):
    """Say how long many logins take, one after the other."""
    began = reactor.seconds()
    for _ in range(LOGINS):
        assert FirstFactorPassed() == await directory.log_in("alice", "alice-password")
    return reactor.seconds() - began


@pytest_twisted.ensureDeferred
async def test_a_server_that_falls_silent(slapds, tls):
    """Those who asked it wait one time limit, and are answered by the next; all others at once."""
    async with directory_of(slapds, tls) as directory:
        assert isinstance(await directory.find("alice"), PersonFound)
        slapds[0].pause()
        began = reactor.seconds()
        asked = [Deferred.fromCoroutine(directory.find("alice")) for _ in range(50)]
        assert all(isinstance(each, PersonFound) for each in await gatherResults(asked))
        assert TIMEOUT * 0.9 < reactor.seconds() - began < TIMEOUT * 3
        assert await seconds_of_logins(directory) < UNHURT


@pytest_twisted.ensureDeferred
async def test_a_server_that_was_silent_from_the_start(slapds, tls):
    """No connection to it was ever made."""
    slapds[0].pause()
    async with directory_of(slapds, tls) as directory:
        assert isinstance(await directory.find("alice"), PersonFound)
        assert await seconds_of_logins(directory) < UNHURT
