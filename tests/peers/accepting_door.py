"""
The RADIUS door on a real socket, in front of a hall that accepts everybody.

`python -m tests.peers.accepting_door HOST` listens on a free port of HOST and prints it.
"""

import sys
from ipaddress import ip_network

from twisted.internet import reactor

from proxy.frontends.radius.exchange import Exchange
from proxy.frontends.radius.terms import Terms
from proxy.frontends.radius.udp import UdpListener, open_socket
from proxy.frontends.radius.writing import Writer
from proxy.login.actions import Accept
from proxy.radius.clients import Clients
from proxy.radius.duplicates import Duplicates
from tests.peers.door import ATTRIBUTES, WEB_URL, WINDOW, radius_client, reader


class AcceptingRunner:
    """Obeys the ways into `proxy.runner.Runner`."""

    def begin(self, request, reply):
        reply(Accept(request.login.username, "push", "all", ()), None)

    def still_remembered(self, question):
        return False


def serve(host):
    client = radius_client(networks=(ip_network("127.0.0.0/8"), ip_network("::/0")))
    exchange = Exchange(
        Terms(Clients([client]), reader(client=client), Writer(ATTRIBUTES, WEB_URL)),
        AcceptingRunner(),
        Duplicates(WINDOW),
        reactor,
        lambda reason: None,
    )
    listener = UdpListener(reactor, open_socket(host, 0), exchange.receive, lambda reason: None)
    listener.start()
    print(listener.address[1], flush=True)
    reactor.run()


if __name__ == "__main__":
    serve(sys.argv[1])
