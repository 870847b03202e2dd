"""One connection: a request must come whole, soon and small."""

import json

import pytest
from twisted.internet.testing import StringTransport

from proxy.frontends.web.channel import BODY_LIMIT, CLOSING_SECONDS, DRAINED
from tests.peers.phone import API


class Connection:
    """A connection in memory, spoken to in octets."""

    def __init__(self, world):
        self.transport = StringTransport()
        self._channel = world.site.buildProtocol(None)
        self._channel.makeConnection(self.transport)

    def send(self, octets):
        self._channel.dataReceived(octets)

    @property
    def aborted(self):
        """It was cut off without waiting for the peer."""
        return self.transport.disconnected

    @property
    def answer(self):
        """Status and problem's kind; None: nothing was answered."""
        head, _, body = self.transport.value().partition(b"\r\n\r\n")
        if not head:
            return None
        assert b"application/problem+json" in head
        return int(head.split()[1]), json.loads(body)["type"].rsplit("/", 1)[1]


@pytest.fixture
def connection(world):
    return Connection(world)


POST = f"POST {API}/enrolments HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n".encode()


def test_a_body_over_64_kib_is_too_large(connection):
    """It is read to its end, so that its sender hears why."""
    connection.send(POST + b"Content-Length: %d\r\n\r\n" % (BODY_LIMIT + 1))
    connection.send(b"x" * BODY_LIMIT)
    assert connection.answer is None
    connection.send(b"x")
    assert connection.answer == (413, "too-large")
    assert not connection.transport.disconnecting


def test_a_body_of_exactly_64_kib_is_looked_at(connection):
    """The limit itself is not over the limit."""
    connection.send(POST + b"Content-Length: %d\r\n\r\n" % BODY_LIMIT + b"x" * BODY_LIMIT)
    assert connection.answer == (400, "malformed-json")


def test_a_body_without_a_length_is_bounded_too(connection):
    """Chunks are counted as they come."""
    connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    for _ in range(3):
        connection.send(chunk)
    connection.send(b"0\r\n\r\n")
    assert connection.answer == (413, "too-large")


def test_an_endless_body_ends_the_connection(connection):
    """Nobody listens to a body far over the limit, whatever its declared length."""
    connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(DRAINED // 0x10000 + 1):
        connection.send(chunk)
    assert connection.answer == (413, "too-large")
    assert connection.transport.disconnecting


def test_a_body_declared_far_too_large_is_not_waited_for(connection):
    """The answer comes before the body."""
    connection.send(POST + b"Content-Length: 2147483648\r\n\r\n")
    assert connection.answer == (413, "too-large")


@pytest.mark.parametrize(
    "octets",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nName : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nx",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nx",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n",
        b"GET nowhere HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET /%ff HTTP/1.1\r\n\r\n",
        b"G\xffT / HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"Name: value\r\n" * 600 + b"\r\n",
        b"GET / HTTP/1.1\r\nName: " + b"x" * 20_000 + b"\r\n\r\n",
    ],
)
def test_what_is_not_a_request_is_a_problem(connection, octets):
    """It is told so, without a traceback, and nothing else happens."""
    connection.send(octets)
    assert connection.answer[0] in {400, 414, 431}
    assert connection.answer[1] in {"malformed", "too-large"}


def test_octets_that_trickle_do_not_extend_the_time(world, connection):
    """A request has 20 s, however busy its sender looks."""
    connection.send(POST)
    for _ in range(19):
        world.clock.advance(1)
        connection.send(b"X: y\r\n")
    assert not connection.aborted
    world.clock.advance(1)
    assert connection.aborted


def test_a_poll_may_take_longer_than_a_request(world, phone):
    """The time limit is for what the phone sends, not for what it waits for."""
    poll = phone.waiting(f"{API}/approvals?wait=60")
    world.clock.advance(59)
    assert poll.answer is None
    world.clock.advance(1)
    assert poll.answer[0] == 200


def test_a_kept_connection_serves_again(world, connection):
    """And has another 20 s to say what for."""
    for _ in range(3):
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        world.clock.advance(19)
    assert connection.transport.value().count(b"HTTP/1.1 200") == 3
    assert not connection.aborted


def test_a_peer_that_never_closes_is_cut_off(world, connection):
    """After the last answer it has 5 s to close its side."""
    connection.send(b"GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert connection.transport.disconnecting
    world.clock.advance(CLOSING_SECONDS)
    assert connection.aborted
