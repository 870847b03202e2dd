"""
One server of a directory: its connections, and whether it is asked now.

A server that fails is set aside: no login tries it, until a probe in the background was answered.
The probe comes at once, then after waits that grow. Closing one connection is no failure: servers
do so when they restart and when a connection was idle.
"""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.logger import Logger
from twisted.python.failure import Failure

from proxy.deadlines import Deadlines, Delayed
from proxy.firstfactor.connection import Connection
from proxy.firstfactor.failures import Refused, ServerFailure, Silent
from proxy.firstfactor.opening import Opening
from proxy.firstfactor.operation import Answer, Operation
from proxy.firstfactor.options import Server
from proxy.firstfactor.pool import ANONYMOUS_SEARCHES, BINDS, SEARCHES, Pool, Size
from proxy.ldap import responses

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 15.0
"""Seconds between two probes: a server that came back is used again within this time."""
FORGIVEN: Final = 60.0
"""A server that did well for so many seconds begins with the shortest wait again."""


class DirectoryServer:
    """One server; `aside` says why it is not asked now, None: it is."""

    _log = Logger()

    def __init__(
        self,
        server: Server,
        opening: Opening,
        deadlines: Deadlines,
        reactor: Any,  # noqa: ANN401 - a reactor's interfaces are zope's, not types
        *,
        timeout: float,
    ) -> None:
        self.server = server
        self.aside: str | None = None
        self._opening = opening
        self._reactor = reactor
        self._timeout = timeout

        def pool(opens: Callable[[], Deferred[Connection]], size: Size) -> Pool:
            return Pool(
                opens, self.fails, self._is_silent, size, reactor, deadlines, timeout=timeout
            )

        self._searches = pool(
            opening.searching, ANONYMOUS_SEARCHES if opening.anonymous else SEARCHES
        )
        self._binds = pool(opening.plain, BINDS)
        self._failed_at = 0.0
        self._wait = 0.0
        self._next_probe: Delayed | None = None
        self._probe: Deferred[Connection] | None = None
        self._stopped = False

    def search(self, request: bytes, entries_wanted: int) -> Deferred[Answer]:
        """Search; the answer is for `heard`. Fails as a ServerFailure."""
        operation = Operation(request, self._deadline(), entries_wanted=entries_wanted)
        self._searches.send(operation)
        return operation.answered

    def page(
        self, request: bytes, controls: bytes, entries_wanted: int, over: Connection | None
    ) -> Operation:
        """Search for a page *over* the connection of the one before; the answer is for `heard`."""
        operation = Operation(
            request, self._deadline(), controls=controls, entries_wanted=entries_wanted
        )
        (self._searches if over is None else over).send(operation)
        return operation

    def bind(self, request: bytes, controls: bytes) -> Deferred[Answer]:
        """
        Bind; the answer is for `heard`.

        Fails as a ServerFailure; only NotSent leaves the bind to be sent elsewhere.
        """
        operation = Operation(request, self._deadline(), controls=controls)
        self._binds.send(operation)
        return operation.answered

    def connected(self, *, as_service: bool) -> Deferred[Connection]:
        """Open a connection for one use, which whoever asked for it closes. Fails as NotSent."""
        return self._opening.searching() if as_service else self._opening.plain()

    async def ask(
        self, over: Connection, request: bytes, controls: bytes = b"", *, entries_wanted: int = 0
    ) -> Answer:
        """Ask over such a connection. Raises ServerFailure."""
        operation = Operation(
            request, self._deadline(), controls=controls, entries_wanted=entries_wanted
        )
        return self.heard(await over.ask(operation))

    def heard(self, answer: Answer) -> Answer:
        """Give an answer back, unless it says that the server cannot work now. Raises Refused."""
        code = answer.result.code
        if code in (responses.BUSY, responses.UNAVAILABLE):
            refusal = f"the server cannot answer now: {answer.result.diagnostic} ({code})"
            # It may answer a probe all the same.
            self.fails(refusal, wait=FIRST_WAIT)
            raise Refused(refusal)
        return answer

    def start(self) -> None:
        """Open a first connection, so that the first login finds one."""
        self._begin_probe()

    def stop(self) -> Deferred[list[list[None]]]:
        """Close all connections; fires when they are closed."""
        self._stopped = True
        self.aside = "the directory is no longer used"
        if self._next_probe is not None:
            self._next_probe.cancel()
            self._next_probe = None
        if self._probe is not None:
            self._probe.cancel()
        return gatherResults([self._searches.stop(), self._binds.stop()])

    def fails(self, reason: str, *, wait: float = 0.0) -> None:
        """Set the server aside and probe it in the background, after *wait* seconds or more."""
        if self.aside is not None:
            return
        now = self._reactor.seconds()
        if now - self._failed_at > FORGIVEN:
            self._wait = 0.0
        self._wait = max(self._wait, wait)
        self._failed_at = now
        self.aside = reason
        self._log.warn("{server} is set aside: {reason}", server=self.server, reason=reason)
        self._searches.drain(reason)
        self._binds.drain(reason)
        if self._probe is None:
            self._probe_later()

    # --- inside ---

    def _deadline(self) -> float:
        return float(self._reactor.seconds()) + self._timeout

    def _is_silent(self, silent: Silent) -> None:
        """Set the server aside if it is silent on all its connections, not just slow on one."""
        if max(self._searches.heard_at(), self._binds.heard_at()) < silent.sent_at:
            self.fails(str(silent))

    def _probe_later(self) -> None:
        self._next_probe = self._reactor.callLater(self._wait, self._begin_probe)
        self._wait = min(max(2 * self._wait, FIRST_WAIT), LONGEST_WAIT)

    def _begin_probe(self) -> None:
        self._next_probe = None
        self._probe = self._opening.probed()
        self._probe.addCallbacks(self._answered, self._unanswered)

    def _answered(self, connection: Connection) -> None:
        self._probe = None
        if self.aside is not None:
            self.aside = None
            self._log.info("{server} is used again", server=self.server)
        self._searches.adopt(connection)

    def _unanswered(self, failure: Failure) -> None:
        self._probe = None
        if self._stopped:
            failure.trap(CancelledError, ServerFailure)
            return
        failure.trap(ServerFailure)
        if self.aside is None:
            self.fails(str(failure.value))
        else:
            self._failed_at = self._reactor.seconds()
            self._probe_later()
