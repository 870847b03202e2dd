"""The HTTPS listener on real sockets: TLS, limits, streams, and what a hostile peer gets."""

import http.client
import json
import re
import socket
import ssl
from urllib.parse import urlsplit

import pytest

from tests.peers.phone import API
from tests.scenarios.conftest import HELD

pytestmark = pytest.mark.scenario


def _connect(daemon, **changed):
    context = ssl.create_default_context(cafile=daemon.ca)
    for name, value in changed.items():
        setattr(context, name, value)
    parts = urlsplit(daemon.url)
    plain = socket.create_connection((parts.hostname, parts.port), 10)
    return context.wrap_socket(plain, server_hostname=parts.hostname)


def _say(daemon, octets):
    """Send octets over TLS; give all that comes back until the end."""
    with _connect(daemon) as connection:
        connection.sendall(octets)
        told = b""
        while part := connection.recv(65536):
            told += part
        return told


@pytest.fixture
def enrolled(someone):
    return someone.enrol_phone()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_modern_tls_serves(daemon, version):
    """TLS 1.2 and 1.3."""
    with _connect(daemon, maximum_version=version, minimum_version=version) as connection:
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_tls_is_refused(daemon):
    """TLS 1.1 and older are not spoken."""
    old = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)):
        _connect(daemon, minimum_version=old, maximum_version=old)


@pytest.mark.parametrize(
    "octets",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"\0" * 40 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(daemon, octets):
    """With a problem, and the connection ends."""
    told = _say(daemon, octets)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in told


def test_octets_that_are_no_tls_end_the_connection(daemon):
    """And hurt nobody."""
    parts = urlsplit(daemon.url)
    with socket.create_connection((parts.hostname, parts.port), 10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"HTTP/1.1 200" not in plain.recv(4096)


def test_a_body_over_the_limit(daemon):
    """64 KiB and one octet: told so; 2 GiB: not waited for."""
    head = f"POST {API}/enrolments HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
    body = b"x" * (64 * 1024 + 1)
    told = _say(daemon, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert told.startswith(b"HTTP/1.1 413 ")
    told = _say(daemon, f"{head}Content-Length: {2**31}\r\n\r\n".encode())
    assert told.startswith(b"HTTP/1.1 413 ")


def test_a_health_check_and_the_page_behind_the_link(daemon):
    """Both without any proof; the page runs and loads what is this server's own, and no more."""
    head = b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    assert _say(daemon, b"GET /healthz" + head).startswith(b"HTTP/1.1 200 ")
    page = _say(daemon, b"GET /enroll" + head)
    assert b"Content-Security-Policy: default-src 'none'; script-src 'self'; " in page
    assert b"unsafe" not in page
    places = re.findall(rb'<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]*)"', page)
    assert places
    assert len(re.findall(rb"<script", page)) == len(re.findall(rb"<script[^>]* src=", page))
    assert not [place for place in places if b":" in place or place.startswith(b"//")]


class Stream:
    """An event stream of one phone, read line by line."""

    def __init__(self, daemon, phone):
        parts = urlsplit(daemon.url)
        context = ssl.create_default_context(cafile=daemon.ca)
        self._connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=20, context=context
        )
        path = f"{API}/events"
        self._connection.request("GET", path, headers={"DPoP": phone.proof("GET", path)})
        self.answer = self._connection.getresponse()

    def event(self):
        """Give the next event's data; None: the stream has ended."""
        while line := self.answer.readline():
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))
        self._connection.close()
        return None


def test_a_stream_shows_a_request_and_ends_when_the_phone_is_revoked(daemon, enrolled):
    """A request comes within the stream; a command ends it at once."""
    stream = Stream(daemon, enrolled.phone)
    assert stream.answer.getheader("Content-Type") == "text/event-stream"
    assert stream.event() == {"approvals": [], "others": []}
    with enrolled.nas(HELD) as nas:
        nas.send(enrolled.packet())
        assert len(stream.event()["approvals"]) == 1
        daemon.command("device", "revoke", enrolled.phone.id)
        nas.receive(10)
    while (found := stream.event()) is not None:
        assert found == {"approvals": [], "others": []}
