"""
Connections to push services: the name resolved once, its addresses judged, one of them connected.

What is judged is the very host and address that the connection is made to, whatever the endpoint's
text made of them before. Over it goes HTTP/1.1 in TLS; what comes back is bounded for each request,
so that no answer, however long, is kept.
"""

from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from proxy.push.names import Names
from proxy.push.services import Services

ADDRESSES_TRIED: Final = 4
"""Of one name, in the system's order."""
CONNECT_SECONDS: Final = 3.0
"""For one address: one lost SYN is sent again after one second."""
ANSWER_LIMIT: Final = 16_384
"""Octets that may come back for one request, headers and body; services send a few hundred."""
TLS_KEPT: Final = 64
"""Services whose side of TLS is kept: making it reads all CA certificates of the system."""


class NotCalled(Exception):  # noqa: N818 - it says what was done
    """The name has no address that may be called."""


@implementer(IAgentEndpointFactory)
class Ways:
    """The way to each service, as Twisted's Agent asks for it."""

    def __init__(self, services: Services, names: Names, reactor: Any) -> None:  # noqa: ANN401
        self._services = services
        self._names = names
        self._reactor = reactor
        self._tls: dict[tuple[str, int], Any] = {}

    def endpointForURI(self, uri: URI) -> "Way":  # noqa: N802 - Twisted's name
        """Give the way to the host of a URL."""
        if uri.scheme != b"https":
            raise NotCalled("found another scheme than https")
        host = uri.host.decode("ascii").strip("[]").lower()
        return Way(self, host, uri.port)

    def addresses(self, host: str, port: int) -> Deferred[list[str]]:
        """Give the addresses of a host that may be called. Fails as NotCalled, OSError."""
        return self._names.addresses(host, port).addCallback(self._judged, host, port)

    def _judged(self, found: list[str], host: str, port: int) -> list[str]:
        good = [one for one in found if self._services.may_be_connected(host, port, one)]
        if not good:
            raise NotCalled(f"{host} port {port} is no public address, nor in push.services")
        return good[:ADDRESSES_TRIED]

    def tls(self, host: str, port: int) -> Any:  # noqa: ANN401 - Twisted's
        """Give the client's side of TLS for a host."""
        key = (host, port)
        if key not in self._tls:
            while len(self._tls) >= TLS_KEPT:
                del self._tls[next(iter(self._tls))]
            self._tls[key] = self._services.tls(host, port)
        return self._tls[key]

    def to(self, host: str, port: int, address: str) -> IStreamClientEndpoint:
        """Give the way to one address of a host."""
        kind: Any = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        plain = kind(self._reactor, address, port, timeout=CONNECT_SECONDS)
        return wrapClientTLS(self.tls(host, port), plain)


@implementer(IStreamClientEndpoint)
class Way:
    """The way to one service: connecting resolves, judges and tries its addresses in turn."""

    def __init__(self, ways: Ways, host: str, port: int) -> None:
        self._ways = ways
        self._host = host
        self._port = port

    def __repr__(self) -> str:
        return f"<way to {self._host} port {self._port}>"

    def connect(self, factory: Any) -> Deferred[Any]:  # noqa: ANN401 - Twisted's
        """Connect; give the factory's own protocol. Fails as NotCalled, OSError, ConnectError."""
        return Deferred.fromCoroutine(self._connect(factory))

    async def _connect(self, factory: Any) -> Any:  # noqa: ANN401 - as above
        failed: Exception = NotCalled(f"{self._host} has no address")
        for address in await self._ways.addresses(self._host, self._port):
            try:
                way: Any = self._ways.to(self._host, self._port, address)
                bounded: Any = await way.connect(BoundedAnswers(factory))
            except ConnectError as error:
                failed = error
            else:
                return bounded.wrappedProtocol
        raise failed


class BoundedAnswer(ProtocolWrapper):
    """A connection that ends when more comes back for one request than is of use."""

    _left = ANSWER_LIMIT

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Close at once: a service that does not close on its side holds nothing here."""
        transport: Any = self.transport
        transport.abortConnection()

    def write(self, data: bytes) -> None:
        """Send on; what comes back is counted anew."""
        self._left = ANSWER_LIMIT
        super().write(data)

    def writeSequence(self, data: Any) -> None:  # noqa: ANN401, N802 - Twisted's
        """Send on; what comes back is counted anew."""
        self._left = ANSWER_LIMIT
        super().writeSequence(data)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what came, as long as it is within the bound."""
        self._left -= len(data)
        if self._left < 0:
            self.loseConnection()
            return
        super().dataReceived(data)


class BoundedAnswers(WrappingFactory):
    """Makes bounded connections."""

    protocol = BoundedAnswer
    noisy = False

    def doStart(self) -> None:  # noqa: N802 - Twisted's name
        """Begin, without a line in the log."""

    def doStop(self) -> None:  # noqa: N802 - Twisted's name
        """End, without a line in the log."""


class Discarded(Protocol):
    """Takes the rest of an answer and keeps none of it."""

    def __init__(self) -> None:
        self.ended: Deferred[None] = Deferred(lambda _: self._close())
        """Fires when all of it came, or will not come; cancelling closes the connection."""

    def _close(self) -> None:
        transport: Any = self.transport
        transport.loseConnection()

    def connectionLost(self, reason: object = None) -> None:  # noqa: ARG002, N802 - Twisted's
        """Tell that all of it came, or will not come."""
        if not self.ended.called:
            self.ended.callback(None)
