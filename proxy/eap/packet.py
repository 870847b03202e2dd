"""EAP packets (RFC 3748 section 4): code, identifier, type and data."""

from dataclasses import dataclass
from typing import Final

from proxy.errors import PeerError

REQUEST: Final = 1
RESPONSE: Final = 2
SUCCESS: Final = 3
FAILURE: Final = 4

IDENTITY: Final = 1
NOTIFICATION: Final = 2
NAK: Final = 3
GTC: Final = 6
TLS: Final = 13
TTLS: Final = 21
PEAP: Final = 25
MSCHAPV2: Final = 26
EXPANDED: Final = 254

HEADER_LENGTH: Final = 4
MAX_LENGTH: Final = 4096
"""Octets; what RADIUS carries is shorter."""


class MalformedEap(PeerError):  # noqa: N818 - it names what was found
    """Octets that are no EAP response."""

    reason = "malformed-eap"


@dataclass(frozen=True, slots=True)
class Response:
    """What a peer answers."""

    identifier: int
    type: int
    data: bytes
    """What follows the type."""


def decode_response(octets: bytes) -> Response:
    """
    Read a response of a peer.

    Args:
        octets: all EAP-Message attributes of a RADIUS packet, one after the other.

    Raises:
        MalformedEap: it is no response, has no type, or its length is not that of the octets.

    RFC 3748 section 4.1; padding behind the length is refused: RADIUS has none.
    """
    if not HEADER_LENGTH < len(octets) <= MAX_LENGTH:
        raise MalformedEap(f"found {len(octets)} octets, wanted 5 to {MAX_LENGTH}")
    code, identifier, length = octets[0], octets[1], int.from_bytes(octets[2:4], "big")
    if code != RESPONSE:
        raise MalformedEap(f"found EAP code {code}, wanted a response")
    if length != len(octets):
        raise MalformedEap(f"found {len(octets)} octets in a packet of {length}")
    return Response(identifier, octets[4], octets[5:])


def encode_request(identifier: int, type_: int, data: bytes) -> bytes:
    """
    Write a request.

    Raises:
        ValueError: more than 4096 octets.
    """
    length = HEADER_LENGTH + 1 + len(data)
    if length > MAX_LENGTH:
        raise ValueError(f"found {length} octets, wanted at most {MAX_LENGTH}")
    return bytes((REQUEST, identifier)) + length.to_bytes(2, "big") + bytes((type_,)) + data


def encode_success(identifier: int) -> bytes:
    """Write EAP-Success; *identifier* is that of the last response (RFC 3748 section 4.2)."""
    return bytes((SUCCESS, identifier, 0, HEADER_LENGTH))


def encode_failure(identifier: int) -> bytes:
    """Write EAP-Failure; *identifier* is that of the last response (RFC 3748 section 4.2)."""
    return bytes((FAILURE, identifier, 0, HEADER_LENGTH))
