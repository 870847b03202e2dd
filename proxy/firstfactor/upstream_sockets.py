"""
Connected UDP sockets to one RADIUS server.

Each has a port of its own, which chance chose, and hears its server alone. What cannot be sent or
read is as good as lost on the way: whoever asked asks again.
"""

import errno
import socket
from collections.abc import Callable
from typing import Any, Final, Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from proxy.firstfactor.upstream_options import UpstreamAddress
from proxy.radius.packet import MAX_PACKET_LENGTH

DATAGRAMS_PER_WAKE_UP: Final = 8
"""So that a flood leaves time for timers and other sockets."""


class Wire(Protocol):
    """A way to one server."""

    def send(self, octets: bytes) -> None:
        """Send a datagram; it may be lost."""

    def close(self) -> None:
        """Send and hear no more; may be called twice."""


Hear = Callable[[bytes], object]
"""Takes in a datagram that came from the server; never raises."""
Refuse = Callable[[], object]
"""Hears that nobody listens at the server's port."""
OpenWire = Callable[[UpstreamAddress, Hear, Refuse], Wire]
"""Raises OSError."""


@implementer(IReadDescriptor)
class ConnectedSocket:
    """One socket, from which its server alone is heard (udp(7))."""

    _log = Logger()

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - a reactor's interfaces are zope's, not types
        server: UpstreamAddress,
        hear: Hear,
        refuse: Refuse,
    ) -> None:
        """Open the socket. Raises OSError."""
        family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self._socket.connect((server.host, server.port))
        except OSError:
            self._socket.close()
            raise
        self._reactor = reactor
        self._server = server
        self._hear = hear
        self._refuse = refuse
        reactor.addReader(self)

    def send(self, octets: bytes) -> None:
        """Send a datagram."""
        try:
            self._socket.send(octets)
        except ConnectionRefusedError:  # of what was sent before; this one did not leave
            self._refuse()
        except OSError as error:
            self._log.debug("{server}: not sent: {error}", server=self._server, error=error)

    def close(self) -> None:
        """Send and hear no more."""
        if self._socket.fileno() >= 0:
            self._reactor.removeReader(self)
            self._socket.close()

    def fileno(self) -> int:
        """Give the descriptor that the reactor watches; -1 once it is closed."""
        return self._socket.fileno()

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """Name this socket in Twisted's log."""
        return "upstream"

    def connectionLost(self, reason: Failure) -> None:  # noqa: ARG002, N802 - Twisted's name
        """
        Take an ICMP error, and hear on: the reactor gives up what has an error and nothing to read.

        It says so to every socket when it stops, too; then the next turn never comes.
        """
        if self._socket.fileno() >= 0:
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._reactor.callLater(0, self._hear_on)
            if error == errno.ECONNREFUSED:
                self._refuse()

    def _hear_on(self) -> None:
        if self._socket.fileno() >= 0:
            self._reactor.addReader(self)

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """Take in what has come, up to a bound; the reactor calls again for the rest."""
        for _ in range(DATAGRAMS_PER_WAKE_UP):
            if self._socket.fileno() < 0:
                return
            try:
                # One octet more shows what is too long: it is no packet then.
                datagram = self._socket.recv(MAX_PACKET_LENGTH + 1)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                self._refuse()
                continue
            except OSError as error:  # an ICMP error of another kind; the socket is as good
                self._log.debug("{server}: not read: {error}", server=self._server, error=error)
                continue
            self._hear(datagram)
