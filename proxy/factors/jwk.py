"""
The keys of phones and server: P-256 and nothing else, named by their RFC 7638 thumbprint.

A public key comes from a peer as a JWK, is read once and strictly, and has exactly one written
form, so that one key cannot appear under two names.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, final

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.jwk import ECKey

from proxy.errors import PeerError
from proxy.secret import Secret

COORDINATE_LENGTH = 32
FIELD_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""Of P-256; NIST SP 800-186 section 3.2.1.3."""
REQUIRED = frozenset({"kty", "crv", "x", "y"})
OPTIONAL = frozenset({"kid", "alg", "use"})
KID_LENGTH = 128
"""Thumbprints have 43 characters; nothing looks at a peer's own `kid`."""


class BadKey(PeerError):  # noqa: N818 - it names what was found
    """A JWK that is not a public P-256 key in its one accepted form."""

    reason = "bad-key"


def encode_base64url(octets: bytes) -> str:
    """Write octets in base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """
    Read base64url without padding; only the one form that `encode_base64url` writes.

    Raises:
        ValueError: padding, another alphabet, or bits set that belong to no octet.
    """
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if encode_base64url(octets) != text:
        raise ValueError("not the canonical base64url")
    return octets


@final
@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public P-256 key."""

    x: str
    """32 octets in base64url, as in the JWK."""
    y: str
    thumbprint: str
    """RFC 7638 with SHA-256, base64url, 43 characters; it names the key."""
    native: ECKey = field(repr=False, compare=False)
    """The key as joserfc takes it."""

    @classmethod
    def parse(cls, jwk: object) -> "PublicKey":
        """Read a JWK as JSON gave it. Raises BadKey. RFC 7517, RFC 7518 section 6.2.1."""
        if not isinstance(jwk, Mapping):
            raise BadKey("found another value, wanted a JWK object")
        _check_members(jwk)
        x, y = _coordinate(jwk["x"]), _coordinate(jwk["y"])
        try:
            point = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        except ValueError:
            raise BadKey("found a point that is not on P-256") from None
        return cls._of(ECKey.import_key(point))

    @classmethod
    def parse_text(cls, text: str) -> "PublicKey":
        """Read what `to_text` wrote: our own store's, so anything else is our bug."""
        return cls.parse(json.loads(text))

    @classmethod
    def _of(cls, native: ECKey) -> "PublicKey":
        members = native.as_dict(private=False)
        x, y = str(members["x"]), str(members["y"])
        return cls(x, y, _thumbprint(x, y), native)

    def to_jwk(self) -> dict[str, str]:
        """Give the JWK with exactly the members that the thumbprint covers."""
        return {"crv": "P-256", "kty": "EC", "x": self.x, "y": self.y}

    def to_text(self) -> str:
        """Give the JWK as it is stored."""
        return json.dumps(self.to_jwk(), separators=(",", ":"))

    def to_point(self) -> str:
        """Give the uncompressed point, 65 octets in base64url (SEC 1 section 2.3.3)."""
        return encode_base64url(b"\x04" + decode_base64url(self.x) + decode_base64url(self.y))


@final
class SigningKey:
    """A private P-256 key, of the server or of a phone; nothing but its public half is shown."""

    __slots__ = ("native", "public")

    def __init__(self, private: EllipticCurvePrivateKey) -> None:
        self.native = ECKey.import_key(private)
        """The key as joserfc takes it."""
        self.public = PublicKey._of(ECKey.import_key(private.public_key()))  # noqa: SLF001
        """Its public half."""

    @classmethod
    def create(cls) -> "SigningKey":
        """Make a new key."""
        return cls(generate_private_key(SECP256R1()))

    @classmethod
    def from_pkcs8(cls, octets: Secret) -> "SigningKey":
        """Read what `to_pkcs8` wrote. Raises BadKey for anything else."""
        try:
            private = load_der_private_key(octets.reveal(), None)
        except (ValueError, TypeError):
            raise BadKey("found octets that are not a private key in PKCS#8") from None
        if not isinstance(private, EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
            raise BadKey("found another kind of private key, wanted P-256")
        return cls(private)

    def to_pkcs8(self) -> Secret:
        """Give the key as PKCS#8 DER, unencrypted: to be sealed or kept in a file of mode 0600."""
        private = self.native.private_key
        assert private is not None
        return Secret(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def kid(self) -> str:
        """The name of the key: its thumbprint."""
        return self.public.thumbprint

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"


def _check_members(jwk: Mapping[str, Any]) -> None:
    if not REQUIRED <= jwk.keys() <= REQUIRED | OPTIONAL:
        raise BadKey("found missing, private or unknown members, wanted kty crv x y")
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise BadKey("found another kind of key, wanted EC on P-256")
    if jwk.get("alg", "ES256") != "ES256" or jwk.get("use", "sig") != "sig":
        raise BadKey("found a key for another use, wanted ES256 signatures")
    kid = jwk.get("kid", "")
    if not isinstance(kid, str) or len(kid) > KID_LENGTH:
        raise BadKey(f"found a kid that is not a text of at most {KID_LENGTH} characters")


def _coordinate(value: object) -> int:
    """
    Read one coordinate: exactly 32 octets, below the field's prime.

    A coordinate plus the prime would be the same point under another thumbprint.
    """
    try:
        octets = decode_base64url(value) if isinstance(value, str) else b""
    except ValueError:
        octets = b""
    number = int.from_bytes(octets)
    if len(octets) != COORDINATE_LENGTH or number >= FIELD_PRIME:
        raise BadKey("found a coordinate that is not 32 octets of P-256 in base64url")
    return number


def _thumbprint(x: str, y: str) -> str:
    """RFC 7638 section 3: the required members in order, no white space."""
    text = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return encode_base64url(sha256(text.encode()).digest())
