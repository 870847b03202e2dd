"""What `check --connect` asks of an upstream: a Status-Server to each server, nothing kept."""

from typing import Any

from proxy.deadlines import Deadlines
from proxy.firstfactor.failures import ServerFailure
from proxy.firstfactor.upstream_options import UpstreamAddress, UpstreamOptions
from proxy.firstfactor.upstream_server import UpstreamServer
from proxy.firstfactor.upstream_sockets import OpenWire
from proxy.radius.packet import STATUS_SERVER
from proxy.radius.retransmission import Schedule
from proxy.radius.shared_secret import SharedSecret

Asked = tuple[UpstreamAddress, str | None]
"""A server, and why it cannot be used; None: it answers."""


async def probe_upstream(
    options: UpstreamOptions,
    opens: OpenWire,
    reactor: Any,  # noqa: ANN401 - a reactor's interfaces are zope's, not types
) -> list[Asked]:
    """Ask every server for a sign of life."""
    shared_secret = SharedSecret(options.secret)
    probed: list[Asked] = []
    for address in options.servers:
        server = UpstreamServer(
            address,
            shared_secret,
            Schedule(options.retransmit, options.timeout),
            opens,
            Deadlines(reactor),
            reactor,
            alone=False,
            require_message_authenticator=options.require_message_authenticator,
            status_server=False,
            own=options.own,
        )
        probed.append((address, await _trouble(server)))
        server.stop()
    return probed


async def _trouble(server: UpstreamServer) -> str | None:
    try:
        await server.ask(STATUS_SERVER, server.own)
    except ServerFailure as failure:
        return str(failure)
    return None
