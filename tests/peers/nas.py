"""
A small NAS for tests: builds requests and reads replies with struct, hashlib and hmac alone.

It shares no code with the product, so that a fault of the codec cannot hide in both. Identifier,
authenticator and source port are chosen by the test; replies are verified before they are believed.
"""

import hashlib
import hmac
import os
import socket
import struct
from dataclasses import dataclass, field
from typing import Self

ACCESS_REQUEST = 1
ACCESS_ACCEPT = 2
ACCESS_REJECT = 3
ACCESS_CHALLENGE = 11
STATUS_SERVER = 12

USER_NAME = 1
USER_PASSWORD = 2
NAS_PORT = 5
REPLY_MESSAGE = 18
STATE = 24
CALLING_STATION_ID = 31
NAS_IDENTIFIER = 32
PROXY_STATE = 33
EAP_MESSAGE = 79
MESSAGE_AUTHENTICATOR = 80

Attributes = list[tuple[int, bytes]]


def attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value


def hide_password(password: bytes, secret: bytes, authenticator: bytes) -> bytes:
    """RFC 2865 section 5.2."""
    padded = password + bytes(-len(password) % 16) if password else bytes(16)
    hidden, vector = b"", authenticator
    for at in range(0, len(padded), 16):
        stream = hashlib.md5(secret + vector).digest()
        vector = bytes(a ^ b for a, b in zip(padded[at : at + 16], stream, strict=True))
        hidden += vector
    return hidden


def request(
    secret: bytes,
    attributes: Attributes,
    *,
    code: int = ACCESS_REQUEST,
    identifier: int = 1,
    authenticator: bytes | None = None,
    password: bytes | None = None,
    signed: bool = True,
) -> bytes:
    """Build a request; *password* becomes User-Password, *signed* puts Message-Authenticator first."""
    authenticator = os.urandom(16) if authenticator is None else authenticator
    body = b"".join(attribute(kind, value) for kind, value in attributes)
    if password is not None:
        body += attribute(USER_PASSWORD, hide_password(password, secret, authenticator))
    if signed:
        body = attribute(MESSAGE_AUTHENTICATOR, bytes(16)) + body
    packet = struct.pack("!BBH", code, identifier, 20 + len(body)) + authenticator + body
    if signed:
        packet = packet[:22] + hmac.digest(secret, packet, "md5") + packet[38:]
    return packet


@dataclass
class Reply:
    """A reply whose two signatures are right and whose first attribute is Message-Authenticator."""

    code: int
    identifier: int
    attributes: Attributes = field(default_factory=list)

    def values(self, kind: int) -> list[bytes]:
        return [value for found, value in self.attributes if found == kind]

    @property
    def text(self) -> str:
        return b"".join(self.values(REPLY_MESSAGE)).decode()

    @property
    def state(self) -> bytes:
        (state,) = self.values(STATE)
        return state


def read_reply(octets: bytes, sent: bytes, secret: bytes) -> Reply:
    """Verify and read a reply to *sent*; an assertion fails where it must not be believed."""
    code, identifier, length = struct.unpack("!BBH", octets[:4])
    assert length == len(octets), "Length and datagram differ"
    assert identifier == sent[1], "the reply has another Identifier"
    head, body = octets[:4] + sent[4:20], octets[20:]
    response = hashlib.md5(head + body + secret).digest()
    assert hmac.compare_digest(response, octets[4:20]), "wrong Response Authenticator"
    assert body[:2] == b"\x50\x12", "Message-Authenticator is not the first attribute"
    expected = hmac.digest(secret, head + body[:2] + bytes(16) + body[18:], "md5")
    assert hmac.compare_digest(expected, body[2:18]), "wrong Message-Authenticator"
    attributes, at = [], 0
    while at < len(body):
        kind, size = body[at], body[at + 1]
        attributes.append((kind, body[at + 2 : at + size]))
        at += size
    return Reply(code, identifier, attributes)


class Nas:
    """
    A NAS on a UDP port of its own, for servers in another process: its calls block.

    `source` may be a second loopback address; a new Nas is a new source port.
    """

    def __init__(self, secret: bytes, server: tuple[str, int], source: str | None = None) -> None:
        self.secret = secret
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        if source is not None:
            self._socket.bind((source, 0))
        self._socket.connect(server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, octets: bytes) -> None:
        self._socket.send(octets)

    def receive(self, timeout: float = 5.0) -> bytes | None:
        """Wait for one datagram; None: none came in time."""
        self._socket.settimeout(timeout)
        try:
            return self._socket.recv(8192)
        except TimeoutError:
            return None

    def hear(self, sent: bytes, timeout: float = 5.0) -> Reply | None:
        """Wait for the verified reply to what was sent; None: none came in time."""
        octets = self.receive(timeout)
        return None if octets is None else read_reply(octets, sent, self.secret)

    def ask(self, sent: bytes, timeout: float = 5.0) -> Reply | None:
        """Send and wait for the verified reply; None: none came in time."""
        self.send(sent)
        return self.hear(sent, timeout)
