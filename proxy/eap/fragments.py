"""
TLS data in EAP packets, in pieces (RFC 5216 section 3.1; RFC 5281 section 9.2; PEAPv0 alike).

The data of a packet begins with flags: L, the length of the whole message follows in 4 octets; M,
more pieces come; S, start. The other bits are the version, which is 0.
"""

from dataclasses import dataclass
from typing import Final

from proxy.errors import PeerError

LENGTH: Final = 0x80
MORE: Final = 0x40
START: Final = 0x20
VERSION: Final = 0x07

MAX_MESSAGE: Final = 65_536
"""Octets of one message of a peer, all its pieces together."""
MAX_HELLO: Final = 8_192
"""Octets of a peer's first message, a ClientHello: those with post-quantum shares have 2,000, and
whoever says hello has proved nothing yet."""
MAX_PIECES: Final = 128
"""Pieces of one message: nobody needs packets of less than half a kilobyte."""


class BadFragment(PeerError):  # noqa: N818 - it names what was found
    """Pieces that do not become a message."""

    reason = "bad-fragment"


@dataclass(frozen=True, slots=True)
class Piece:
    """The data of one packet, read."""

    length: int | None
    """Octets of the whole message, where this packet tells."""
    more: bool
    data: bytes


def read_piece(data: bytes) -> Piece:
    """
    Read the data of a response. Raises BadFragment.

    A peer sends no start (RFC 5216 section 3.1) and speaks version 0.
    """
    if not data:
        raise BadFragment("found no flags")
    flags = data[0]
    if flags & START:
        raise BadFragment("found a start from a peer")
    if flags & VERSION:
        raise BadFragment(f"found version {flags & VERSION}, wanted 0")
    more = bool(flags & MORE)
    if not flags & LENGTH:
        return Piece(None, more, data[1:])
    if len(data) < 5:
        raise BadFragment("found no length, wanted 4 octets")
    return Piece(int.from_bytes(data[1:5], "big"), more, data[5:])


class Assembly:
    """
    Puts the pieces of one message after another together.

    Args:
        most: octets of one message.
    """

    def __init__(self, most: int = MAX_MESSAGE) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._octets = 0
        self._length: int | None = None

    def add(self, piece: Piece) -> bytes | None:
        """
        Take a piece; give the message when it is whole, None: more is to come.

        Raises:
            BadFragment: the pieces are too many or too long, or not as long as was told.
        """
        if piece.length is not None:
            if self._length not in (None, piece.length):
                raise BadFragment("found two lengths for one message")
            if piece.length > self._most:
                raise BadFragment(f"found {piece.length} octets, wanted at most {self._most}")
            self._length = piece.length
        if piece.more and not piece.data:
            raise BadFragment("found an empty piece of a longer message")
        self._pieces.append(piece.data)
        self._octets += len(piece.data)
        most = self._most if self._length is None else self._length
        if self._octets > most or len(self._pieces) > MAX_PIECES:
            raise BadFragment(f"found more than {most} octets in {len(self._pieces)} pieces")
        if piece.more:
            return None
        if self._length not in (None, self._octets):
            raise BadFragment(f"found {self._octets} octets, wanted {self._length}")
        message = b"".join(self._pieces)
        self._pieces, self._octets, self._length = [], 0, None
        return message

    @property
    def begun(self) -> bool:
        """A message is there in part."""
        return bool(self._pieces)


def cut(message: bytes, size: int) -> list[bytes]:
    """
    Write a message as the data of as many packets as it takes, at least one.

    Args:
        size: octets of the largest packet's data, flags and length included; more than 5.
    """
    if len(message) < size:
        return [b"\0" + message]
    first = size - 5
    pieces = [message[:first]]
    pieces += [message[at : at + size - 1] for at in range(first, len(message), size - 1)]
    head = bytes((LENGTH | MORE,)) + len(message).to_bytes(4, "big")
    middle = [bytes((MORE,)) + piece for piece in pieces[1:-1]]
    return [head + pieces[0], *middle, b"\0" + pieces[-1]]
