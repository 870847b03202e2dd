"""The listener: its bound on connections, the headers of every answer."""

import resource

from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.resource import Resource

from proxy.frontends.web.site import CONNECTIONS, WebSite, connection_limit
from tests.peers.phone import API


def test_one_connection_too_many_is_closed_unheard():
    """It is counted, and a place that becomes free is given again."""
    counted = []
    site = WebSite(Resource(), "https://h", counted.append, Clock(), limit=2)
    open_ones = []
    for _ in range(2):
        connection = site.buildProtocol(None)
        connection.makeConnection(StringTransport())
        open_ones.append(connection)
    assert site.buildProtocol(None) is None
    assert counted == ["too-many-connections"]
    open_ones[0].connectionLost(Failure(ConnectionDone()))
    assert site.buildProtocol(None) is not None


def test_connections_leave_files_for_logins():
    """At most half of what the process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert connection_limit() <= CONNECTIONS
    assert files == resource.RLIM_INFINITY or connection_limit() <= files // 2


def test_every_answer_has_the_same_guards(world):
    """Pages, problems and refusals alike; the server does not say what it is made of."""
    for path in ("/", "/nothing", f"{API}/me", "/%ff"):
        octets = world.call("GET", path).octets
        for header in (
            b"Strict-Transport-Security: max-age=31536000",
            b"X-Content-Type-Options: nosniff",
            b"Cache-Control: no-store",
            b"Date: Tue, 14 Nov 2023 22:13:20 GMT",
        ):
            assert header in octets
        assert b"Server:" not in octets


def test_the_host_that_a_client_names_is_not_believed(world, phone):
    """A proof names `web.url`, whatever stands in Host."""
    path = f"{API}/me"
    headers = {"DPoP": phone.proof("GET", path), "X-Forwarded-Host": "evil.example"}
    assert world.call("GET", path, headers=headers).answer[0] == 200


def test_each_problem_is_counted_by_its_kind(world):
    """Once."""
    world.call("GET", "/nothing")
    world.call("GET", f"{API}/me")
    assert world.counted == ["not-found", "no-proof"]


def test_a_problem_says_its_type_title_and_status(world):
    """RFC 9457 section 3.1; a refused proof asks for one (RFC 9449 section 7.1)."""
    call = world.call("GET", f"{API}/me")
    assert call.answer == (
        401,
        {
            "type": "https://mfa.example.org/problems/no-proof",
            "title": "The call carries no DPoP proof that names its key.",
            "status": 401,
        },
    )
    assert b'WWW-Authenticate: DPoP algs="ES256"' in call.octets
