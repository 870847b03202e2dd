"""
A reply leaves from the address that its request came to, seen by radclient.

radclient takes no reply from another address than it asked, and prints the one it came from.
"""

import os
import re
import socket
from ipaddress import ip_network

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue

from proxy.frontends.radius.exchange import Exchange
from proxy.frontends.radius.reading import Reader
from proxy.frontends.radius.terms import Terms
from proxy.frontends.radius.udp import UdpListener, open_socket
from proxy.frontends.radius.writing import Writer
from proxy.login.actions import Accept
from proxy.login.reply import ReplyAttribute
from proxy.radius.clients import Clients, RadiusClient
from proxy.radius.duplicates import Duplicates
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers.door import ATTRIBUTES, SECRET, WEB_URL, NotingRunner

pytestmark = pytest.mark.scenario
LOCAL = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class YesRunner(NotingRunner):
    """A hall that accepts everybody at once."""

    def _note(self, asked, reply):
        super()._note(asked, reply)
        reply(Accept("alice", "push", "staff", (ReplyAttribute("Class", "staff"),)), None)


@pytest.fixture
def listen():
    client = RadiusClient("nas", LOCAL, SharedSecret(Secret(SECRET)))
    reader = Reader(ATTRIBUTES, [client], (), join_key=b"j" * 32, request_key=b"r" * 32)
    writer = Writer(ATTRIBUTES, WEB_URL)
    started = []

    def start(host):
        count = [].append
        terms = Terms(Clients([client]), reader, writer)
        exchange = Exchange(terms, YesRunner(), Duplicates(15.0), reactor, count)
        listener = UdpListener(reactor, open_socket(host, 0), exchange.receive, count)
        listener.start()
        started.append(listener)
        return listener

    yield start
    for listener in started:
        listener.stop()


async def radclient(server, kind="auth"):
    line = f"User-Name=alice,User-Password=pw,Message-Authenticator=0x{bytes(16).hex()}"
    command = ["-x", "-r", "1", "-t", "5", server, kind, SECRET.decode()]
    script = 'echo "$0" | exec radclient "$@"'
    if kind == "status":
        line = f"Message-Authenticator=0x{bytes(16).hex()}"
    output, errors, code = await getProcessOutputAndValue(
        "/bin/sh", ["-c", script, line, *command], env=os.environ
    )
    return code, output.decode() + errors.decode()


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.2"),
        ("127.0.0.3", "127.0.0.3"),
        ("::", "::1"),
        ("::1", "::1"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_radclient_is_answered_from_the_address_it_asked(listen, host, address):
    """On wildcard listeners and others, IPv4 and IPv6."""
    port = listen(host).address[1]
    shown = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    code, output = await radclient(shown)
    assert 0 == code, output
    assert re.search(rf"Received Access-Accept Id \d+ from {re.escape(shown)} ", output), output
    assert "Class = 0x7374616666" in output


@pytest_twisted.ensureDeferred
async def test_radclient_gets_its_status(listen):
    """RFC 5997: Status-Server is answered by an Access-Accept."""
    code, output = await radclient(f"127.0.0.2:{listen('0.0.0.0').address[1]}", "status")
    assert 0 == code, output
    assert "Received Access-Accept" in output


def test_an_ipv6_listener_takes_no_ipv4(listen):
    """`[::]` is IPv6 only: the same port is free for IPv4."""
    port = listen("::").address[1]
    beside = open_socket("0.0.0.0", port)
    assert port == beside.getsockname()[1]
    beside.close()


def test_an_address_that_is_taken_is_an_error(listen):
    """Two listeners never share a port."""
    host, port = listen("127.0.0.1").address
    with pytest.raises(OSError, match="in use"):
        open_socket(host, port)


def test_the_receive_buffer_is_large(listen):
    """Thousands of packets may come while the loop is busy; the kernel may grant less."""
    opened = listen("127.0.0.1").socket
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with plain:
        ours = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert ours >= plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
