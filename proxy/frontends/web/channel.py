"""
One connection: a request must come whole, soon and small, or it is no request.

The time limit counts from the connection's beginning, or from the answer before, to the request's
last octet, whatever trickles in between. A body somewhat too large is read and told so; one far
too large ends the connection. A peer that does not close its side does not keep ours open.
"""

from io import BytesIO
from typing import Any, Protocol, cast

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.server import Request

from proxy.frontends.web.problem import Problem, Problems

BODY_LIMIT = 64 * 1024
"""Octets (CONTRACT, device API)."""
DRAINED = 1024 * 1024
"""Octets of a body that are read so that its sender hears why; beyond them nobody listens."""

CLOSING_SECONDS = 5
"""How long a peer may take to close its side of TLS after the last answer."""


class BoundedRequest(Request):
    """A request whose body is kept in memory up to BODY_LIMIT and never written to a file."""

    channel: "Channel"
    received = 0
    """Octets of the body so far."""

    @property
    def too_large(self) -> bool:
        """The body is over the limit, and not kept."""
        return self.received > BODY_LIMIT

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Begin a body of a declared length, or of none."""
        self.content = BytesIO()
        if length is not None and length > DRAINED:
            self.channel.refuse(Problem(413, "too-large"))

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keep a part of the body, as far as the limit goes."""
        self.received += len(data)
        if self.received > DRAINED:
            self.channel.refuse(Problem(413, "too-large"))
        elif not self.too_large:
            cast("BytesIO", self.content).write(data)


class CountsConnections(Protocol):
    """The site that a connection belongs to, as its connections see it."""

    problems: Problems
    connections: int
    """Open now."""


class Channel(HTTPChannel):
    """One connection of the site."""

    site: CountsConnections
    refused = False
    """Told why, and ending; nothing more is read or answered."""

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Begin."""
        self.site.connections += 1
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """End."""
        self.site.connections -= 1
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Read on, unless the connection is ending."""
        if not self.refused:
            super().dataReceived(data)

    def resetTimeout(self) -> None:  # noqa: N802 - Twisted's name
        """Leave the time limit as it is: octets that trickle in do not extend it."""

    def timeoutConnection(self) -> None:  # noqa: N802 - Twisted's name
        """End a connection that did not bring a request in time."""
        cast("Any", self.transport).abortConnection()

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002, N802 - Twisted's name
        """Refuse a line longer than any of ours."""
        self.refuse(Problem(431, "too-large"))

    def refuse(self, problem: Problem) -> None:
        """Tell why and end, without a request that could be answered."""
        if self.refused:
            return
        self.refused = True
        cast("Any", self.transport).write(self.site.problems.raw(problem))
        self.loseConnection()

    def allContentReceived(self) -> None:  # noqa: N802 - Twisted's name
        """Answer a whole request."""
        if not self.refused:
            super().allContentReceived()

    def requestDone(self, request: Any) -> None:  # noqa: ANN401, N802 - Twisted's
        """Go on after an answer, or end."""
        super().requestDone(request)
        if not self.persistent:
            self.setTimeout(CLOSING_SECONDS)

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802 - Twisted's name
        # Private, but where Twisted answers what is not HTTP; without it, it would be no problem.
        self.refuse(Problem(400, "malformed"))
