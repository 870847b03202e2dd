"""A RADIUS server for tests of clients: signs replies by itself, and answers as it was told."""

import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Callable

from tests.peers.nas import Attributes, attribute

Answering = Callable[[bytes], bytes | None]
"""Gives the reply to a request, or None for silence."""


def reply(
    secret: bytes, request: bytes, code: int, attributes: Attributes, *, signed: bool = True
) -> bytes:
    """Build a reply; *signed* puts Message-Authenticator first (RFC 3579 section 3.2)."""
    body = b"".join(attribute(kind, value) for kind, value in attributes)
    if signed:
        body = attribute(80, bytes(16)) + body
    head = struct.pack("!BBH", code, request[1], 20 + len(body))
    if signed:
        value = hmac.digest(secret, head + request[4:20] + body, "md5")
        body = body[:2] + value + body[18:]
    return head + hashlib.md5(head + request[4:20] + body + secret).digest() + body


def attributes_of(packet: bytes) -> Attributes:
    """Give a packet's attributes in order."""
    found, at = [], 20
    while at < len(packet):
        found.append((packet[at], packet[at + 2 : at + packet[at + 1]]))
        at += packet[at + 1]
    return found


class RadiusServer:
    """A server on a loopback port of its own, in a thread; keeps every request."""

    def __init__(self, answering: Answering, host: str = "127.0.0.1") -> None:
        self.requests: list[bytes] = []
        self._answering = answering
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "RadiusServer":  # noqa: PYI034 - a fake is not subclassed
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(self._socket.family, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while request := (received := self._socket.recvfrom(8192))[0]:
            self.requests.append(request)
            octets = self._answering(request)
            if octets is not None:
                self._socket.sendto(octets, received[1])
