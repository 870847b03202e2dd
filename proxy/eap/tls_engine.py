"""
TLS without a socket: what the peer's packets bring goes in, what goes into ours comes out.

Nothing that OpenSSL writes is ever dropped, tickets of TLS 1.3 included: its counters have moved,
and whatever came later could not be read.

A session is resumed only from a context that was kept for that, and no other handshake ends in such
a context: a hello that resumes nothing there is given to a context that nobody else has, before
anything was answered. So what a kept context holds is what it was kept for, and what came of that.
"""

from collections.abc import Callable
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
        context: gives certificate, key and versions for a full handshake. Where it verifies
            certificates of peers, it leaves why it refused one as the connection's app data.
        kept: whose sessions may be resumed; None: none.
    """

    def __init__(self, context: Callable[[], SSL.Context], kept: SSL.Context | None = None) -> None:
        self._context = context
        self._kept = kept
        self._connection: SSL.Connection | None = None
        """None: the peer has said nothing yet."""
        self._resuming = False
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
        if self._connection is None:
            if not octets:
                return b""
            self._connection = self._begin(octets)
            if self._resuming:
                return b""
        inner, connection = b"", self._connection
        try:
            for at in range(0, len(octets), MOST_AT_ONCE):
                connection.bio_write(octets[at : at + MOST_AT_ONCE])
                inner += self._go_on(connection, MAX_INNER - len(inner))
        except SSL.ZeroReturnError:
            raise TlsFailed("the peer ended TLS") from None
        except SSL.Error as error:
            why = connection.get_app_data() or _why(error)
            raise TlsFailed(why, self.output()) from None
        return inner

    def _begin(self, hello: bytes) -> SSL.Connection:
        """Resume what the peer's first octets name, if that was kept."""
        if self._kept is not None and len(hello) <= MOST_AT_ONCE:
            connection = _accepting(self._kept)
            connection.bio_write(hello)
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                if _resumes(connection):
                    self._resuming = True
                    return connection
            except SSL.Error:  # a full handshake finds the same fault, or goes on without the old
                pass
        return _accepting(self._context())

    def _go_on(self, connection: SSL.Connection, room: int) -> bytes:
        if not self.established:
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                if self._resuming and not _resumes(connection):
                    raise TlsFailed("found a second hello that resumes nothing") from None
                return b""
            if self._resuming and not _resumes(connection):
                raise TlsFailed("found a handshake that resumes nothing")
            self.established = True
        inner = b""
        while True:  # data may have come with the Finished
            try:
                inner += connection.recv(MOST_AT_ONCE)
            except SSL.WantReadError:
                return inner
            if len(inner) > room:
                raise TlsFailed(f"found more than {MAX_INNER} octets inside the tunnel")

    @property
    def resumed(self) -> bool:
        """The handshake is over, and resumed a session that was kept."""
        return self.established and self._resuming

    def keep(self) -> SSL.Context:
        """
        Let the session be resumed later, from the context that this gives.

        Without this it dies with the connection, as if an alert had ended it.
        """
        connection = self._there()
        connection.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
        return connection.get_context()

    def _there(self) -> SSL.Connection:
        if self._connection is None:
            raise ValueError("found TLS that has not begun")
        return self._connection

    def send(self, inner: bytes) -> None:
        """Say something inside the tunnel; `output` has it."""
        self._there().sendall(inner)

    def output(self) -> bytes:
        """Give what the peer is to be sent; empty: nothing. Raises TlsFailed."""
        pieces, octets = list[bytes](), 0
        connection = self._connection
        while connection is not None:
            try:
                pieces.append(connection.bio_read(MOST_AT_ONCE))
            except SSL.WantReadError:
                return b"".join(pieces)
            octets += len(pieces[-1])
            if octets > MAX_OUTPUT:
                raise TlsFailed(f"found a flight of more than {MAX_OUTPUT} octets")
        return b""

    def keys(self, type_: int, label: bytes) -> Secret:
        """
        Give the 64 octets of the MSK.

        Args:
            type_: of the EAP method, the context in TLS 1.3 (RFC 9190 section 2.3, RFC 9427
                section 2.1).
            label: what TLS 1.2 exports under; it has no context there, which is not an empty one.
        """
        connection = self._there()
        if self.is_tls_1_3:
            exported = connection.export_keying_material(
                _TLS_1_3_LABEL, KEY_LENGTH, bytes((type_,))
            )
        else:
            exported = connection.export_keying_material(label, KEY_LENGTH, None)
        return Secret(exported[:64])

    def export(self, label: bytes, length: int) -> bytes:
        """Give octets that both ends know and nobody else (RFC 5705); without a context."""
        return self._there().export_keying_material(label, length, None)

    @property
    def is_tls_1_3(self) -> bool:
        """TLS 1.3 was agreed, not 1.2."""
        return self._there().get_protocol_version() == SSL.TLS1_3_VERSION

    def peer_certificate(self) -> x509.Certificate:
        """Give the certificate that was verified. Raises TlsFailed: there is none."""
        certificate = self._there().get_peer_certificate(as_cryptography=True)
        if certificate is None:
            raise TlsFailed("found no certificate of the peer")
        return certificate

    @property
    def version(self) -> str:
        """Name the version that was agreed, such as TLSv1.3."""
        return self._there().get_protocol_version_name()


def _accepting(context: SSL.Context) -> SSL.Connection:
    connection = SSL.Connection(context, None)
    connection.set_accept_state()
    return connection


def _resumes(connection: SSL.Connection) -> bool:
    """
    Say whether the handshake resumes a session, as far as it has come.

    pyOpenSSL does not offer SSL_session_reused(3), which says it; cryptography's bindings do.
    """
    return bool(SSL._lib.SSL_session_reused(connection._ssl))  # type: ignore[attr-defined]  # noqa: SLF001


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
