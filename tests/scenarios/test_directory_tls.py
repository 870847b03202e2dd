"""TLS to a real OpenLDAP: whom we believe to be the directory, and whom not."""

import pytest
import pytest_twisted
from twisted.internet import reactor

from proxy.firstfactor.options import DirectoryOptions, Server
from proxy.firstfactor.probe import probe_directory
from proxy.login.events import DirectoryFailed, FirstFactorPassed
from proxy.secret import Secret
from tests.peers.authority import Authority
from tests.peers.real_directory import BY_UID, real_directory
from tests.peers.slapd import (
    PEOPLE,
    SERVICE_ACCOUNT,
    SERVICE_PASSWORD,
    VPN_USERS,
    Slapd,
    needs_slapd,
)

pytestmark = [pytest.mark.scenario, needs_slapd]


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("tls") / "slapd") as running:
        yield running


@pytest.fixture(scope="module")
def misnamed(tmp_path_factory):
    """A server whose certificate is for another host and another address."""
    folder = tmp_path_factory.mktemp("misnamed") / "slapd"
    with Slapd(folder, hosts=("dc2.example.org", "192.0.2.1")) as running:
        yield running


def _server(slapd, host, tls):
    return Server(host, slapd.port if tls == "starttls" else slapd.tls_port, tls)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
@pytest_twisted.ensureDeferred
async def test_a_server_that_proves_itself_is_asked(slapd, host, tls):
    """By address and by name, with TLS from the start and with StartTLS."""
    async with real_directory(slapd, servers=(_server(slapd, host, tls),)) as directory:
        assert FirstFactorPassed() == await directory.log_in("alice", "alice-password")


@pytest_twisted.ensureDeferred
async def test_the_file_may_hold_several_authorities(slapd, tmp_path):
    """The one that vouches for the server may be the last."""
    both = Authority(tmp_path).pem + slapd.ca_file.read_bytes()
    async with real_directory(slapd, ca_certificates=both) as directory:
        assert FirstFactorPassed() == await directory.log_in("alice", "alice-password")


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
@pytest_twisted.ensureDeferred
async def test_a_foreign_authority_is_refused(slapd, tmp_path, tls):
    """A certificate that another CA signed proves nothing."""
    foreign = Authority(tmp_path).pem
    servers = (_server(slapd, "127.0.0.1", tls),)
    async with real_directory(slapd, servers=servers, ca_certificates=foreign) as directory:
        failed = await directory.find("alice")
    assert isinstance(failed, DirectoryFailed)
    assert "certificate verify failed" in failed.reason


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
@pytest_twisted.ensureDeferred
async def test_another_hosts_certificate_is_refused(misnamed, host, tls):
    """The CA is right, the name is not: the password of the service account is not sent."""
    async with real_directory(misnamed, servers=(_server(misnamed, host, tls),)) as directory:
        failed = await directory.find("alice")
    assert isinstance(failed, DirectoryFailed)
    assert "certificate" in failed.reason


@pytest_twisted.ensureDeferred
async def test_octets_in_clear_to_the_tls_port_get_nowhere(slapd):
    """A server that wants TLS and does not get it ends the connection, and that is all."""
    servers = (Server("127.0.0.1", slapd.tls_port, "starttls"),)
    async with real_directory(slapd, servers=servers) as directory:
        assert isinstance(await directory.find("alice"), DirectoryFailed)


@pytest_twisted.ensureDeferred
async def test_the_probe_tells_each_servers_trouble(slapd, misnamed):
    """`check --connect` learns what is wrong with which server, and which groups are missing."""
    missing = f"cn=nobody,{PEOPLE}"
    options = DirectoryOptions(
        name="corp",
        servers=(_server(misnamed, "127.0.0.1", "ldaps"), _server(slapd, "127.0.0.1", "ldaps")),
        ca_certificates=slapd.ca_file.read_bytes() + misnamed.ca_file.read_bytes(),
        bind_dn=SERVICE_ACCOUNT,
        bind_password=Secret(SERVICE_PASSWORD.encode()),
        search_base=PEOPLE,
        user_filter=BY_UID,
        user_name="uid",
    )
    first, second = await probe_directory(options, [VPN_USERS, missing], reactor)
    assert "certificate" in (first.trouble or "")
    assert (None, {missing}) == (second.trouble, set(second.missing))
