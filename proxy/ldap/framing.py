"""
A stream of octets, cut into LDAP messages.

A length beyond the limit is refused as soon as it is declared, before its octets are waited for.
However the stream is split, each octet is copied a fixed number of times.
"""

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage

MESSAGE_LIMIT = 4 * 1024 * 1024
"""Octets of one message: an entry with some thousand groups of some hundred octets each."""


class Framer:
    """Collects what a connection receives and gives it back as whole messages."""

    __slots__ = ("_buffer", "_limit", "_wanted")

    def __init__(self, limit: int = MESSAGE_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._wanted = 0

    @property
    def unread(self) -> int:
        """How many octets of an unfinished message have come."""
        return len(self._buffer)

    def feed(self, octets: bytes) -> list[bytes]:
        """
        Take received octets; give the messages that are whole by now.

        Raises:
            MalformedMessage: the stream cannot be followed any further.
        """
        if self._buffer:
            self._buffer += octets
            if len(self._buffer) < self._wanted:
                return []
            octets = bytes(self._buffer)
            self._buffer.clear()
        messages = []
        at, known = 0, len(octets)
        while at < known:
            end = self._end(octets, at)
            if end > known:
                self._buffer += octets[at:]
                self._wanted = end - at
                break
            messages.append(octets[at:end])
            at = end
        return messages

    def _end(self, octets: bytes, at: int) -> int:
        """Say where the message that begins at *at* ends, or how far at least must be known."""
        known = len(octets) - at
        if octets[at] != ber.SEQUENCE:
            raise MalformedMessage(f"found tag {octets[at]:#04x}, wanted a message")
        if known < 2:
            return at + 2
        length = octets[at + 1]
        if length < 0x80:
            return at + 2 + length
        count = length & 0x7F
        if not 0 < count <= ber.LENGTH_OCTETS:
            raise MalformedMessage(f"found a length of {count} octets, wanted 1 to 4")
        start = at + 2 + count
        # What is known of a length may already be too much: leading octets weigh most.
        declared = int.from_bytes(octets[at + 2 : start], "big") << 8 * max(0, 2 + count - known)
        if declared > self._limit:
            raise MalformedMessage(f"found a message of {declared}, wanted at most {self._limit}")
        return start if known < 2 + count else start + declared
