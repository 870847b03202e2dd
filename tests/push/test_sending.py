"""One message, one answer, within one time limit."""

import pytest
from twisted.internet.defer import succeed
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

from proxy.factors.subscription import Endpoint
from proxy.push.connecting import NotCalled
from proxy.push.sending import SECONDS, NotSent, Sender
from proxy.push.services import Service, Services

ENDPOINT = Endpoint.parse("https://push.example.org/send/abc")
INSIDE = Endpoint.parse("https://push.inside:8443/send/abc")


class Names:
    """Everything is at one public address."""

    def addresses(self, host, port):
        return succeed(["1.1.1.1"])


@pytest.fixture
def reactor():
    return MemoryReactorClock()


@pytest.fixture
def sender(reactor):
    return Sender(Services(), Names(), reactor)


def send(sender, endpoint=ENDPOINT):
    outcome = []
    sender.send(endpoint, {"TTL": "1"}, b"message").addBoth(outcome.append)
    return outcome


def test_a_service_that_does_not_answer(sender, reactor):
    """The try ends, and its connection attempt with it."""
    outcome = send(sender)
    assert 1 == len(reactor.tcpClients)
    reactor.advance(SECONDS)
    assert outcome[0].check(NotSent)
    assert "no answer within 10 s" in str(outcome[0].value)


def test_a_service_that_cannot_be_connected(sender, reactor):
    """Told in words."""
    outcome = send(sender)
    reactor.advance(3)
    _, _, factory, *_ = reactor.tcpClients[0]
    factory.clientConnectionFailed(None, Failure(Refused()))
    assert outcome[0].check(NotSent)


def test_an_endpoint_that_is_not_called(sender, reactor):
    """It is not even resolved."""
    (failure,) = send(sender, INSIDE)
    assert failure.check(NotCalled)
    assert [] == reactor.tcpClients


def test_other_services_from_now_on(sender, reactor):
    """Those of the configuration that was read last."""
    assert not sender.may_be_called(INSIDE)
    sender.configure(Services(frozenset({Service("push.inside", 8443)})))
    assert sender.may_be_called(INSIDE)
    send(sender, INSIDE)
    assert [("1.1.1.1", 8443)] == [one[:2] for one in reactor.tcpClients]


def test_giving_up(sender, reactor):
    """As at the end of the daemon."""
    waiting = sender.send(ENDPOINT, {}, b"message")
    outcome = []
    waiting.addErrback(outcome.append)
    waiting.cancel()
    assert 1 == len(outcome)
    sender.stop()
