"""
A message for one browser, which the push service between cannot read.

One record of aes128gcm (RFC 8188), under keys that an ephemeral key of ours and the browser's agree
on (RFC 8291). Of the libraries that do this pywebpush brings HTTP clients of its own, and http-ece
comes as sources alone, which every installation would have to build; what is left is one ECDH, four
HKDFs and one AES-GCM of `cryptography`, tried with the RFC's own example.
"""

import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proxy.secret import Secret

RECORD_SIZE: Final = 4096
"""Octets (RFC 8291 section 4): a service need not take more."""
LONGEST: Final = 3993
"""Octets of a message: of 4096, 86 are the header, 16 the tag, 1 the delimiter."""
SALT_LENGTH: Final = 16
_LAST_RECORD: Final = b"\x02"  # RFC 8188 section 2


def encrypt(
    message: bytes,
    p256dh: bytes,
    auth: Secret,
    *,
    salt: bytes | None = None,
    ephemeral: EllipticCurvePrivateKey | None = None,
) -> bytes:
    """
    Encrypt a message of at most LONGEST octets to a browser's key; give the body to send.

    Args:
        p256dh: 65 octets, a point of P-256.
        auth: 16 octets.
        salt, ephemeral: 16 octets and a key of P-256, never used twice; None: made here.

    Raises:
        ValueError: the message is too long, or *p256dh* is no point of P-256.

    RFC 8291 sections 3 and 4.
    """
    if len(message) > LONGEST:
        raise ValueError(f"found {len(message)} octets, wanted at most {LONGEST}")
    salt = os.urandom(SALT_LENGTH) if salt is None else salt
    ephemeral = generate_private_key(SECP256R1()) if ephemeral is None else ephemeral
    browser = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), p256dh)
    ours = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    agreed = ephemeral.exchange(ECDH(), browser)
    secret = _derive(agreed, auth.reveal(), b"WebPush: info\0" + p256dh + ours, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    record = AESGCM(key).encrypt(nonce, message + _LAST_RECORD, None)
    return salt + RECORD_SIZE.to_bytes(4) + len(ours).to_bytes(1) + ours + record


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869."""
    return HKDF(SHA256(), length, salt, info).derive(secret)
