"""
A RADIUS packet: octets to a frozen value and back (RFC 2865 section 3).

Strict: what the RFC forbids is `MalformedPacket`, so that past this door a packet is a good packet.
Attributes keep their order; unknown ones pass. Nothing is checked here that needs the shared
secret: see `integrity`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from struct import Struct

from proxy.errors import PeerError

ACCESS_REQUEST = 1
ACCESS_ACCEPT = 2
ACCESS_REJECT = 3
ACCESS_CHALLENGE = 11
STATUS_SERVER = 12

USER_NAME = 1
USER_PASSWORD = 2
CHAP_PASSWORD = 3
NAS_IP_ADDRESS = 4
NAS_PORT = 5
SERVICE_TYPE = 6
FRAMED_MTU = 12
REPLY_MESSAGE = 18
STATE = 24
VENDOR_SPECIFIC = 26
SESSION_TIMEOUT = 27
CALLING_STATION_ID = 31
NAS_IDENTIFIER = 32
PROXY_STATE = 33
CHAP_CHALLENGE = 60
ARAP_PASSWORD = 70
PROMPT = 76
NAS_PORT_TYPE = 61
EAP_MESSAGE = 79
MESSAGE_AUTHENTICATOR = 80
NAS_IPV6_ADDRESS = 95

HEADER_LENGTH = 20
MAX_PACKET_LENGTH = 4096
MAX_VALUE_LENGTH = 253
MESSAGE_AUTHENTICATOR_LENGTH = 16
MAX_ATTRIBUTES = 200
"""Far above what any NAS sends; FreeRADIUS draws the line at the same number by default."""

AT_MOST_ONCE = frozenset(
    {USER_NAME, USER_PASSWORD, CHAP_PASSWORD, STATE, CHAP_CHALLENGE, MESSAGE_AUTHENTICATOR}
)
"""
Attributes that decide a login and may come once (RFC 2865 section 5.44, RFC 3579 section 3.3).

Others that should come once are no reason to discard: NASes repeat some, and nothing hangs on it.
"""

CREDENTIALS = frozenset({USER_PASSWORD, CHAP_PASSWORD, ARAP_PASSWORD, EAP_MESSAGE})
"""Of which a request holds one kind at most (RFC 3579 section 3.3, note 1)."""

_HEADER = Struct("!BBH16s")

Attribute = tuple[int, bytes]
"""Type and value; the value is at most 253 octets."""


class MalformedPacket(PeerError):  # noqa: N818 - it names what was found
    """Octets that are no RADIUS packet."""

    reason = "malformed"


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that keeps to RFC 2865 section 3."""

    code: int
    identifier: int
    authenticator: bytes
    """16 octets: the Request Authenticator of a request, the Response Authenticator of a reply."""
    attributes: tuple[Attribute, ...]
    firsts: Mapping[int, bytes] = field(init=False, compare=False, repr=False)
    """The value of the first attribute of each type that there is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "firsts", dict(reversed(self.attributes)))

    def first(self, kind: int) -> bytes | None:
        """Give the value of the first attribute of a type; None: there is none."""
        return self.firsts.get(kind)

    def all(self, kind: int) -> list[bytes]:
        """Give the values of a type, in order."""
        if kind not in self.firsts:
            return []
        return [value for found, value in self.attributes if found == kind]


def decode(datagram: bytes) -> Packet:
    """
    Read a packet; octets beyond its Length field are padding and ignored.

    Raises:
        MalformedPacket: the octets are no RADIUS packet, or hold attributes twice or together
            that may not be.
    """
    if len(datagram) < HEADER_LENGTH:
        raise MalformedPacket(f"found {len(datagram)} octets, wanted at least {HEADER_LENGTH}")
    code, identifier, length, authenticator = _HEADER.unpack_from(datagram)
    if not HEADER_LENGTH <= length <= MAX_PACKET_LENGTH:
        raise MalformedPacket(
            f"found Length {length}, wanted {HEADER_LENGTH} to {MAX_PACKET_LENGTH}"
        )
    if length > len(datagram):
        raise MalformedPacket(f"found {len(datagram)} octets, wanted Length {length}")
    attributes = _decode_attributes(datagram, length)
    packet = Packet(code, identifier, authenticator, tuple(attributes))
    _check_occurrences(packet)
    return packet


def _decode_attributes(datagram: bytes, end: int) -> list[Attribute]:
    # Differs from RFC 2865 section 5, which would have an attribute with a wrong Length answered
    # by an Access-Reject: because where an attribute's end is unknown, so is all that follows it,
    # Message-Authenticator included.
    attributes: list[Attribute] = []
    at = HEADER_LENGTH
    while at < end - 1:
        kind, length = datagram[at], datagram[at + 1]
        following = at + length
        if length < 2 or following > end:
            raise MalformedPacket(
                f"found attribute {kind} of Length {length}, wanted 2 to {end - at}"
            )
        attributes.append((kind, datagram[at + 2 : following]))
        at = following
    if at < end:
        raise MalformedPacket("found one octet after the last attribute, wanted none")
    if len(attributes) > MAX_ATTRIBUTES:
        raise MalformedPacket(f"found more than {MAX_ATTRIBUTES} attributes")
    return attributes


def _check_occurrences(packet: Packet) -> None:
    firsts = packet.firsts
    if len(firsts) < len(packet.attributes):
        for kind in AT_MOST_ONCE:
            if len(packet.all(kind)) > 1:
                raise MalformedPacket(f"found attribute {kind} more than once")
    if len(CREDENTIALS & firsts.keys()) > 1:
        raise MalformedPacket("found credentials of more than one kind")
    signature = firsts.get(MESSAGE_AUTHENTICATOR)
    if signature is not None and len(signature) != MESSAGE_AUTHENTICATOR_LENGTH:
        raise MalformedPacket(
            f"found Message-Authenticator of Length {len(signature) + 2}, wanted 18"
        )


def encode_attribute(kind: int, value: bytes) -> bytes:
    """Write one attribute. Raises ValueError: *value* is longer than 253 octets."""
    if len(value) > MAX_VALUE_LENGTH:
        raise ValueError(f"found {len(value)} octets, wanted at most {MAX_VALUE_LENGTH}")
    return bytes((kind, len(value) + 2)) + value


def encode_attributes(attributes: Iterable[Attribute]) -> bytes:
    """Write attributes in their order."""
    return b"".join([encode_attribute(kind, value) for kind, value in attributes])


def encode(packet: Packet) -> bytes:
    """Write a packet as it stands, unsigned. Raises ValueError: it is longer than 4096 octets."""
    body = encode_attributes(packet.attributes)
    length = HEADER_LENGTH + len(body)
    if length > MAX_PACKET_LENGTH:
        raise ValueError(f"found {length} octets, wanted at most {MAX_PACKET_LENGTH}")
    return _HEADER.pack(packet.code, packet.identifier, length, packet.authenticator) + body
