"""
The doors of the daemon: what listens, where; exchanged as a whole when the configuration changes.

Either all addresses of a configuration can be had, or nothing changes.
"""

from collections.abc import Callable
from typing import Any

from proxy.frontends.radius.listeners import CannotListen, Listeners
from proxy.frontends.radius.udp import UdpListener
from proxy.frontends.web.service import WebDoor
from proxy.frontends.web.site import WebSite
from proxy.frontends.web.tls import Certificates
from proxy.in_force import InForce
from proxy.settings.finding import ConfigurationFaults, Place


class Doors:
    """RADIUS and the web, at the addresses of the settings in force."""

    def __init__(
        self,
        listeners: Listeners,
        site: WebSite,
        certificates: Certificates,
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._listeners = listeners
        self._site = site
        self._certificates = certificates
        self._reactor = reactor
        self._web: WebDoor | None = None

    def open(self, new: InForce, configure: Callable[[], None]) -> list[UdpListener]:
        """
        Listen where these settings say; give listeners that only requests of before still need.

        Args:
            configure: called once every address is had, before the first packet comes.

        Raises:
            ConfigurationFaults: an address cannot be had; then nothing has changed.
        """
        wanted = [(one.host, one.port) for one in new.settings.radius.listen]
        try:
            listeners = self._listeners.open(wanted)
        except CannotListen as error:
            raise _not_to_be_had(new, ("radius", "listen", error.position), error) from None
        try:
            web = self._web_door(new)
        except OSError as error:
            self._listeners.drop(listeners)
            raise _not_to_be_had(new, ("web", "listen"), error) from None
        configure()
        if web is not None:
            self._exchange_web(web)
        return self._listeners.take(listeners)

    def bound(self) -> list[str]:
        """Say where they listen."""
        told = [f"radius {_shown(*address)}" for address in self._listeners.bound]
        return told if self._web is None else [*told, f"https {_shown(*self._web.address)}"]

    async def stop(self) -> None:
        """Close them."""
        self._listeners.stop()
        if self._web is not None:
            await self._web.stop()

    def _web_door(self, new: InForce) -> WebDoor | None:
        """Give a door that listens where the settings say; None: the one that is there does."""
        listen, old = new.settings.web.listen, self._web
        asked = (listen.host, listen.port)
        if old is not None and asked in (old.asked, old.address):
            return None
        return WebDoor(self._site, *asked, self._certificates, self._reactor, instead_of=old)

    def _exchange_web(self, door: WebDoor) -> None:
        """Take no more connections at the older door; polls that wait there go on."""
        if self._web is not None:
            self._web.stop()
        self._web = door


def _not_to_be_had(new: InForce, place: Place, error: Exception) -> ConfigurationFaults:
    """Tell that an address of the configuration cannot be listened on."""
    listen = new.settings.web.listen
    if place[0] == "radius":
        listen = new.settings.radius.listen[int(place[-1])]
    why = error.strerror if isinstance(error, OSError) else str(error)
    message = f"cannot listen on {listen.host} port {listen.port}: {why}"
    return ConfigurationFaults([new.loaded.document.fault(place, message)])


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
