"""
What this server asks of another RADIUS server, and whether what comes back is its answer.

A request carries Message-Authenticator as its first attribute, always. An answer is believed only
if it fits the request in Identifier, Response Authenticator and Message-Authenticator (RFC 2865
section 3, RFC 3579 section 3.2, CVE-2024-3596); whatever does not is no answer at all.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from proxy.errors import PeerError
from proxy.radius.integrity import BadMessageAuthenticator, MissingMessageAuthenticator
from proxy.radius.packet import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    ACCESS_REQUEST,
    EAP_MESSAGE,
    HEADER_LENGTH,
    MAX_PACKET_LENGTH,
    MESSAGE_AUTHENTICATOR,
    MESSAGE_AUTHENTICATOR_LENGTH,
    STATUS_SERVER,
    USER_PASSWORD,
    Attribute,
    Packet,
    decode,
    encode_attributes,
)
from proxy.radius.password import hide_password
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret

AUTHENTICATOR_LENGTH = 16
ANSWERS = {
    ACCESS_REQUEST: frozenset({ACCESS_ACCEPT, ACCESS_REJECT, ACCESS_CHALLENGE}),
    STATUS_SERVER: frozenset({ACCESS_ACCEPT}),
}
"""The codes that answer a request's code (RFC 2865 section 4, RFC 5997 section 3)."""

_HEAD = Struct("!BBH")
_LENGTH = Struct("!H")
_SIGNATURE_HEAD = bytes((MESSAGE_AUTHENTICATOR, MESSAGE_AUTHENTICATOR_LENGTH + 2))
_ZEROED = bytes(MESSAGE_AUTHENTICATOR_LENGTH)


class NotAnAnswer(PeerError):  # noqa: N818 - it names what was found
    """A packet that answers another request, or is of a code that answers none."""

    reason = "not-an-answer"


class BadResponseAuthenticator(PeerError):  # noqa: N818 - it names what was found
    """A packet that was not made with our shared secret in answer to this request."""

    reason = "response-authenticator-wrong"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went on the wire; repeated, it is the same octets."""

    identifier: int
    authenticator: bytes
    """The Request Authenticator: 16 random octets."""
    octets: bytes

    @property
    def code(self) -> int:
        """Give the packet's code."""
        return self.octets[0]


def write_request(
    code: int,
    identifier: int,
    authenticator: bytes,
    attributes: Iterable[Attribute],
    shared_secret: SharedSecret,
    password: Secret | None = None,
) -> Sent:
    """
    Write an Access-Request or Status-Server.

    Args:
        authenticator: 16 octets that nobody can foretell.
        password: goes hidden, as the last attribute; None: none does.

    Raises:
        ValueError: the password has more than 128 octets, or all of it more than 4096.
    """
    body = encode_attributes(attributes)
    if password is not None:
        hidden = hide_password(password.reveal(), shared_secret, authenticator)
        body += encode_attributes([(USER_PASSWORD, hidden)])
    length = HEADER_LENGTH + len(_SIGNATURE_HEAD) + len(_ZEROED) + len(body)
    if length > MAX_PACKET_LENGTH:
        raise ValueError(f"found {length} octets, wanted at most {MAX_PACKET_LENGTH}")
    start = _HEAD.pack(code, identifier, length) + authenticator + _SIGNATURE_HEAD
    signature = shared_secret.message_authenticator(start + _ZEROED + body)
    return Sent(identifier, authenticator, start + signature + body)


def read_answer(
    datagram: bytes,
    sent: Sent,
    shared_secret: SharedSecret,
    *,
    require_message_authenticator: bool = True,
) -> Packet:
    """
    Read the answer to a request; both authenticators are compared in constant time.

    Args:
        require_message_authenticator: False: an answer may have none, but never a wrong one; one
            with EAP-Message must have one all the same (RFC 3579 section 3.2).

    Raises:
        MalformedPacket: it is no RADIUS packet.
        NotAnAnswer: its Identifier or code answers another request.
        BadResponseAuthenticator: it was made with another secret or for another request.
        MissingMessageAuthenticator: it has none, where it must.
        BadMessageAuthenticator: it has a wrong one.
    """
    packet = decode(datagram)
    if packet.identifier != sent.identifier or packet.code not in ANSWERS[sent.code]:
        raise NotAnAnswer(f"found code {packet.code}, Identifier {packet.identifier}")
    (length,) = _LENGTH.unpack_from(datagram, 2)
    body = datagram[HEADER_LENGTH:length]
    signed = datagram[:4] + sent.authenticator + body
    expected = shared_secret.response_authenticator(signed)
    if not hmac.compare_digest(expected, packet.authenticator):
        raise BadResponseAuthenticator("found a Response Authenticator of another secret")
    _check_signature(packet, signed, shared_secret, required=require_message_authenticator)
    return packet


def _check_signature(
    packet: Packet, signed: bytes, shared_secret: SharedSecret, *, required: bool
) -> None:
    at = HEADER_LENGTH + 2
    for kind, value in packet.attributes:
        if kind == MESSAGE_AUTHENTICATOR:
            zeroed = signed[:at] + _ZEROED + signed[at + MESSAGE_AUTHENTICATOR_LENGTH :]
            if not hmac.compare_digest(shared_secret.message_authenticator(zeroed), value):
                raise BadMessageAuthenticator("found a Message-Authenticator of another secret")
            return
        at += 2 + len(value)
    if required or EAP_MESSAGE in packet.firsts:
        raise MissingMessageAuthenticator("found no Message-Authenticator, wanted one")
