"""
RSA keys, which the privacyIDEA Authenticator app has: its own, and the server's that it knows.

Signatures are PKCS#1 v1.5 with SHA-256 (RFC 8017 section 8.2) in base32, upper case and padded. A
public key comes from a peer as DER, is read once and strictly, and is named by its RFC 7638
thumbprint, as every key here.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from proxy.factors.jwk import BadKey, decode_base64url, encode_base64url
from proxy.secret import Secret

SHORTEST: Final = 2048
"""Bits (NIST SP 800-131A Rev. 2)."""
LONGEST: Final = 4096
"""Bits; the app's keys have as many, and a check takes longer with each."""
EXPONENT: Final = 65537
SERVER_BITS: Final = 3072
"""Bits of the server's key, which cannot be exchanged on a phone (NIST SP 800-57, 128 bits)."""
DER_LENGTH: Final = 600
"""Octets of the longest public key in DER."""


@final
@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """A public RSA key of 2048 to 4096 bits with the usual exponent."""

    n: str
    """The modulus in base64url, as in a JWK."""
    thumbprint: str
    """RFC 7638 with SHA-256, base64url, 43 characters; it names the key."""
    native: RSAPublicKey = field(repr=False, compare=False)

    @classmethod
    def parse_der(cls, octets: bytes) -> "RsaPublicKey":
        """Read a SubjectPublicKeyInfo (RFC 5280 section 4.1). Raises BadKey."""
        if len(octets) > DER_LENGTH:
            raise BadKey("found a key that is too long")
        try:
            key = load_der_public_key(octets)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKey("found octets that are no public key in DER") from None
        if not isinstance(key, RSAPublicKey):
            raise BadKey("found another kind of key, wanted RSA")
        return cls._of(key)

    @classmethod
    def parse_text(cls, text: str) -> "RsaPublicKey":
        """Read what `to_text` wrote: our own store's, so anything else is our bug."""
        modulus = int.from_bytes(decode_base64url(json.loads(text)["n"]))
        return cls._of(RSAPublicNumbers(EXPONENT, modulus).public_key())

    @classmethod
    def _of(cls, key: RSAPublicKey) -> "RsaPublicKey":
        numbers = key.public_numbers()
        if not SHORTEST <= key.key_size <= LONGEST or numbers.e != EXPONENT or not numbers.n % 2:
            raise BadKey(f"wanted an RSA key of {SHORTEST} to {LONGEST} bits, exponent {EXPONENT}")
        n = encode_base64url(numbers.n.to_bytes((key.key_size + 7) // 8))
        return cls(n, encode_base64url(sha256(_text(n).encode()).digest()), key)

    def to_text(self) -> str:
        """Give the JWK as it is stored, with the members that the thumbprint covers."""
        return _text(self.n)

    def verifies(self, signature: str, signed: str) -> bool:
        """Say whether a signature in base32 is this key's over a text (UTF-8)."""
        octets = _read_base32(signature)
        if octets is None or len(octets) != (self.native.key_size + 7) // 8:
            return False
        try:
            self.native.verify(octets, signed.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, UnicodeEncodeError):
            return False
        return True


@final
class RsaSigningKey:
    """The server's private RSA key; nothing but its public half is shown."""

    __slots__ = ("_private",)

    def __init__(self, private: RSAPrivateKey) -> None:
        self._private = private

    @classmethod
    def create(cls) -> "RsaSigningKey":
        """Make a new key; takes from a tenth of a second to some, so never on the event loop."""
        return cls(generate_private_key(EXPONENT, SERVER_BITS))

    @classmethod
    def from_pkcs8(cls, octets: Secret) -> "RsaSigningKey":
        """Read what `to_pkcs8` wrote. Raises BadKey for anything else."""
        try:
            private = load_der_private_key(octets.reveal(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKey("found octets that are not a private key in PKCS#8") from None
        if not isinstance(private, RSAPrivateKey):
            raise BadKey("found another kind of private key, wanted RSA")
        return cls(private)

    def to_pkcs8(self) -> Secret:
        """Give the key as PKCS#8 DER, unencrypted: to be sealed."""
        return Secret(
            self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        )

    def public_pkcs1(self) -> str:
        """Give the public key as base64 of DER RSAPublicKey (RFC 8017 appendix A.1.1)."""
        public = self._private.public_key()
        return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()

    def sign(self, text: str) -> str:
        """Give the signature over a text (UTF-8) in base32."""
        octets = self._private.sign(text.encode(), PKCS1v15(), SHA256())
        return base64.b32encode(octets).decode()

    def __repr__(self) -> str:
        return "RsaSigningKey(***)"


def _text(n: str) -> str:
    """Write the JWK as RFC 7638 section 3 wants it: the required members in order."""
    return f'{{"e":"AQAB","kty":"RSA","n":"{n}"}}'


def _read_base32(text: str) -> bytes | None:
    try:
        return base64.b32decode(text)
    except (binascii.Error, ValueError):
        return None
