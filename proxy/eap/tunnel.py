"""
A TLS tunnel as a method, and something that is said inside it: TTLS and PEAP.

Where TLS resumes a session, nothing is said inside but the result (RFC 5281 section 7.5): by a TLV
in PEAP; in TTLS by an octet on TLS 1.3, on TLS 1.2 not at all.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from proxy.eap.flights import Flights, NothingSaid
from proxy.eap.inner import Concluded, Heard, Inner, Proof, Resumed, Say
from proxy.eap.progress import Progress
from proxy.eap.terms import Terms
from proxy.eap.tls_engine import TlsEngine
from proxy.eap.ttls import Export
from proxy.secret import Secret

RESULT: Final = b"\0"
"""What says inside that a resumed session serves (RFC 9190 section 2.5, by RFC 9427)."""


class Tunnel:
    """
    One tunnel.

    Args:
        type_: of the method, which the keys of TLS 1.3 are bound to.
        make: makes what is said inside.
        label: what TLS 1.2 exports the keys under.
    """

    def __init__(
        self, terms: Terms, type_: int, make: Callable[[Export], Inner], label: bytes
    ) -> None:
        sessions = terms.sessions
        begin = None if sessions is None else partial(sessions.engine, type_)
        self._flights = Flights(terms.context, terms.fragment, begin)
        self._type = type_
        self._inner = make(self._flights.export)
        self._label = label
        self._begun = False
        """Something was said inside."""
        self._resumed = False
        """A session was resumed, and the inside is not begun."""
        self._concluded = False
        """The result of that was said, and nothing more will be."""

    @property
    def asks(self) -> int:
        """How many more questions the inside bears."""
        return self._inner.asks

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return self._flights.progress

    def start(self, identity: bytes) -> bytes:  # noqa: ARG002 - the inside has one of its own
        """Begin; the peer says the first word of TLS."""
        return self._flights.start()

    def hear(self, data: bytes) -> Heard:
        """Take a piece. Raises PeerError."""
        return self._flights.hear(data, self._understand)

    def _understand(self, engine: TlsEngine, message: bytes) -> Heard:
        if self._concluded:
            return Concluded()
        said = engine.receive(message)
        if said:
            self._begun = True
            heard = self._inner.hear(said)
            return Say(self._flights.say(heard.octets)) if isinstance(heard, Say) else heard
        if engine.resumed and not self._begun:
            self._begun = self._resumed = True
            return Resumed()
        output = engine.output()
        if output or message:
            return Say(self._flights.send(output))
        return self._begin(engine)

    def _begin(self, engine: TlsEngine) -> Say | Concluded:
        """The peer acknowledged the end of the handshake, or the result: it says nothing itself."""
        if self._begun and self._inner.acknowledged():
            return Concluded()
        first = b"" if self._begun else self._inner.begin()
        if not engine.established or not first:
            raise NothingSaid
        self._begun = True
        return Say(self._flights.say(first))

    def ask(self, text: bytes) -> bytes:
        """Ask inside. Raises ValueError: no question is possible."""
        return self._flights.say(self._inner.ask(text))

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes | None:
        """Say the result as the inside says it; None: it does not. Raises InnerRefused."""
        said = self._inner.conclude(passed=passed, proof=proof)
        if not said and passed and self._resumed and self._flights.engine.is_tls_1_3:
            self._concluded, said = True, RESULT
        return self._flights.say(said) if said else None

    def keys(self) -> Secret:
        """Give the MSK, which the tunnel yields whatever was said in it."""
        return self._flights.engine.keys(self._type, self._label)
