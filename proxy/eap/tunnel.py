"""
A TLS tunnel as a method, and something that is said inside it: TTLS and PEAP.

    data ──► pieces ──► TLS ──► the inside
    data ◄── pieces ◄── TLS ◄──────┘

What the peer breaks in TLS it is told by an alert; what it answers to that ends the conversation.
"""

from proxy.eap.fragments import START, Assembly, cut, read_piece
from proxy.eap.inner import Heard, Inner, Say
from proxy.eap.terms import Terms
from proxy.eap.tls_engine import TlsEngine, TlsFailed
from proxy.errors import PeerError
from proxy.secret import Secret


class NotAcknowledged(PeerError):  # noqa: N818 - it names what was found
    """Data of the peer where it was to acknowledge a piece of ours."""

    reason = "data-instead-of-acknowledgement"


class NothingSaid(PeerError):  # noqa: N818 - it names what was found
    """A peer that says nothing where it is its turn."""

    reason = "nothing-said"


class Tunnel:
    """
    One tunnel.

    Args:
        type_: of the method, which the keys of TLS 1.3 are bound to.
        inner: what is said inside.
        label: what TLS 1.2 exports the keys under.
    """

    def __init__(self, terms: Terms, type_: int, inner: Inner, label: bytes) -> None:
        self._terms = terms
        self._type = type_
        self._inner = inner
        self._label = label
        self._engine: TlsEngine | None = None
        """None: the peer has said nothing yet."""
        self._assembly = Assembly()
        self._waiting: list[bytes] = []
        """Pieces of ours that are still to be sent."""
        self._begun = False
        """Something was said inside."""
        self._why: str | None = None
        """TLS failed, and the peer is told by an alert."""

    @property
    def asks(self) -> int:
        """How many more questions the inside bears."""
        return self._inner.asks

    def start(self, identity: bytes) -> bytes:  # noqa: ARG002 - the inside has one of its own
        """Begin; the peer says the first word of TLS."""
        return bytes((START,))

    def hear(self, data: bytes) -> Heard:
        """Take a piece. Raises PeerError."""
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
        try:
            return self._message(message)
        except TlsFailed as error:
            if not error.alert:
                raise
            self._why = str(error)
            return Say(cut(error.alert, self._terms.fragment)[0])

    def _message(self, message: bytes) -> Heard:
        engine = self._engine
        if engine is None:
            engine = self._engine = TlsEngine(self._terms.context)
        said = engine.receive(message)
        if said:
            self._begun = True
            heard = self._inner.hear(said)
            return Say(self._say(heard.octets)) if isinstance(heard, Say) else heard
        output = engine.output()
        if output or message:
            return Say(self._send(output))
        return self._begin(engine)

    def _begin(self, engine: TlsEngine) -> Say:
        """The peer acknowledged the end of the handshake: it waits for our first word inside."""
        first = b"" if self._begun else self._inner.begin()
        if not engine.established or not first:
            raise NothingSaid
        self._begun = True
        return Say(self._say(first))

    def ask(self, text: bytes) -> bytes:
        """Ask inside. Raises ValueError: no question is possible."""
        return self._say(self._inner.ask(text))

    def conclude(self, *, passed: bool) -> bytes | None:
        """Say the result as the inside says it; None: it does not."""
        said = self._inner.conclude(passed=passed)
        return self._say(said) if said else None

    def keys(self) -> Secret:
        """Give the MSK, which the tunnel yields whatever was said in it."""
        return self._established().keys(self._type, self._label)

    def _say(self, inner: bytes) -> bytes:
        engine = self._established()
        engine.send(inner)
        return self._send(engine.output())

    def _established(self) -> TlsEngine:
        if self._engine is None:
            raise ValueError("found a tunnel that has not begun")
        return self._engine

    def _send(self, output: bytes) -> bytes:
        """Send what TLS has; with nothing, the peer still waits for a request to answer."""
        first, *self._waiting = cut(output, self._terms.fragment)
        return first
