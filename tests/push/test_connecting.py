"""Connections are made to addresses that were judged, and hold what a service may send."""

import pytest
from twisted.internet.defer import succeed
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.web.client import URI

from proxy.push.connecting import (
    ADDRESSES_TRIED,
    ANSWER_LIMIT,
    BoundedAnswers,
    Discarded,
    NotCalled,
    Ways,
)
from proxy.push.services import Service, Services

INSIDE = Services(frozenset({Service("push.inside", 8443)}))


class Addresses:
    """Resolves names as the test says; counts how often."""

    def __init__(self, *found):
        self.found = list(found)
        self.asked = 0

    def addresses(self, host, port):
        self.asked += 1
        return succeed(list(self.found))


class World:
    def __init__(self, *addresses):
        self.names, self.reactor = Addresses(*addresses), MemoryReactorClock()
        self.ways = Ways(INSIDE, self.names, self.reactor)

    def connect(self, url="https://push.example.org/send"):
        way = self.ways.endpointForURI(URI.fromBytes(url.encode()))
        outcome = []
        way.connect(Factory.forProtocol(Protocol)).addBoth(outcome.append)
        return outcome

    @property
    def connected(self):
        return [(one[0], one[1]) for one in self.reactor.tcpClients]

    def refuse(self):
        """Let the last connection fail."""
        self.reactor.tcpClients[-1][2].clientConnectionFailed(None, Failure(Refused()))


def test_a_name_is_resolved_once_and_that_very_address_connected():
    """So a second answer of the name server changes nothing."""
    world = World("1.1.1.1")
    world.connect()
    assert (1, [("1.1.1.1", 443)]) == (world.names.asked, world.connected)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://push.example.org/", "127.0.0.1"),
        ("https://push.example.org/", "169.254.169.254"),
        ("https://push.example.org/", "fd00:ec2::254"),
        ("https://push.example.org/", "::ffff:10.0.0.1"),
        ("https://push.example.org:8443/", "1.1.1.1"),
        ("https://push.inside/", "10.0.0.1"),
    ],
)
def test_nothing_inside_is_connected(url, address):
    """Whatever the name resolves to, and whoever asked."""
    world = World(address)
    (failure,) = world.connect(url)
    assert failure.check(NotCalled)
    assert [] == world.connected


def test_what_is_not_public_among_others_is_left_out():
    """As where a network translates addresses of IPv4."""
    world = World("64:ff9b::101:101", "10.0.0.1", "1.1.1.1")
    world.connect()
    assert [("1.1.1.1", 443)] == world.connected


def test_a_service_of_ones_own_may_be_inside():
    """At the port that was configured."""
    world = World("127.0.0.1")
    world.connect("https://push.inside:8443/send")
    assert [("127.0.0.1", 8443)] == world.connected


def test_other_addresses_are_tried_in_turn():
    """Some of them."""
    world = World(*(f"1.1.1.{number}" for number in range(1, 10)))
    outcome = world.connect()
    for number in range(1, ADDRESSES_TRIED + 1):
        assert (f"1.1.1.{number}", 443) == world.connected[-1]
        world.refuse()
    assert outcome[0].check(Refused)
    assert ADDRESSES_TRIED == len(world.connected)


def test_no_other_scheme():
    """Not even where somebody made the agent ask for it."""
    with pytest.raises(NotCalled):
        World().ways.endpointForURI(URI.fromBytes(b"http://push.example.org/"))


# --- what comes back ---


class Taking(Protocol):
    def __init__(self):
        self.taken = 0

    def dataReceived(self, data):  # noqa: N802 - Twisted's name
        self.taken += len(data)


@pytest.fixture
def connection():
    taking, transport = Taking(), StringTransport()
    factory = BoundedAnswers(Factory.forProtocol(lambda: taking))
    wrapper = factory.buildProtocol(None)
    wrapper.makeConnection(transport)
    return wrapper, taking, transport


def test_an_answer_within_the_bound(connection):
    """Counted anew for each request on the connection."""
    wrapper, taking, transport = connection
    for _ in range(3):
        taking.transport.write(b"request")
        taking.transport.writeSequence([b"more ", b"of it"])
        wrapper.dataReceived(b"x" * ANSWER_LIMIT)
    assert 3 * ANSWER_LIMIT == taking.taken
    assert not transport.disconnecting


def test_an_answer_without_end(connection):
    """The connection is closed, and no more of it is taken."""
    wrapper, taking, transport = connection
    taking.transport.write(b"request")
    for _ in range(ANSWER_LIMIT // 1024 + 1):
        wrapper.dataReceived(b"x" * 1024)
    assert ANSWER_LIMIT == taking.taken
    assert transport.disconnected


def test_the_rest_of_an_answer_is_not_kept():
    """Whoever waits for its end is told once; giving up closes the connection."""
    rest, transport = Discarded(), StringTransport()
    rest.makeConnection(transport)
    rest.dataReceived(b"x" * 1000)
    outcome = []
    rest.ended.addBoth(outcome.append)
    rest.ended.cancel()
    rest.connectionLost()
    assert transport.disconnecting
    assert 1 == len(outcome)
