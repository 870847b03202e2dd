"""
How a connection comes about: TCP, then TLS or StartTLS, then the service account's bind.

Nothing is sent before TLS is up but the request for it. One time limit covers all of it.
"""

from typing import Any, Final, NoReturn

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from proxy.deadlines import Deadlines
from proxy.firstfactor.connection import Connection
from proxy.firstfactor.failures import NotSent, ServerFailure
from proxy.firstfactor.operation import Operation
from proxy.firstfactor.options import Server
from proxy.firstfactor.trust import Trust
from proxy.ldap import requests, responses
from proxy.ldap.requests import Scope, SearchRequest
from proxy.secret import Secret

ROOT_DSE: Final = requests.encode_search(
    SearchRequest(b"", Scope.BASE, (requests.NO_ATTRIBUTES,), time_limit=1)
)
"""What every server can be asked, whoever asks (RFC 4512 section 5.1); any answer is a sign of
life."""

_NO_CONNECTION = (ConnectError, ConnectingCancelledError, DNSLookupError, OSError, ValueError)
"""What Twisted fails with; ValueError: a host name that cannot be one."""

ServiceAccount = tuple[bytes, Secret] | None
"""DN and password of the account that searches; None: anonymous."""


class Opening:
    """
    Makes connections to one server.

    Args:
        reactor: a Twisted reactor: time, TCP and names.
        timeout: seconds for all of it.
    """

    def __init__(
        self,
        server: Server,
        trust: Trust,
        service_account: ServiceAccount,
        deadlines: Deadlines,
        reactor: Any,  # noqa: ANN401 - a reactor's interfaces are zope's, not types
        *,
        timeout: float,
    ) -> None:
        self._server = server
        self._trust = trust
        self._service_account = service_account
        self._deadlines = deadlines
        self._reactor = reactor
        self._timeout = timeout
        self._endpoint = HostnameEndpoint(reactor, server.host, server.port, timeout=timeout)

    @property
    def anonymous(self) -> bool:
        """Whether searches go out unbound."""
        return self._service_account is None

    def plain(self) -> Deferred[Connection]:
        """Open a connection for binds. Fails as NotSent."""
        return self._limited(service_account=None, probed=False)

    def searching(self) -> Deferred[Connection]:
        """Open a connection for searches, bound as the service account. Fails as NotSent."""
        return self._limited(service_account=self._service_account, probed=False)

    def probed(self) -> Deferred[Connection]:
        """The same, over which a search was answered. Fails as NotSent."""
        return self._limited(service_account=self._service_account, probed=True)

    def _limited(self, *, service_account: ServiceAccount, probed: bool) -> Deferred[Connection]:
        opened = Deferred.fromCoroutine(self._open(service_account, probed=probed))
        return opened.addTimeout(self._timeout, self._reactor, _too_late)

    async def _open(self, service_account: ServiceAccount, *, probed: bool) -> Connection:
        try:
            made: Any = _Connections(self._reactor, self._deadlines)
            connection = await self._endpoint.connect(made)
        except _NO_CONNECTION as error:
            raise NotSent(str(error) or type(error).__name__) from error
        assert isinstance(connection, Connection)
        try:
            if self._server.tls == "starttls":
                await self._start_tls(connection)
            if self._server.tls != "none":
                await connection.secure(self._trust)
            if service_account is not None:
                await self._bind(connection, service_account)
            if probed:
                await connection.ask(Operation(ROOT_DSE, self._deadline()))
        except ServerFailure as error:
            connection.abort()
            raise NotSent(str(error)) from error
        except CancelledError:
            connection.abort()
            raise
        return connection

    async def _start_tls(self, connection: Connection) -> None:
        answer = await connection.ask(Operation(requests.encode_start_tls(), self._deadline()))
        result = answer.result
        if result.code != responses.SUCCESS:
            raise NotSent(f"StartTLS was refused: {result.diagnostic} ({result.code})")

    async def _bind(self, connection: Connection, service_account: tuple[bytes, Secret]) -> None:
        request = requests.encode_bind(*service_account)
        answer = await connection.ask(Operation(request, self._deadline()))
        result = answer.result
        if result.code != responses.SUCCESS:
            words = f"the service account was refused: {result.diagnostic} ({result.code})"
            raise NotSent(words)

    def _deadline(self) -> float:
        return float(self._reactor.seconds()) + self._timeout


def _too_late(_: object, timeout: float) -> NoReturn:
    raise NotSent(f"no connection within {timeout:g} s")


class _Connections(Factory):
    noisy = False

    def __init__(self, reactor: Any, deadlines: Deadlines) -> None:  # noqa: ANN401 - as above
        self._made = (reactor, deadlines)

    def buildProtocol(self, addr: object) -> TwistedProtocol:  # noqa: ARG002, N802 - Twisted's
        return Connection(*self._made)
