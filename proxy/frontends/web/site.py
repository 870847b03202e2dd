"""
The listener: one resource tree, a bound on connections, the same headers on every answer.

HTTP/1.1 only. What a request says of its own host is not believed anywhere: links, and what a DPoP
proof must name, come from `web.url`.
"""

import resource
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from twisted.internet.interfaces import IAddress
from twisted.web.http import datetimeToString
from twisted.web.resource import Resource
from twisted.web.server import Site

from proxy.frontends.web.channel import BoundedRequest, Channel
from proxy.frontends.web.ports import Clock
from proxy.frontends.web.problem import Problem, Problems

CONNECTIONS = 20_000
"""At once; as many phones may wait as logins may be pending."""
SHARE_OF_FILES = 2
"""Connections take at most one in so many of the files that the process may open: logins need the
others, however many connect here."""
REQUEST_SECONDS = 20
"""A request must have come whole by then, and a kept connection brings its next one by then."""
HEADERS = {
    b"Strict-Transport-Security": b"max-age=31536000",
    b"X-Content-Type-Options": b"nosniff",
    b"Cache-Control": b"no-store",
    b"Referrer-Policy": b"no-referrer",
}
URI_LIMIT = 2048
"""Octets; the longest, a poll of the privacyIDEA Authenticator, has about 1,000."""


def connection_limit() -> int:
    """Give how many connections there may be at once."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return CONNECTIONS
    return min(CONNECTIONS, files // SHARE_OF_FILES)


class WebSite(Site):
    """
    The site that listeners serve.

    Args:
        root: answers every path.
        url: `web.url`.
        count: called with the kind of each problem.
        limit: connections at once; one more is closed unheard. None: `connection_limit`.
    """

    displayTracebacks = False  # noqa: N815 - Twisted's name
    noisy = False
    protocol = Channel  # type: ignore[assignment] # Twisted's own default is a factory of proxies

    def __init__(
        self,
        root: Any,  # noqa: ANN401 - a resource
        url: str,
        count: Callable[[str], object],
        clock: Clock,
        *,
        limit: int | None = None,
    ) -> None:
        super().__init__(
            root,
            requestFactory=BoundedRequest,
            parsePOSTFormSubmission=False,
            timeout=REQUEST_SECONDS,
            reactor=clock,
        )
        self.problems = Problems(url, count)
        self.connections = 0
        self._host = (urlsplit(url).hostname or "").encode()
        self._count = count
        self._clock = clock
        self._limit = connection_limit() if limit is None else limit

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's
        """Give the protocol of a new connection; None where there are too many."""
        if self.connections >= self._limit:
            self._count("too-many-connections")
            return None
        return super().buildProtocol(addr)

    def getResourceFor(self, request: Any) -> Any:  # noqa: ANN401, N802 - Twisted's
        """Find what answers a request; a malformed one goes no further."""
        request.responseHeaders.removeHeader(b"Server")
        request.setHeader(b"Date", datetimeToString(self._clock.seconds()))
        for name, value in HEADERS.items():
            request.setHeader(name, value)
        problem = _fault(request)
        if problem is not None:
            return Refused(self.problems, problem)
        # The router would parse the Host that the client sent; nothing here depends on it.
        request.requestHeaders.setRawHeaders(b"Host", [self._host])
        return super().getResourceFor(request)

    def log(self, request: object) -> None:
        """Keep no line for each request; problems are counted."""


class Refused(Resource):
    """Answers whatever it is asked with one problem."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, problems: Problems, problem: Problem) -> None:
        super().__init__()
        self._problems = problems
        self._problem = problem

    def render(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Give the problem."""
        return self._problems.render(request, self._problem)


def _fault(request: Any) -> Problem | None:  # noqa: ANN401 - Twisted's
    if request.too_large:
        return Problem(413, "too-large")
    if len(request.uri) > URI_LIMIT:
        return Problem(414, "too-large")
    try:
        request.uri.decode("ascii")
        request.method.decode("ascii")
        path = unquote_to_bytes(request.path).decode()
    except UnicodeDecodeError:
        return Problem(400, "malformed")
    return None if path.startswith("/") else Problem(400, "malformed")
