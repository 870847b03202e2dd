"""
EAP-TLS: the device's certificate names the person (RFC 5216; RFC 9190 on TLS 1.3).

Our last flight says that the login has passed, so it waits for the login: on TLS 1.2 the Finished,
on TLS 1.3 the octet 0x00 inside (RFC 9190 section 2.5). The peer acknowledges it, and success
follows. A login that is refused is told by the failure alone, which a peer without that flight
believes at once.
"""

from typing import Final

from proxy.eap import packet
from proxy.eap.certificate import named_by
from proxy.eap.flights import Flights, NotAcknowledged, NothingSaid
from proxy.eap.inner import Concluded, Heard, InnerRefused, Proof, Say
from proxy.eap.progress import Progress
from proxy.eap.terms import Certificates
from proxy.eap.tls_engine import TlsEngine
from proxy.secret import Secret

LABEL: Final = b"client EAP encryption"
"""What TLS 1.2 exports the keys under (RFC 5216 section 2.3)."""
_SUCCESS: Final = b"\0"


class CertificateMethod:
    """EAP-TLS in one conversation."""

    asks = 0

    def __init__(self, certificates: Certificates, fragment: int) -> None:
        self._certificates = certificates
        self._flights = Flights(certificates.context, fragment)
        self._told = False
        """Our last flight is on its way, or there."""

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return self._flights.progress

    def start(self, identity: bytes) -> bytes:  # noqa: ARG002 - the certificate names the person
        """Begin; the peer says the first word of TLS."""
        return self._flights.start()

    def hear(self, data: bytes) -> Heard:
        """Take a piece. Raises PeerError."""
        return self._flights.hear(data, self._understand)

    def _understand(self, engine: TlsEngine, message: bytes) -> Heard:
        if self._told:
            return self._acknowledged(engine, message)
        if not message:
            raise NothingSaid
        if engine.receive(message):
            raise InnerRefused("found data inside EAP-TLS")
        if not engine.established:
            return Say(self._flights.send(engine.output()))
        return named_by(engine.peer_certificate(), self._certificates.names)

    def _acknowledged(self, engine: TlsEngine, message: bytes) -> Concluded:
        """Whoever answers with anything does not want to be let in."""
        if message:
            engine.receive(message)  # raises for an alert, which says why
            raise NotAcknowledged
        return Concluded()

    def ask(self, text: bytes) -> bytes:
        """Ask nothing. Raises ValueError."""
        raise ValueError(f"found EAP-TLS, which bears no question, and one of {len(text)} octets")

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes | None:  # noqa: ARG002
        """Say our last flight where the login has passed."""
        if not passed:
            return None
        self._told = True
        engine = self._flights.engine
        if engine.version == "TLSv1.3":
            return self._flights.say(_SUCCESS)
        return self._flights.send(engine.output())

    def keys(self) -> Secret:
        """Give the MSK."""
        return self._flights.engine.keys(packet.TLS, LABEL)
