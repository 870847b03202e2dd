"""
Carries RADIUS between a peer in a network of its own and the daemon, and keeps what the peer sent.

In there it is the server, on the usual ports; out here each port of the peer is a port of its own.
So the daemon sees the peer's retries as they are: the same packet, another Identifier, a new port.
Accounting, which the daemon has none of, is answered here.
"""

import selectors
import socket
import threading
import time
from dataclasses import dataclass

from tests.peers.nas import (
    CALLING_STATION_ID,
    MESSAGE_AUTHENTICATOR,
    NAS_PORT,
    STATE,
    USER_NAME,
)
from tests.peers.radius_server import attributes_of, reply

AUTHENTICATION, ACCOUNTING = 1812, 1813
_ACCOUNTING_RESPONSE = 5
_PATIENCE = 60.0


@dataclass(frozen=True)
class Heard:
    """One Access-Request of the peer."""

    at: float
    """Seconds, of a clock without date."""
    port: int
    octets: bytes

    @property
    def identifier(self):
        return self.octets[1]

    @property
    def authenticator(self):
        return self.octets[4:20]

    def values(self, kind):
        return [value for found, value in attributes_of(self.octets) if found == kind]

    @property
    def name(self):
        return b"".join(self.values(USER_NAME)).decode()

    @property
    def caller(self):
        return b"".join(self.values(CALLING_STATION_ID)).decode()

    @property
    def nas_port(self):
        return self.values(NAS_PORT)

    @property
    def state(self):
        return self.values(STATE)

    @property
    def signed(self):
        return bool(self.values(MESSAGE_AUTHENTICATOR))


class Tap:
    """
    Runs in a thread, while the block lasts.

    Args:
        server: where the daemon listens.
        source: the address by which the daemon knows the peer.
        inside: the server's address in there.
    """

    def __init__(self, namespace, server, source, secret, *, inside="127.0.0.1"):
        self._server, self._secret = server, secret
        self._inside = namespace.bind(inside, AUTHENTICATION)
        self._accounting = namespace.bind(inside, ACCOUNTING)
        self._outside, self._peers = {}, {}
        self._waker, self._wake = socket.socketpair()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._carry)
        self.source = source
        """May be changed: what comes next is another client's."""
        self.heard = []
        self.lost = 0
        """How many of the next replies do not reach the peer."""

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._wake.close()
        self._thread.join()
        for one in (self._inside, self._accounting, self._waker, *self._outside.values()):
            one.close()

    def listen(self, source):
        """Take the peer for the client at this address; forget what was heard before."""
        self.source = source
        self.heard, self.lost = [], 0

    def wait_for(self, count):
        """Wait until so many requests were heard; give them."""
        with self._news:
            came = self._news.wait_for(lambda: len(self.heard) >= count, _PATIENCE)
        assert came, self.heard
        return list(self.heard)

    def _carry(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._waker, selectors.EVENT_READ, None)
            selector.register(self._inside, selectors.EVENT_READ, self._from_the_peer)
            selector.register(self._accounting, selectors.EVENT_READ, self._account)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    key.data(key.fileobj, selector)

    def _from_the_peer(self, inside, selector):
        octets, peer = inside.recvfrom(8192)
        if (self.source, peer) not in self._outside:
            outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            outside.bind((self.source, 0))
            outside.connect(self._server)
            self._outside[self.source, peer], self._peers[outside] = outside, peer
            selector.register(outside, selectors.EVENT_READ, self._from_the_daemon)
        self._outside[self.source, peer].send(octets)
        with self._news:
            self.heard.append(Heard(time.monotonic(), peer[1], octets))
            self._news.notify_all()

    def _from_the_daemon(self, outside, _):
        octets = outside.recv(8192)
        if self.lost:
            self.lost -= 1
        else:
            self._inside.sendto(octets, self._peers[outside])

    def _account(self, accounting, _):
        octets, peer = accounting.recvfrom(8192)
        accounting.sendto(reply(self._secret, octets, _ACCOUNTING_RESPONSE, [], signed=False), peer)
