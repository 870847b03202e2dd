"""
Whether a request is what its client sent, and replies that the client can trust (BlastRADIUS).

A request's Message-Authenticator is checked by the client's rule; its place in the request is never
judged. A reply carries Message-Authenticator as its first attribute, always (CVE-2024-3596).
"""

import hmac
from struct import Struct

from proxy.errors import PeerError
from proxy.radius.packet import (
    EAP_MESSAGE,
    HEADER_LENGTH,
    MAX_PACKET_LENGTH,
    MESSAGE_AUTHENTICATOR,
    MESSAGE_AUTHENTICATOR_LENGTH,
    PROXY_STATE,
    STATUS_SERVER,
    Packet,
)
from proxy.radius.shared_secret import SharedSecret

_HEAD = Struct("!BBH")
_LENGTH = Struct("!H")
_MESSAGE_AUTHENTICATOR_HEAD = bytes((MESSAGE_AUTHENTICATOR, MESSAGE_AUTHENTICATOR_LENGTH + 2))
_ZEROED = bytes(MESSAGE_AUTHENTICATOR_LENGTH)
SIGNED_HEAD_LENGTH = HEADER_LENGTH + len(_MESSAGE_AUTHENTICATOR_HEAD) + MESSAGE_AUTHENTICATOR_LENGTH
ROOM = MAX_PACKET_LENGTH - SIGNED_HEAD_LENGTH
"""Octets of attributes that a reply has room for beside its Message-Authenticator."""


class MissingMessageAuthenticator(PeerError):  # noqa: N818 - it names what was found
    """A request without a Message-Authenticator, where there must be one."""

    reason = "message-authenticator-missing"


class BadMessageAuthenticator(PeerError):  # noqa: N818 - it names what was found
    """A Message-Authenticator that was not made with our shared secret over these octets."""

    reason = "message-authenticator-wrong"


class UnprotectedProxyState(PeerError):  # noqa: N818 - it names what was found
    """A Proxy-State without Message-Authenticator: how BlastRADIUS smuggles its collision."""

    reason = "proxy-state-unprotected"


def check_request(
    packet: Packet,
    datagram: bytes,
    shared_secret: SharedSecret,
    *,
    require_message_authenticator: bool,
    limit_proxy_state: bool,
) -> None:
    """
    Check an Access-Request or Status-Server by its client's rule, in constant time.

    Args:
        datagram: the octets that *packet* was read from.

    Raises:
        MissingMessageAuthenticator: the client's rule, an EAP-Message (RFC 3579 section 3.2) or
            Status-Server (RFC 5997 section 3) wants one.
        BadMessageAuthenticator: whatever the rule, a wrong one is never passed.
        UnprotectedProxyState: *limit_proxy_state*, where none is required.
    """
    at = HEADER_LENGTH
    for kind, value in packet.attributes:
        if kind == MESSAGE_AUTHENTICATOR:
            _check_value(datagram, at + 2, value, shared_secret)
            return
        at += 2 + len(value)
    if require_message_authenticator or packet.code == STATUS_SERVER:
        raise MissingMessageAuthenticator("found no Message-Authenticator, wanted one")
    kinds = {kind for kind, _ in packet.attributes}
    if EAP_MESSAGE in kinds:
        raise MissingMessageAuthenticator("found EAP-Message without Message-Authenticator")
    if limit_proxy_state and PROXY_STATE in kinds:
        raise UnprotectedProxyState("found Proxy-State without Message-Authenticator")


def _check_value(datagram: bytes, at: int, value: bytes, shared_secret: SharedSecret) -> None:
    (length,) = _LENGTH.unpack_from(datagram, 2)
    zeroed = datagram[:at] + _ZEROED + datagram[at + MESSAGE_AUTHENTICATOR_LENGTH : length]
    if not hmac.compare_digest(shared_secret.message_authenticator(zeroed), value):
        raise BadMessageAuthenticator("found a Message-Authenticator of another secret or packet")


def sign_reply(
    code: int,
    identifier: int,
    request_authenticator: bytes,
    attributes: bytes,
    shared_secret: SharedSecret,
) -> bytes:
    """
    Write a reply: Message-Authenticator first, then *attributes*, Response Authenticator over all.

    Args:
        attributes: as they go on the wire, at most `ROOM` octets.

    RFC 2865 section 3, RFC 3579 section 3.2.
    """
    if len(attributes) > ROOM:
        raise ValueError(f"found {len(attributes)} octets of attributes, wanted at most {ROOM}")
    head = _HEAD.pack(code, identifier, SIGNED_HEAD_LENGTH + len(attributes))
    start = head + request_authenticator + _MESSAGE_AUTHENTICATOR_HEAD
    signature = shared_secret.message_authenticator(start + _ZEROED + attributes)
    signed = signature + attributes
    return b"".join(
        (
            head,
            shared_secret.response_authenticator(start + signed),
            _MESSAGE_AUTHENTICATOR_HEAD,
            signed,
        )
    )
