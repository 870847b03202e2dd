"""
TLS messages of one conversation, in pieces both ways: what every method with TLS begins with.

    data ──► pieces ──► message ──► TLS      what it means is the method's
    data ◄── pieces ◄───────────────┘

What the peer breaks in TLS it is told by an alert; what it answers to that ends the conversation.
"""

from collections.abc import Callable

from OpenSSL import SSL

from proxy.eap.fragments import MAX_HELLO, START, Assembly, cut, read_piece
from proxy.eap.inner import Heard, Say
from proxy.eap.progress import Progress
from proxy.eap.tls_engine import TlsEngine, TlsFailed, check_hello
from proxy.errors import PeerError


class NotAcknowledged(PeerError):  # noqa: N818 - it names what was found
    """Data of the peer where it was to acknowledge a piece of ours."""

    reason = "data-instead-of-acknowledgement"


class NothingSaid(PeerError):  # noqa: N818 - it names what was found
    """A peer that says nothing where it is its turn."""

    reason = "nothing-said"


class Flights:
    """
    Our end. It knows nothing of the method, so that both are freed as soon as a conversation ends.

    Args:
        fragment: octets of data in one packet.
        begin: begins TLS, once; None: with this context, and nothing is resumed.
    """

    def __init__(
        self, context: SSL.Context, fragment: int, begin: Callable[[], TlsEngine] | None = None
    ) -> None:
        self._start_tls = begin or (lambda: TlsEngine(lambda: context))
        self._fragment = fragment
        self._engine: TlsEngine | None = None
        """None: the peer has said nothing yet."""
        self._assembly = Assembly(MAX_HELLO)
        self._waiting: list[bytes] = []
        """Pieces of ours that are still to be sent."""
        self._why: str | None = None
        """TLS failed, and the peer is told by an alert."""

    def start(self) -> bytes:
        """Begin; the peer says the first word of TLS."""
        return bytes((START,))

    def hear(self, data: bytes, understand: Callable[[TlsEngine, bytes], Heard]) -> Heard:
        """
        Take a piece; once a message is whole, what it means.

        Args:
            understand: called with a whole message; raises PeerError, TlsFailed with an alert.

        Raises:
            PeerError: the conversation is over.
        """
        if self._why is not None:
            raise TlsFailed(self._why)
        piece = read_piece(data)
        if self._waiting:
            if piece.data or piece.more or self._assembly.begun:
                raise NotAcknowledged
            return Say(self._waiting.pop(0))
        message = self._assembly.add(piece)
        if message is None:
            return Say(b"\0")
        if self._engine is None:
            if not message:
                raise NothingSaid
            check_hello(message)
            self._engine = self._start_tls()
            self._assembly = Assembly()
        try:
            return understand(self._engine, message)
        except TlsFailed as error:
            if not error.alert:
                raise
            self._why = str(error)
            return Say(cut(error.alert, self._fragment)[0])

    @property
    def progress(self) -> Progress:
        """How far the handshake has come."""
        if self._engine is None:
            return Progress.BEGUN
        return Progress.INSIDE if self._engine.established else Progress.HANDSHAKE

    @property
    def engine(self) -> TlsEngine:
        """Give TLS itself. Raises ValueError: the peer has said nothing yet."""
        if self._engine is None:
            raise ValueError("found a handshake that has not begun")
        return self._engine

    def export(self, label: bytes, length: int) -> bytes:
        """Give what TLS exports. Raises ValueError: the peer has said nothing yet."""
        return self.engine.export(label, length)

    def say(self, inner: bytes) -> bytes:
        """Say something inside."""
        self.engine.send(inner)
        return self.send(self.engine.output())

    def send(self, output: bytes) -> bytes:
        """Send what TLS has; with nothing, the peer still waits for a request to answer."""
        first, *self._waiting = cut(output, self._fragment)
        return first
