"""
MS-CHAPv2 as it is taken out of a request, and put into another for a server that checks it.

Challenge and response go on as they came. Version 1 and changes of a password are not relayed
(RFC 2548 section 2).
"""

from collections.abc import Iterable

from proxy.radius.packet import CREDENTIALS, VENDOR_SPECIFIC, Attribute, Packet
from proxy.radius.vendors import encode_vendor_attribute, vendor_attributes

MICROSOFT = 311
CHALLENGE, RESPONSE, ERROR, SUCCESS = 11, 25, 2, 26
"""MS-CHAP-Challenge, MS-CHAP2-Response, MS-CHAP-Error, MS-CHAP2-Success."""
SUCCESS_NUMBER = (MICROSOFT, SUCCESS)
SEND_KEY_NUMBER, RECEIVE_KEY_NUMBER = (MICROSOFT, 16), (MICROSOFT, 17)
"""MS-MPPE-Send-Key, MS-MPPE-Recv-Key (RFC 2548 section 2.4)."""
CHALLENGE_LENGTH, RESPONSE_LENGTH = 16, 50
"""RFC 2759 section 3, RFC 2548 section 2.3.2."""
KINDS = frozenset({1, 2, 3, 4, 5, 6, CHALLENGE, RESPONSE, SUCCESS, 27})
"""Microsoft's types of MS-CHAP: responses, challenge, error, success and password changes; others
of its attributes come with PAP too."""


def find_response(packet: Packet) -> bytes | None:
    """
    Give challenge and response of an Access-Request, in one; None: it is not just MS-CHAPv2.

    What this is not are version 1, the change of a password, and a request with a password too.
    """
    parts = [
        (kind, value)
        for attribute in packet.all(VENDOR_SPECIFIC)
        for vendor, kind, value in vendor_attributes(attribute)
        if vendor == MICROSOFT and kind in KINDS
    ]
    found = dict(parts)
    if len(parts) != len(found) or found.keys() != {CHALLENGE, RESPONSE}:
        return None
    challenge, response = found[CHALLENGE], found[RESPONSE]
    lengths = (len(challenge), len(response))
    if lengths != (CHALLENGE_LENGTH, RESPONSE_LENGTH) or CREDENTIALS & packet.firsts.keys():
        return None
    return challenge + response


def response_attributes(credentials: bytes) -> list[Attribute]:
    """Give the attributes of what `find_response` gave."""
    challenge, response = credentials[:CHALLENGE_LENGTH], credentials[CHALLENGE_LENGTH:]
    return [
        (VENDOR_SPECIFIC, encode_vendor_attribute(MICROSOFT, kind, value)[2:])
        for kind, value in ((CHALLENGE, challenge), (RESPONSE, response))
    ]


def find_error(attributes: Iterable[Attribute]) -> bytes | None:
    """
    Give the MS-CHAP-Error of an Access-Reject; None: there is none that a NAS should be given.

    After its first octet it is a text (RFC 2548 section 2.1.5).
    """
    for kind, attribute in attributes:
        if kind != VENDOR_SPECIFIC:
            continue
        for vendor, inner, value in vendor_attributes(attribute):
            if (vendor, inner) == (MICROSOFT, ERROR):
                text = value[1:]
                return value if text.isascii() and text.decode("ascii").isprintable() else None
    return None


def error_attribute(value: bytes) -> bytes:
    """Write an MS-CHAP-Error."""
    return encode_vendor_attribute(MICROSOFT, ERROR, value)
