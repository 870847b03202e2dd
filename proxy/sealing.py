"""
What the master key does: it seals what the store keeps secret, and gives other purposes their keys.

AES-256-GCM with a random 96-bit nonce before the ciphertext; the *context* (which row and column)
is authenticated, so that a sealed value cannot be moved to another row. A sealed value begins with
the mark of the key that sealed it, so that while one master key takes the place of another each
value says which of the two opens it. Derived keys come from HKDF-SHA-256 (RFC 5869) with the
purpose as `info`, so that no key serves two purposes.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from proxy.secret import Secret

KEY_LENGTH = 32
NONCE_LENGTH = 12
MARK_LENGTH: Final = 8
VERSION: Final = b"\x02"
UNMARKED: Final = b"\x01"
"""The first version: no mark after it."""
PREFIX_LENGTH: Final = len(VERSION) + MARK_LENGTH
"""Octets of a sealed value that say which key sealed it."""


class NotSealed(Exception):  # noqa: N818 - it names what was found
    """A value that this master key did not seal for this context."""


class UnknownMasterKey(NotSealed):
    """A value that a master key sealed which is not known here."""

    def __init__(self, mark: str, context: str) -> None:
        super().__init__(f"another master key sealed this, {mark}: {context}")
        self.mark = mark


class BadMasterKey(Exception):  # noqa: N818 - it names what was found
    """A text that is not 32 octets in base64."""


@final
class MasterKey:
    """
    The key over all keys: 32 random octets.

    It knows other master keys by their marks: the one that takes its place, or whose place it
    takes. It opens what they sealed; what it seals it seals alone.

    Args:
        reread: reads again where the key was read, where another may stand by now; None: there is
            none that can be used.
    """

    __slots__ = ("_aead", "_key", "_known", "_reread", "mark")

    def __init__(self, key: Secret, reread: Callable[[], "MasterKey | None"] | None = None) -> None:
        if len(key.reveal()) != KEY_LENGTH:
            raise BadMasterKey(f"found {len(key.reveal())} octets, wanted {KEY_LENGTH}")
        self._key = key
        self._aead = AESGCM(self.derive("seal"))
        self._reread = reread
        self.mark = self.derive("mark")[:MARK_LENGTH].hex()
        """Names the key and tells nothing of it: 16 hexadecimal digits."""
        self._known = {self.mark: self}

    @classmethod
    def parse(
        cls, text: bytes, reread: Callable[[], "MasterKey | None"] | None = None
    ) -> "MasterKey":
        """Read base64 text, white space around it allowed. Raises BadMasterKey."""
        try:
            octets = base64.b64decode(text.strip(), validate=True)
        except binascii.Error as error:
            raise BadMasterKey("found text that is not base64, wanted 32 octets in it") from error
        return cls(Secret(octets), reread)

    @staticmethod
    def create() -> str:
        """Make the text of a new master key: 32 random octets in base64."""
        return base64.b64encode(os.urandom(KEY_LENGTH)).decode()

    def octets(self) -> Secret:
        """Give the key itself, to be sealed or kept in a file of mode 0600."""
        return self._key

    def text(self) -> str:
        """Give the text that `parse` reads."""
        return base64.b64encode(self._key.reveal()).decode()

    def derive(self, purpose: str) -> bytes:
        """Give the 32-octet key for one purpose (RFC 5869)."""
        return HKDF(SHA256(), KEY_LENGTH, None, b"countersign " + purpose.encode()).derive(
            self._key.reveal()
        )

    def learn(self, other: "MasterKey") -> None:
        """Know another key from now on."""
        self._known.setdefault(other.mark, other)

    def known(self, mark: str) -> "MasterKey | None":
        """Give the key of that mark: this one, one that it learnt, or the one to be read now."""
        if mark not in self._known and self._reread is not None:
            found = self._reread()
            if found is not None:
                self.learn(found)
        return self._known.get(mark)

    @property
    def prefix(self) -> bytes:
        """How each value begins that this key has sealed."""
        return VERSION + bytes.fromhex(self.mark)

    def seal(self, plain: Secret, context: str) -> bytes:
        """Seal octets so that only this key and the same context open them."""
        nonce = os.urandom(NONCE_LENGTH)
        return self.prefix + nonce + self._aead.encrypt(nonce, plain.reveal(), context.encode())

    def open(self, sealed: bytes, context: str) -> Secret:
        """
        Open what `seal` made, of this key or one that it knows.

        Raises:
            UnknownMasterKey: another key sealed it.
            NotSealed: it is no sealed value, was changed, or was sealed for another context.
        """
        match sealed[:1]:
            case b"\x02":
                mark = sealed[1:PREFIX_LENGTH].hex()
                key = self.known(mark)
                if key is None:
                    raise UnknownMasterKey(mark, context)
                return key.unwrap(sealed[PREFIX_LENGTH:], context)
            case b"\x01":
                return self._open_unmarked(sealed[1:], context)
            case _:
                raise NotSealed(f"not a sealed value: {context}")

    def unwrap(self, body: bytes, context: str) -> Secret:
        """Open nonce and ciphertext with this very key. Raises NotSealed."""
        nonce, ciphertext = body[:NONCE_LENGTH], body[NONCE_LENGTH:]
        if len(nonce) != NONCE_LENGTH:
            raise NotSealed(f"not a sealed value: {context}")
        try:
            return Secret(self._aead.decrypt(nonce, ciphertext, context.encode()))
        except InvalidTag as error:
            raise NotSealed(f"another master key sealed this: {context}") from error

    def _open_unmarked(self, body: bytes, context: str) -> Secret:
        for key in list(self._known.values()):
            try:
                return key.unwrap(body, context)
            except NotSealed:
                continue
        raise NotSealed(f"another master key sealed this: {context}")


def seal_under(key: bytes, plain: Secret, context: str) -> bytes:
    """Seal octets under a derived key of 32 octets: nonce, then AES-256-GCM."""
    nonce = os.urandom(NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, plain.reveal(), context.encode())


def open_under(key: bytes, sealed: bytes, context: str) -> Secret:
    """Open what `seal_under` made with the same key and context. Raises NotSealed."""
    try:
        nonce, ciphertext = sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:]
        return Secret(AESGCM(key).decrypt(nonce, ciphertext, context.encode()))
    except (InvalidTag, ValueError) as error:
        raise NotSealed(f"not sealed under this key: {context}") from error


def keyed_digest(key: bytes, *parts: bytes) -> bytes:
    """
    Digest *parts* under *key*: HMAC-SHA-256, 32 octets.

    Each part is preceded by its length, so that parts cannot run into each other.
    """
    digest = _keyed(key).copy()
    digest.update(b"".join([len(part).to_bytes(4, "big") + part for part in parts]))
    return digest.digest()


@lru_cache(maxsize=64)  # keys are few, and taking one in takes longer than what is digested
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
