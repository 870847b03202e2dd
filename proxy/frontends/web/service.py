"""The HTTPS door as one part: its site, its listener, its beginning and end."""

from typing import Any

from klein import Klein
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.ssl import CertificateOptions

from proxy.frontends.web.device_api import DeviceApi
from proxy.frontends.web.pages import Pages
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.site import WebSite


def build_site(parts: Parts, reactor: Any) -> WebSite:  # noqa: ANN401 - a reactor
    """Make the site with all its paths."""
    router = Klein()
    site = WebSite(router.resource(), parts.url, parts.count, reactor)
    DeviceApi(parts, site.problems, reactor).add_to(router)
    Pages(parts.url).add_to(router)
    return site


class WebDoor:
    """
    The listener for phones and browsers.

    Args:
        host: an address to listen on; an IPv6 one without brackets.
        port: 0 takes a free one.
    """

    def __init__(
        self,
        site: WebSite,
        host: str,
        port: int,
        context: CertificateOptions,
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._site = site
        self._address = (host, port)
        self._context = context
        self._reactor = reactor
        self._listening: Any = None

    def start(self) -> str:
        """
        Listen; give the address as `host:port`.

        Raises:
            twisted.internet.error.CannotListenError: the address is not to be had.
        """
        host, port = self._address
        self._listening = self._reactor.listenSSL(
            port, self._site, self._context, backlog=512, interface=host
        )
        address = self._listening.getHost()
        assert isinstance(address, IPv4Address | IPv6Address)
        shown = f"[{address.host}]" if isinstance(address, IPv6Address) else address.host
        return f"{shown}:{address.port}"

    def stop(self) -> Deferred[None]:
        """Take no more connections."""
        if self._listening is None:
            return succeed(None)
        stopped: Deferred[None] = maybeDeferred(self._listening.stopListening)
        return stopped
