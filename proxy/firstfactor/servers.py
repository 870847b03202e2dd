"""
The servers of one directory, in order: the first that is not set aside is asked.

Searches go on to the next server when one fails. A bind does so only if it was not sent: a
password that was sent once may have been counted, and is not sent again in this login.
"""

from collections.abc import Sequence
from typing import Final

from twisted.internet.defer import Deferred, gatherResults

from proxy.firstfactor.failures import Lost, NotSent, ServerFailure
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.paging import search_in_pages
from proxy.firstfactor.password_change import Outcome, change_over
from proxy.firstfactor.server import DirectoryServer
from proxy.secret import Secret

ATTEMPTS: Final = 2
"""Of a search at one server: a connection may have been closed while the search was on its way."""


class Servers:
    """The servers of one directory."""

    def __init__(self, servers: Sequence[DirectoryServer]) -> None:
        self._servers = tuple(servers)

    async def search(self, request: bytes, entries_wanted: int) -> Answer:
        """Search at the first server that answers. Raises ServerFailure."""
        failure: ServerFailure | None = None
        for server in self._servers:
            attempts = 0
            while server.aside is None and attempts < ATTEMPTS:
                attempts += 1
                try:
                    return server.heard(await server.search(request, entries_wanted))
                except Lost as error:
                    failure = error
                    if attempts == ATTEMPTS:
                        server.fails(str(error))
                except ServerFailure as error:
                    failure = error
                    break
        raise failure or NotSent(self._why_none())

    async def search_in_pages(self, request: bytes, entries_wanted: int) -> Answer:
        """The same, for more entries than a server gives at once. Raises ServerFailure."""
        failure: ServerFailure | None = None
        for server in self._servers:
            if server.aside is not None:
                continue
            try:
                return await search_in_pages(server, request, entries_wanted)
            except ServerFailure as error:
                failure = error
        raise failure or NotSent(self._why_none())

    async def bind(self, request: bytes, controls: bytes) -> Answer:
        """Bind once, at the first server that it can be sent to. Raises ServerFailure."""
        failure: NotSent | None = None
        for server in self._servers:
            if server.aside is not None:
                continue
            try:
                return server.heard(await server.bind(request, controls))
            except NotSent as error:
                failure = error
        raise failure or NotSent(self._why_none())

    async def change_password(self, dn: bytes, old: Secret, new: Secret) -> Outcome:
        """
        Change a password once, at the first server that can be reached.

        Raises:
            ServerFailure: no answer came that can be used.
            MalformedMessage: what came cannot be read.
        """
        failure: NotSent | None = None
        for server in self._servers:
            if server.aside is not None:
                continue
            try:
                service = await server.connected(as_service=True)
            except NotSent as error:
                failure = error
                continue
            return await change_over(server, service, dn, old, new)
        raise failure or NotSent(self._why_none())

    def start(self) -> None:
        """Open a first connection to the first server."""
        self._servers[0].start()

    def stop(self) -> Deferred[list[list[list[None]]]]:
        """Close all connections."""
        return gatherResults([server.stop() for server in self._servers])

    def _why_none(self) -> str:
        reasons = (f"{server.server} ({server.aside})" for server in self._servers)
        return "no server can be asked: " + ", ".join(reasons)
