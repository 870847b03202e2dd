"""A client's shared secret with the hash states that begin with it, made once and copied."""

from hashlib import md5
from typing import final

from proxy.secret import Secret

_HMAC_BLOCK = 64
_INNER = bytes(octet ^ 0x36 for octet in range(256))
_OUTER = bytes(octet ^ 0x5C for octet in range(256))
"""Translations that key the two hashes of HMAC (RFC 2104 section 2)."""


@final
class SharedSecret:
    """
    What RADIUS does with a shared secret: MD5 and HMAC-MD5 (RFC 2865, RFC 3579).

    MD5 is what the protocol prescribes; Message-Authenticator is what its safety rests on.
    """

    __slots__ = ("_inner", "_md5", "_octets", "_outer")

    def __init__(self, secret: Secret) -> None:
        self._octets = secret.reveal()
        self._md5 = md5(self._octets, usedforsecurity=False)
        key = self._octets if len(self._octets) <= _HMAC_BLOCK else self._md5.digest()
        key = key.ljust(_HMAC_BLOCK, b"\0")
        self._inner = md5(key.translate(_INNER), usedforsecurity=False)
        self._outer = md5(key.translate(_OUTER), usedforsecurity=False)

    def __repr__(self) -> str:
        return "***"

    def __len__(self) -> int:
        return len(self._octets)

    def keystream(self, vector: bytes) -> bytes:
        """Give MD5(secret + *vector*), which hides 16 octets (RFC 2865 section 5.2)."""
        state = self._md5.copy()
        state.update(vector)
        return state.digest()

    def message_authenticator(self, octets: bytes) -> bytes:
        """Give the HMAC-MD5 of a packet whose Message-Authenticator is zeroed (RFC 3579 3.2)."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(octets)
        outer.update(inner.digest())
        return outer.digest()

    def response_authenticator(self, octets: bytes) -> bytes:
        """Give MD5(*octets* + secret) of a reply under its Request Authenticator (RFC 2865 3)."""
        return md5(octets + self._octets, usedforsecurity=False).digest()
