"""Devices on a Wi-Fi that keep their sessions, and their access point: EAP-TTLS with PAP."""

import hmac
import os
import socket
from contextlib import suppress
from typing import Final, Self

from OpenSSL import SSL

from benchmarks.load import SECRET
from proxy.eap import packet
from proxy.eap.fragments import START, Assembly, cut, read_piece
from proxy.eap.packet import IDENTITY, TTLS
from proxy.eap.ttls import USER_NAME, USER_PASSWORD, encode_pair

ACCEPT, REJECT, CHALLENGE = 2, 3, 11
_STATE, _EAP_MESSAGE, _MESSAGE_AUTHENTICATOR = 24, 79, 80
_CALLED: Final = b"AA-BB-CC-DD-EE-FF:corp"
_FRAGMENT: Final = 1_000
_PATIENCE: Final = 5.0


class NotLetIn(Exception):  # noqa: N818 - it names what happened
    """A device that was refused."""


class AccessPoint:
    """A NAS with a socket of its own; a context manager that closes it."""

    def __init__(self, source: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((source, 0))
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(_PATIENCE)
        self._identifier = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, station: bytes, eap: bytes, state: bytes) -> tuple[int, bytes, bytes]:
        """Send a response of a device; give code, EAP and State of the reply."""
        self._identifier = (self._identifier + 1) % 256
        pairs = [(1, b"anonymous"), (30, _CALLED), (31, station)]
        pairs += [(_EAP_MESSAGE, eap[at : at + 253]) for at in range(0, len(eap), 253)]
        if state:
            pairs.append((_STATE, state))
        body = b"".join(bytes((kind, len(value) + 2)) + value for kind, value in pairs)
        body += bytes((_MESSAGE_AUTHENTICATOR, 18)) + bytes(16)
        head = bytes((1, self._identifier)) + (20 + len(body)).to_bytes(2, "big") + os.urandom(16)
        digest = hmac.digest(SECRET.encode(), head + body, "md5")
        self._socket.send(head + body[:-16] + digest)
        reply = self._socket.recv(4096)
        said, state, at = b"", b"", 20
        while at < len(reply):
            kind, value = reply[at], reply[at + 2 : at + reply[at + 1]]
            said += value if kind == _EAP_MESSAGE else b""
            state = value if kind == _STATE else state
            at += reply[at + 1]
        return reply[0], said, state


class Device:
    """One device with its person's name and password, on TLS 1.3."""

    def __init__(self, number: int, name: str) -> None:
        self._station = f"02-00-00-00-{number // 256:02X}-{number % 256:02X}".encode()
        self._name = name.encode()
        self._context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        self._context.set_min_proto_version(SSL.TLS1_3_VERSION)
        self._session: SSL.Session | None = None

    def forget(self) -> None:
        """Begin anew, as after a restart."""
        self._session = None

    def log_in(self, at: AccessPoint, password: str) -> None:
        """Be let in, and keep the session. Raises NotLetIn."""
        tls = SSL.Connection(self._context, None)
        tls.set_connect_state()
        if self._session is not None:
            tls.set_session(self._session)
        inner = encode_pair(USER_NAME, self._name)
        padded = password.encode()
        inner += encode_pair(USER_PASSWORD, padded + bytes(-len(padded) % 16))
        assembly, waiting = Assembly(), list[bytes]()
        code, asked, state = at.ask(self._station, _response(0, IDENTITY, b"anonymous"), b"")
        while code == CHALLENGE:
            if waiting:
                data = waiting.pop(0)
            else:
                message = b"" if asked[5] == START else assembly.add(read_piece(asked[5:]))
                if message is None:
                    data = b"\0"
                else:
                    inner, flight = _flight(tls, message, inner)
                    data, *waiting = cut(flight, _FRAGMENT)
            code, asked, state = at.ask(self._station, _response(asked[1], TTLS, data), state)
        if code != ACCEPT:
            raise NotLetIn(f"found code {code}")
        with suppress(SSL.WantReadError):
            tls.recv(1)
        self._session = tls.get_session()
        tls.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)


def _response(identifier: int, type_: int, data: bytes) -> bytes:
    length = (5 + len(data)).to_bytes(2, "big")
    return bytes((packet.RESPONSE, identifier)) + length + bytes((type_,)) + data


def _flight(tls: SSL.Connection, message: bytes, inner: bytes) -> tuple[bytes, bytes]:
    """Go on with TLS; give what is still to be said inside, and what is sent."""
    if message:
        tls.bio_write(message)
    with suppress(SSL.WantReadError):
        tls.do_handshake()
        output = _output(tls)
        if output or not inner:
            return inner, output
        with suppress(SSL.WantReadError):
            if tls.recv(1):  # the result: the session serves
                return b"", b""
        tls.sendall(inner)
        return b"", _output(tls)
    return inner, _output(tls)


def _output(tls: SSL.Connection) -> bytes:
    try:
        return tls.bio_read(1 << 16)
    except SSL.WantReadError:
        return b""
