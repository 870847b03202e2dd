"""
One message to one push service: one POST, one answer, within one time limit.

Redirections are answers like others, and are not followed; of an answer only its status and its
Retry-After are looked at. Connections are kept for a while: the next person's phone is often woken
by the same service.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from OpenSSL.SSL import Error as TlsError
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.web.client import Agent, HTTPConnectionPool, ResponseFailed
from twisted.web.error import Error as HttpError
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from proxy.errors import Unavailable
from proxy.factors.subscription import Endpoint
from proxy.push.connecting import Discarded, NotCalled, Ways
from proxy.push.names import Names
from proxy.push.services import Services

SECONDS: Final = 10.0
"""For a whole try: a push service answers within one."""
REST_SECONDS: Final = 2.0
"""For what comes after an answer's head: what the service said is known by then."""
IDLE_SECONDS: Final = 30.0
"""A connection that nobody uses is closed before what is between forgets it."""
IDLE_CONNECTIONS: Final = 4
"""Kept for one service."""


class NotSent(Unavailable):
    """The service could not be reached or gave no answer; a later try may do better."""

    reason = "push-service-unavailable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said."""

    status: int
    retry_after: str | None


@implementer(IBodyProducer)
class Body:
    """A body that is written at once."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.length = len(octets)

    def startProducing(self, consumer: Any) -> Deferred[None]:  # noqa: ANN401, N802 - Twisted's
        """Write all of it."""
        consumer.write(self._octets)
        return succeed(None)

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """There is nothing to pause."""

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """There is nothing to resume."""

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """There is nothing to stop."""


class Sender:
    """Posts messages to those services that may be called."""

    def __init__(self, services: Services, names: Names, reactor: Any) -> None:  # noqa: ANN401
        self._names = names
        self._reactor = reactor
        self._pool = self._new_pool()
        self._services = services
        self._agent = self._new_agent()

    def configure(self, services: Services) -> None:
        """Call these services from now on, over connections that are judged anew."""
        self._services = services
        self._pool.closeCachedConnections()
        self._pool = self._new_pool()
        self._agent = self._new_agent()

    def may_be_called(self, endpoint: Endpoint) -> bool:
        """Say whether an endpoint may be called, as far as can be told without resolving it."""
        return self._services.may_be_called(endpoint)

    def stop(self) -> Deferred[None]:
        """Close the connections that are kept."""
        closed: Deferred[None] = self._pool.closeCachedConnections()
        return closed

    def send(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> Deferred[Answer]:
        """
        Post a message; may be cancelled.

        Fails as NotCalled where the endpoint must not be called, else as NotSent.
        """
        sent = Deferred.fromCoroutine(self._send(endpoint, headers, body))
        return sent.addTimeout(SECONDS, self._reactor, _too_late)

    async def _send(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> Answer:
        if not self.may_be_called(endpoint):
            raise NotCalled(f"{endpoint.host} port {endpoint.port} is not in push.services")
        named = Headers({name: [value] for name, value in headers.items()})
        url = endpoint.url.encode("ascii")
        try:
            producer: Any = Body(body)
            response: Any = await self._agent.request(b"POST", url, named, producer)
        except _NO_ANSWER as error:
            raise NotSent(_words(error)) from None
        rest = Discarded()
        response.deliverBody(rest)
        await rest.ended.addTimeout(REST_SECONDS, self._reactor, lambda *_: None)
        asked = response.headers.getRawHeaders(b"Retry-After", [None])[0]
        return Answer(response.code, None if asked is None else asked.decode("latin-1"))

    def _new_pool(self) -> Any:  # noqa: ANN401 - Twisted's
        pool = HTTPConnectionPool(self._reactor)
        pool.retryAutomatically = False
        pool.maxPersistentPerHost = IDLE_CONNECTIONS
        pool.cachedConnectionTimeout = IDLE_SECONDS  # type: ignore[assignment]
        return pool

    def _new_agent(self) -> Agent:
        ways = Ways(self._services, self._names, self._reactor)
        agent: Agent = Agent.usingEndpointFactory(self._reactor, ways, self._pool)
        return agent


_NO_ANSWER: Final = (
    ConnectError,
    ConnectionClosed,
    HttpError,
    OSError,
    ResponseFailed,
)


def _too_late(_: object, seconds: float) -> Answer:
    raise NotSent(f"no answer within {seconds:g} s")


def _words(error: BaseException) -> str:
    """Put what ended a try into words."""
    reasons = getattr(error, "reasons", None)
    if reasons:
        error = reasons[0].value
    if isinstance(error, TlsError) and error.args and isinstance(error.args[0], list):
        return "TLS failed: " + ", ".join(str(part[-1]) for part in error.args[0])
    return str(error) or type(error).__name__
