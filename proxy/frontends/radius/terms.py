"""
What one reading of the configuration means to the RADIUS door, and which requests still need it.

A request is taken in and answered under the same terms, however often the configuration is read
again meanwhile. Whoever replaces terms is told when the last of their requests has its answer.
"""

from collections.abc import Callable, Mapping

from proxy.eap.terms import Terms as EapTerms
from proxy.frontends.radius.reading import Reader
from proxy.frontends.radius.relay_terms import RelayTerms
from proxy.frontends.radius.writing import Writer
from proxy.radius.clients import Clients


class Terms:
    """Clients, and how their requests are read and answered; replaced as a whole."""

    __slots__ = ("_over", "clients", "eap", "pending", "reader", "writer")

    def __init__(
        self,
        clients: Clients,
        reader: Reader,
        writer: Writer,
        eap: Mapping[str, EapTerms | RelayTerms] | None = None,
    ) -> None:
        self.clients = clients
        self.reader = reader
        self.writer = writer
        self.eap: Mapping[str, EapTerms | RelayTerms] = eap or {}
        """How EAP is spoken, by the name of each client that may."""
        self.pending = 0
        """Requests that were taken in under these terms and have no answer yet."""
        self._over: Callable[[], object] | None = None

    def ended(self) -> None:
        """Hear that one of the requests has its answer, or never gets one."""
        self.pending -= 1
        if self.pending == 0 and self._over is not None:
            self._over()

    def when_over(self, call: Callable[[], object]) -> None:
        """Call each time that nothing is pending any more; for terms that were replaced."""
        self._over = call
