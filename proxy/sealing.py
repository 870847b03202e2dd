"""
What the master key does: it seals what the store keeps secret, and gives other purposes their keys.

AES-256-GCM with a random 96-bit nonce before the ciphertext; the *context* (which row and column)
is authenticated, so that a sealed value cannot be moved to another row. Derived keys come from
HKDF-SHA-256 (RFC 5869) with the purpose as `info`, so that no key serves two purposes.
"""

import base64
import binascii
import hmac
import os
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from proxy.secret import Secret

KEY_LENGTH = 32
NONCE_LENGTH = 12
VERSION = b"\x01"


class NotSealed(Exception):  # noqa: N818 - it names what was found
    """A value that this master key did not seal for this context."""


class BadMasterKey(Exception):  # noqa: N818 - it names what was found
    """A text that is not 32 octets in base64."""


@final
class MasterKey:
    """The key over all keys: 32 random octets."""

    __slots__ = ("_aead", "_key")

    def __init__(self, key: Secret) -> None:
        if len(key.reveal()) != KEY_LENGTH:
            raise BadMasterKey(f"found {len(key.reveal())} octets, wanted {KEY_LENGTH}")
        self._key = key
        self._aead = AESGCM(self.derive("seal"))

    @classmethod
    def parse(cls, text: bytes) -> "MasterKey":
        """Read base64 text, white space around it allowed. Raises BadMasterKey."""
        try:
            octets = base64.b64decode(text.strip(), validate=True)
        except binascii.Error as error:
            raise BadMasterKey("found text that is not base64, wanted 32 octets in it") from error
        return cls(Secret(octets))

    @staticmethod
    def create() -> str:
        """Make the text of a new master key: 32 random octets in base64."""
        return base64.b64encode(os.urandom(KEY_LENGTH)).decode()

    def derive(self, purpose: str) -> bytes:
        """Give the 32-octet key for one purpose (RFC 5869)."""
        return HKDF(SHA256(), KEY_LENGTH, None, b"countersign " + purpose.encode()).derive(
            self._key.reveal()
        )

    def seal(self, plain: Secret, context: str) -> bytes:
        """Seal octets so that only this key and the same context open them."""
        nonce = os.urandom(NONCE_LENGTH)
        return VERSION + nonce + self._aead.encrypt(nonce, plain.reveal(), context.encode())

    def open(self, sealed: bytes, context: str) -> Secret:
        """Open what `seal` made. Raises NotSealed for another key, context or a changed value."""
        nonce, body = sealed[1 : 1 + NONCE_LENGTH], sealed[1 + NONCE_LENGTH :]
        if sealed[:1] != VERSION or len(nonce) != NONCE_LENGTH:
            raise NotSealed(f"not a sealed value: {context}")
        try:
            return Secret(self._aead.decrypt(nonce, body, context.encode()))
        except InvalidTag as error:
            raise NotSealed(f"another master key sealed this: {context}") from error


def keyed_digest(key: bytes, *parts: bytes) -> bytes:
    """
    Digest *parts* under *key*: HMAC-SHA-256, 32 octets.

    Each part is preceded by its length, so that parts cannot run into each other.
    """
    return hmac.digest(
        key, b"".join([len(part).to_bytes(4, "big") + part for part in parts]), "sha256"
    )
