"""
TLS without a socket: what the peer's packets bring goes in, what goes into ours comes out.

Nothing that OpenSSL writes is ever dropped, tickets of TLS 1.3 included: its counters have moved,
and whatever came later could not be read.
"""

from typing import Final

from cryptography import x509
from OpenSSL import SSL

from proxy.errors import PeerError
from proxy.secret import Secret

MOST_AT_ONCE: Final = 16_384
"""Octets of one record (RFC 8446 section 5.1)."""
MAX_HANDSHAKE: Final = 65_536
"""Octets of a peer until the handshake is over, its certificates included."""
MAX_INNER: Final = 4_096
"""Octets of one message of a peer after that: a name and a password are a few hundred, and each of
the records that fill it with key updates costs us a key."""
MAX_OUTPUT: Final = 65_536
"""Octets of one flight of ours; a chain of certificates that is longer is no chain."""
KEY_LENGTH: Final = 128
"""MSK and EMSK (RFC 3748 section 7.10)."""

_RECORD_HEADER: Final = 5
_HANDSHAKE_RECORD: Final = b"\x16\x03"
"""Its type, and the version that all of TLS has in front (RFC 8446 section 5.1)."""
_CLIENT_HELLO: Final = b"\x01"
_TLS_1_3_LABEL: Final = b"EXPORTER_EAP_TLS_Key_Material"


class TlsFailed(PeerError):  # noqa: N818 - it names what happened
    """The peer broke TLS, or does not want it so; `alert` is what it is to be told."""

    reason = "tls-failed"

    def __init__(self, message: str, alert: bytes = b"") -> None:
        super().__init__(message)
        self.alert = alert


class TlsEngine:
    """
    The server's end of one TLS connection.

    Args:
        context: certificate, key and versions; many connections share it. Where it verifies
            certificates of peers, it leaves why it refused one as the connection's app data.
    """

    def __init__(self, context: SSL.Context) -> None:
        self._connection = SSL.Connection(context, None)
        self._connection.set_accept_state()
        self._received = 0
        self.established = False
        """The handshake is over."""

    def receive(self, octets: bytes) -> bytes:
        """
        Take octets of the peer; give what it said inside the tunnel, empty: nothing yet.

        Raises:
            TlsFailed: no more can come of it.
        """
        self._received += len(octets)
        most = MAX_INNER if self.established else MAX_HANDSHAKE - self._received + len(octets)
        if len(octets) > most:
            raise TlsFailed(f"found {len(octets)} octets, wanted at most {most}")
        inner = b""
        try:
            for at in range(0, len(octets), MOST_AT_ONCE):
                self._connection.bio_write(octets[at : at + MOST_AT_ONCE])
                inner += self._go_on(MAX_INNER - len(inner))
        except SSL.ZeroReturnError:
            raise TlsFailed("the peer ended TLS") from None
        except SSL.Error as error:
            why = self._connection.get_app_data() or _why(error)
            raise TlsFailed(why, self.output()) from None
        return inner

    def _go_on(self, room: int) -> bytes:
        if not self.established:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                return b""
            self.established = True
        inner = b""
        while True:  # data may have come with the Finished
            try:
                inner += self._connection.recv(MOST_AT_ONCE)
            except SSL.WantReadError:
                return inner
            if len(inner) > room:
                raise TlsFailed(f"found more than {MAX_INNER} octets inside the tunnel")

    def send(self, inner: bytes) -> None:
        """Say something inside the tunnel; `output` has it."""
        self._connection.sendall(inner)

    def output(self) -> bytes:
        """Give what the peer is to be sent; empty: nothing. Raises TlsFailed."""
        pieces, octets = [], 0
        while True:
            try:
                pieces.append(self._connection.bio_read(MOST_AT_ONCE))
            except SSL.WantReadError:
                return b"".join(pieces)
            octets += len(pieces[-1])
            if octets > MAX_OUTPUT:
                raise TlsFailed(f"found a flight of more than {MAX_OUTPUT} octets")

    def keys(self, type_: int, label: bytes) -> Secret:
        """
        Give the 64 octets of the MSK.

        Args:
            type_: of the EAP method, the context in TLS 1.3 (RFC 9190 section 2.3, RFC 9427
                section 2.1).
            label: what TLS 1.2 exports under; it has no context there, which is not an empty one.
        """
        if self._connection.get_protocol_version() == SSL.TLS1_3_VERSION:
            exported = self._connection.export_keying_material(
                _TLS_1_3_LABEL, KEY_LENGTH, bytes((type_,))
            )
        else:
            exported = self._connection.export_keying_material(label, KEY_LENGTH, None)
        return Secret(exported[:64])

    def export(self, label: bytes, length: int) -> bytes:
        """Give octets that both ends know and nobody else (RFC 5705); without a context."""
        return self._connection.export_keying_material(label, length, None)

    def peer_certificate(self) -> x509.Certificate:
        """Give the certificate that was verified. Raises TlsFailed: there is none."""
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            raise TlsFailed("found no certificate of the peer")
        return certificate

    @property
    def version(self) -> str:
        """Name the version that was agreed, such as TLSv1.3."""
        return self._connection.get_protocol_version_name()


def check_hello(message: bytes) -> None:
    """
    See that a peer's first message is one whole ClientHello, before anything is kept for it.

    A peer says the whole of it in one message (RFC 5216 section 2.1.1), whatever number of records
    it has; whether it is a good one is for TLS to say.

    Raises:
        TlsFailed: it is not.
    """
    hello, at = b"", 0
    while at < len(message):
        head = message[at : at + _RECORD_HEADER]
        length = int.from_bytes(head[3:], "big")
        record = message[at + _RECORD_HEADER : at + _RECORD_HEADER + length]
        if head[:2] != _HANDSHAKE_RECORD or not 0 < len(record) == length:
            raise TlsFailed("found no whole record of TLS, wanted a ClientHello")
        hello += record
        at += _RECORD_HEADER + length
    if hello[:1] != _CLIENT_HELLO or int.from_bytes(hello[1:4], "big") != len(hello) - 4:
        raise TlsFailed("found no whole ClientHello")


def _why(error: SSL.Error) -> str:
    """Give OpenSSL's words for it; they tell of the protocol, never of content."""
    reasons = error.args[0] if error.args else ()
    return "; ".join(str(one[-1]) for one in reasons if one) or type(error).__name__
