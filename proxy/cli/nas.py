"""
A NAS for a terminal: one Access-Request at a time over UDP, blocking, with pyrad's packets.

Message-Authenticator goes first in every request; a reply without a right one is no reply. The same
packet is sent again while no reply comes, as a NAS does.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from pyrad import packet as pyrad
from pyrad.dictionary import Dictionary

from proxy.radius.definitions import STANDARD, VENDORS
from proxy.radius.packet import MAX_PACKET_LENGTH, STATE, VENDOR_SPECIFIC

Outcome = Literal["accept", "reject", "challenge"]

_OUTCOMES: dict[int, Outcome] = {
    pyrad.AccessAccept: "accept",
    pyrad.AccessReject: "reject",
    pyrad.AccessChallenge: "challenge",
}
_OF_THE_PROTOCOL = frozenset({"State", "Proxy-State", "Message-Authenticator"})
"""Attributes that say nothing to a person."""


class BadRequest(ValueError):  # noqa: N818 - it names what was found
    """Something that cannot stand in an Access-Request; the message says what was found."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A verified reply, as texts."""

    outcome: Outcome
    messages: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    """Names and values, but for Reply-Message and what is the protocol's own."""
    state: bytes | None
    hidden: bool
    """The answer to the challenge should not be shown while it is typed (RFC 2869 section 5.10)."""


class Udp:
    """
    Where requests go.

    Args:
        timeout: seconds to wait for the reply to one request, all its transmissions together.
        retries: how often a request is sent again.
    """

    def __init__(self, server: tuple[str, int], *, timeout: float, retries: int) -> None:
        self._server = server
        self._timeout = timeout
        self._transmissions = retries + 1

    def exchange(self, octets: bytes) -> Iterator[bytes]:
        """
        Send the same octets at even intervals, give every datagram that comes until the time ends.

        Raises OSError: the server's name is not known, or nothing can be sent to it.
        """
        family, kind, protocol, _, address = socket.getaddrinfo(
            *self._server, type=socket.SOCK_DGRAM
        )[0]
        start = monotonic()
        with socket.socket(family, kind, protocol) as sock:
            sock.connect(address)
            for transmission in range(1, self._transmissions + 1):
                _send(sock, octets)
                yield from _received(
                    sock, start + self._timeout * transmission / self._transmissions
                )


def _send(sock: socket.socket, octets: bytes) -> None:
    try:
        sock.send(octets)
    except ConnectionError:
        sock.send(octets)  # the error was of the transmission before, told once and gone


def _received(sock: socket.socket, until: float) -> Iterator[bytes]:
    while (left := until - monotonic()) > 0:
        sock.settimeout(left)
        try:
            yield sock.recv(MAX_PACKET_LENGTH)
        except TimeoutError:
            return
        except ConnectionError:
            continue  # an ICMP error: the server may not be there yet


class Nas:
    """
    What every request of one login has in common.

    Args:
        attributes: names and values as the dictionary has them.
    """

    def __init__(self, udp: Udp, secret: bytes, attributes: Sequence[tuple[str, str]]) -> None:
        self._udp = udp
        self._secret = secret
        self._attributes = attributes
        self._dictionary = Dictionary(str(STANDARD), str(VENDORS))

    def ask(self, username: str, password: str, state: bytes | None = None) -> Reply | None:
        """
        Send one Access-Request and wait for its reply; None: none came in time.

        Raises:
            BadRequest: a name, a value or the password cannot be sent.
            OSError: see `Udp.exchange`.
        """
        request = self._request(username, password, state)
        for datagram in self._udp.exchange(request.RequestPacket()):
            reply = self._verified(request, datagram)
            if reply is not None:
                return reply
        return None

    def _request(self, username: str, password: str, state: bytes | None) -> pyrad.AuthPacket:
        request = pyrad.AuthPacket(
            id=os.urandom(1)[0],
            secret=self._secret,
            authenticator=os.urandom(16),
            dict=self._dictionary,
            message_authenticator=True,
        )
        try:
            request.AddAttribute("User-Name", username)
            request["User-Password"] = request.PwCrypt(password)
        except ValueError as error:
            raise BadRequest(f"name or password: {error}") from error
        for name, value in self._attributes:
            try:
                request.AddAttribute(name, value)
            except KeyError:
                raise BadRequest(f"found attribute {name}, which no dictionary has") from None
            except (ValueError, TypeError) as error:
                raise BadRequest(f"found {value!r} for {name}: {error}") from error
        if state is not None:
            request[STATE] = [state]
        return request

    def _verified(self, request: pyrad.AuthPacket, datagram: bytes) -> Reply | None:
        try:
            reply = request.CreateReply(packet=datagram)
            if not request.VerifyReply(reply, datagram, enforce_ma=True):
                return None
        except pyrad.PacketError:
            return None
        reply.request_authenticator = request.authenticator
        outcome = _OUTCOMES.get(reply.code)
        return None if outcome is None else _as_texts(outcome, reply)


def _as_texts(outcome: Outcome, reply: pyrad.Packet) -> Reply:
    attributes = [(_name(key), value) for key in reply.keys() for value in _texts(reply, key)]  # noqa: SIM118 - keys() has the names
    states = reply.get(STATE)
    return Reply(
        outcome=outcome,
        messages=tuple(value for name, value in attributes if name == "Reply-Message"),
        attributes=tuple(
            (name, value)
            for name, value in attributes
            if name != "Reply-Message" and name not in _OF_THE_PROTOCOL
        ),
        state=states[0] if states else None,
        hidden=("Prompt", "No-Echo") in attributes,
    )


def _name(key: str | int | tuple[int, ...]) -> str:
    """Name an attribute; one that no dictionary has by its numbers: `241`, `26.64999.1`."""
    if isinstance(key, tuple):
        return ".".join(map(str, (VENDOR_SPECIFIC, *key)))
    return str(key)


def _texts(reply: pyrad.Packet, key: str | int | tuple[int, ...]) -> list[str]:
    try:
        values = reply[key]
    except (ValueError, pyrad.PacketError):
        return ["a value that is not of the attribute's type"]
    return [_octets(value) if isinstance(value, bytes) else str(value) for value in values]


def _octets(value: bytes) -> str:
    """Show octets that are a text as one (a Class that an operator wrote), others as hex digits."""
    text = value.decode(errors="replace")
    return text if text.isprintable() and "\ufffd" not in text else f"0x{value.hex()}"
