"""
The servers of one upstream, in order: the first that is not set aside is asked.

RADIUS runs over UDP: that a request was sent does not say that it came. So a password goes to the
next server only where the one before gave no sign of life in the whole time of its retransmissions:
no answer to it, none to anybody else's request, none to a Status-Server sent meanwhile. A server
that lives and stays silent about a login has the password; it is not given to another one. The
answer to a challenge goes to the server that gave the challenge, and to no other (RFC 2865 section
5.24: its State is its own).
"""

from collections.abc import Iterable, Sequence

from proxy.firstfactor.failures import NotSent, Refused, ServerFailure, Silent
from proxy.firstfactor.upstream_server import Answered, UpstreamServer
from proxy.radius.packet import ACCESS_REQUEST, Attribute
from proxy.secret import Secret


class UpstreamServers:
    """The servers of one upstream."""

    def __init__(self, servers: Sequence[UpstreamServer]) -> None:
        self.all = tuple(servers)

    async def ask(
        self,
        attributes: Iterable[Attribute],
        password: Secret | None,
        at: str | None = None,
    ) -> tuple[UpstreamServer, Answered]:
        """
        Send an Access-Request to the first server that answers; give who answered what.

        Args:
            at: the address of the one server that may be asked; None: any.

        Raises:
            ServerFailure: none answered.
            ValueError: the request has no room in a packet.
        """
        attributes = tuple(attributes)
        failure: ServerFailure = NotSent(f"no server {at} is configured any more")
        for server in self._in_order(at):
            try:
                return server, await server.ask(ACCESS_REQUEST, attributes, password)
            except (NotSent, Refused) as error:
                failure = error
            except Silent as error:
                failure = error
                if server.heard_at >= error.sent_at:
                    break
        raise failure

    def _in_order(self, at: str | None) -> list[UpstreamServer]:
        """Give those that may be asked, the ones set aside last."""
        wanted = [server for server in self.all if at is None or str(server.address) == at]
        return sorted(wanted, key=lambda server: server.aside is not None)

    def start(self) -> None:
        """Ask each for a sign of life."""
        for server in self.all:
            server.start()

    def stop(self) -> None:
        """Close all sockets."""
        for server in self.all:
            server.stop()
