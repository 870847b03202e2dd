"""The HTTPS door as one part: its site, its listener, its beginning and end."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from klein import Klein
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.protocols.tls import TLSMemoryBIOFactory

from proxy.frontends.web.app_codes import AppCodesApi
from proxy.frontends.web.assets import Assets
from proxy.frontends.web.device_api import DeviceApi
from proxy.frontends.web.first_codes import FirstCodesApi
from proxy.frontends.web.pages import Pages
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.privacyidea import PrivacyIdeaApi
from proxy.frontends.web.site import WebSite
from proxy.frontends.web.tls import Certificates

BACKLOG: Final = 512
"""Connections that may wait to be taken in: all phones come back at once after a restart."""


class HasPaths(Protocol):
    """A part of the site."""

    def add_to(self, router: Klein) -> None:
        """Add its paths to a router."""


def build_site(parts: Parts, reactor: Any, *more: HasPaths) -> WebSite:  # noqa: ANN401 - a reactor
    """Make the site with the paths for phones, and those of *more*."""
    router = Klein()
    site = WebSite(router.resource(), parts.url, parts.count, reactor)
    DeviceApi(parts, site.problems, reactor).add_to(router)
    FirstCodesApi(parts).add_to(router)
    AppCodesApi(parts).add_to(router)
    PrivacyIdeaApi(parts, reactor).add_to(router)
    Pages().add_to(router)
    Assets().add_to(router)
    for one in more:
        one.add_to(router)
    return site


class WebDoor:
    """
    The listener for phones and browsers, from its making until it is stopped.

    Args:
        host: an address to listen on; an IPv6 one without brackets.
        port: 0 takes a free one.
        instead_of: another one that is about to stop, and may be in the place of this one.

    Raises:
        OSError: the address is not to be had.
    """

    def __init__(
        self,
        site: WebSite,
        host: str,
        port: int,
        certificates: Certificates,
        reactor: Any,  # noqa: ANN401 - a reactor
        *,
        instead_of: "WebDoor | None" = None,
    ) -> None:
        self.asked: tuple[str, int] = (host, port)
        secured: Any = TLSMemoryBIOFactory  # what it takes are zope's interfaces
        factory = secured(certificates, isClient=False, wrappedFactory=site)
        with _listening(
            host, port, instead_of
        ) as opened:  # the reactor has a descriptor of its own
            self._port = reactor.adoptStreamPort(opened.fileno(), opened.family, factory)
        address = self._port.getHost()
        self.address: tuple[str, int] = (address.host, address.port)
        """Where it is bound; the port is known even where 0 was asked for."""

    def stop(self) -> Deferred[None]:
        """Take no more connections; those that are there go on."""
        stopped: Deferred[None] = maybeDeferred(self._port.stopListening)
        return stopped

    @contextmanager
    def shared(self, other: socket.socket) -> Iterator[None]:
        """Let another socket overlap with this one (0.0.0.0 and an address of it)."""
        both = (self._port.socket, other)
        for one in both:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            yield
        finally:
            for one in both:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)


def _listening(host: str, port: int, instead_of: WebDoor | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, port))
            opened.listen(BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or instead_of is None:
                raise
            if not port or instead_of.address[1] != port:
                raise
            with instead_of.shared(opened):
                opened.bind((host, port))
                opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened
