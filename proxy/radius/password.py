"""
How RADIUS hides values under the shared secret: User-Password, and the salted attributes.

Both are MD5 keystreams chained over 16-octet blocks; they hide, they do not protect: what protects
is Message-Authenticator.
"""

from proxy.errors import PeerError
from proxy.radius.shared_secret import SharedSecret

BLOCK = 16
MAX_PASSWORD_LENGTH = 128
SALT_LENGTH = 2
MAX_SALTED_LENGTH = 239
"""A value of 253 octets, less tag and salt, in whole blocks, less the length octet."""


class MalformedAttribute(PeerError):  # noqa: N818 - it names what was found
    """A hidden value of a length that hiding cannot give, or that was not hidden by our secret."""

    reason = "malformed-attribute"


def hide_password(
    password: bytes, shared_secret: SharedSecret, request_authenticator: bytes
) -> bytes:
    """
    Hide User-Password; an empty one fills a block too.

    Raises:
        ValueError: *password* is longer than 128 octets.

    RFC 2865 section 5.2.
    """
    if len(password) > MAX_PASSWORD_LENGTH:
        raise ValueError(f"found {len(password)} octets, wanted at most {MAX_PASSWORD_LENGTH}")
    return _hide(_padded(password), shared_secret, request_authenticator)


def reveal_password(
    hidden: bytes, shared_secret: SharedSecret, request_authenticator: bytes
) -> bytes:
    """
    Undo the hiding of User-Password; the NULs at its end are padding and go.

    Args:
        hidden: 16 to 128 octets, a multiple of 16.

    Raises:
        MalformedAttribute: *hidden* has another length.

    RFC 2865 section 5.2.
    """
    if not 0 < len(hidden) <= MAX_PASSWORD_LENGTH or len(hidden) % BLOCK:
        raise MalformedAttribute(
            f"found User-Password of {len(hidden)} octets, wanted 16 to 128 in blocks of 16"
        )
    return _reveal(hidden, shared_secret, request_authenticator).rstrip(b"\0")


def hide_salted(
    plain: bytes, shared_secret: SharedSecret, request_authenticator: bytes, salt: bytes
) -> bytes:
    """
    Hide the value of a salted attribute: the salt, then the hidden octets.

    Args:
        plain: at most 239 octets.
        salt: 2 octets, the highest bit set, not used twice in one packet.

    Raises:
        ValueError: *plain* is too long.

    RFC 2868 section 3.5.
    """
    if len(plain) > MAX_SALTED_LENGTH:
        raise ValueError(f"found {len(plain)} octets, wanted at most {MAX_SALTED_LENGTH}")
    padded = _padded(bytes((len(plain),)) + plain)
    return salt + _hide(padded, shared_secret, request_authenticator + salt)


def reveal_salted(
    hidden: bytes, shared_secret: SharedSecret, request_authenticator: bytes
) -> bytes:
    """
    Undo the hiding of a salted attribute.

    Args:
        hidden: the salt, then one block or more.

    Raises:
        MalformedAttribute: *hidden* has another length, or the length inside it is too large.

    RFC 2868 section 3.5.
    """
    salt, body = hidden[:SALT_LENGTH], hidden[SALT_LENGTH:]
    if not body or len(body) % BLOCK:
        raise MalformedAttribute(
            f"found a salted value of {len(hidden)} octets, wanted 2 and blocks of 16"
        )
    revealed = _reveal(body, shared_secret, request_authenticator + salt)
    length = revealed[0]
    if length >= len(revealed):
        raise MalformedAttribute("found a salted value that another secret hid")
    return revealed[1 : 1 + length]


def _padded(plain: bytes) -> bytes:
    return plain + bytes(-len(plain) % BLOCK) if plain else bytes(BLOCK)


def _hide(padded: bytes, shared_secret: SharedSecret, vector: bytes) -> bytes:
    hidden = b""
    for at in range(0, len(padded), BLOCK):
        vector = _xor(padded[at : at + BLOCK], shared_secret.keystream(vector))
        hidden += vector
    return hidden


def _reveal(hidden: bytes, shared_secret: SharedSecret, vector: bytes) -> bytes:
    revealed = b""
    for at in range(0, len(hidden), BLOCK):
        block = hidden[at : at + BLOCK]
        revealed += _xor(block, shared_secret.keystream(vector))
        vector = block
    return revealed


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(BLOCK, "big")
