"""A RADIUS door for tests, in front of a hall that only notes what it is asked."""

from dataclasses import replace
from ipaddress import ip_network

from twisted.internet.task import Clock

from proxy.frontends.radius.exchange import Exchange, Source
from proxy.frontends.radius.reading import Reader
from proxy.frontends.radius.terms import Terms
from proxy.frontends.radius.writing import Writer
from proxy.login.actions import Reject
from proxy.radius.attributes import Attributes
from proxy.radius.clients import Clients, RadiusClient
from proxy.radius.duplicates import Duplicates
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret

SECRET = b"a shared secret of 32 octets, yes"
SOURCE = Source("192.0.2.10", 40000, "our address")
WEB_URL = "https://mfa.example.org"
ATTRIBUTES = Attributes()
WINDOW = 15.0


def radius_client(**terms):
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    return replace(RadiusClient("vpn", networks, SharedSecret(Secret(SECRET))), **terms)


def reader(*policies, client=None):
    clients = [client or radius_client()]
    return Reader(ATTRIBUTES, clients, policies, join_key=b"j" * 32, request_key=b"r" * 32)


class NotingRunner:
    """Obeys the ways into `proxy.runner.Runner`; the test gives the answers."""

    def __init__(self):
        self.asked = []
        self.replies = []
        self.left = []
        self.remembers = True
        self.fault = None

    def begin(self, request, reply):
        if self.fault is not None:
            raise self.fault
        self._note(request, reply)
        return self

    def resume(self, resume, reply):
        self._note(resume, reply)
        return self

    def leave(self, running, reply):
        assert running is self
        self.left.append(self.replies.index(reply))

    def still_remembered(self, question):
        return self.remembers

    def refuse(self, arrived, client, reason, reply):
        self._note((arrived, client.name, reason), reply)

    def _note(self, asked, reply):
        self.asked.append(asked)
        self.replies.append(reply)


class Door:
    """
    An exchange with its parts at hand, and what it sent and counted.

    *hall* is a real one to stand in front of; without, what is asked is noted.
    """

    def __init__(self, *policies, limit=100, eap=None, hall=None, **terms):
        client = radius_client(**terms)
        if hall is None:
            self.clock = Clock()
            self.clock.advance(1_700_000_000)
            self.runner = NotingRunner()
        else:
            self.clock, self.runner = hall.clock, hall.runner
        self.duplicates = Duplicates(WINDOW, limit)
        self.sent = []
        self.counted = []
        self.exchange = Exchange(
            Terms(
                Clients([client]),
                reader(*policies, client=client),
                Writer(ATTRIBUTES, WEB_URL),
                eap,
            ),
            self.runner,
            self.duplicates,
            self.clock,
            self.counted.append,
        )

    def receive(self, datagram, source=SOURCE):
        self.exchange.receive(datagram, source, self.sent.append)

    def answer(self, answer=None, state=None, number=-1):
        self.runner.replies[number](answer or Reject("bad-credentials"), state)
