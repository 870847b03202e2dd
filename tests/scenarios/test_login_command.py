"""`countersign login` over real sockets, against a server of the tests."""

import socket

import pytest
from click.testing import CliRunner, Result

from proxy.cli.login import login
from tests.peers import nas as peer
from tests.peers.radius_server import RadiusServer, reply

SECRET = b"a secret of more than 12 octets"

pytestmark = pytest.mark.scenario


def run(port: int, *more: str, host: str = "127.0.0.1") -> Result:
    arguments = ["alice", "--server", f"{host}:{port}", "--secret", SECRET.decode()]
    return CliRunner().invoke(login, [*arguments, "--password", "secret", *more])


def accept(request: bytes) -> bytes:
    return reply(SECRET, request, peer.ACCESS_ACCEPT, [])


def test_an_accept_comes_back():
    """A login is accepted over IPv4."""
    with RadiusServer(accept) as server:
        result = run(server.port)
    assert (result.exit_code, result.stdout) == (0, "accept\n")


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_server_in_brackets():
    """A login is accepted over IPv6."""
    with RadiusServer(accept, "::1") as server:
        result = run(server.port, host="[::1]")
    assert (result.exit_code, result.stdout) == (0, "accept\n")


def test_the_same_packet_is_sent_again():
    """Without a reply the same octets are sent `--retries` times more, within `--timeout`."""
    with RadiusServer(lambda request: None) as server:
        result = run(server.port, "--timeout", "0.3", "--retries", "2")
    assert (result.exit_code, result.stdout) == (3, "timeout\n")
    assert len(server.requests) == 3
    assert len(set(server.requests)) == 1


def test_a_retransmission_that_is_answered_counts():
    """A server that answers only the second transmission is heard."""

    def second_time(request: bytes) -> bytes | None:
        return accept(request) if len(server.requests) == 2 else None

    with RadiusServer(second_time) as server:
        result = run(server.port, "--timeout", "2", "--retries", "9")
    assert (result.exit_code, len(server.requests)) == (0, 2)


def test_a_closed_port_is_a_timeout():
    """ICMP errors are survived: a server that is not there yet is a server that is silent."""
    with RadiusServer(accept) as server:
        port = server.port
    result = run(port, "--timeout", "0.2", "--retries", "3")
    assert (result.exit_code, result.stdout) == (3, "timeout\n")
