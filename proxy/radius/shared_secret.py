"""A client's shared secret with the hash states that begin with it, made once and copied."""

import hmac
from hashlib import md5
from typing import final

from proxy.secret import Secret


@final
class SharedSecret:
    """
    What RADIUS does with a shared secret: MD5 and HMAC-MD5 (RFC 2865, RFC 3579).

    MD5 is what the protocol prescribes; Message-Authenticator is what its safety rests on.
    """

    __slots__ = ("_hmac", "_md5", "_octets")

    def __init__(self, secret: Secret) -> None:
        self._octets = secret.reveal()
        self._md5 = md5(self._octets, usedforsecurity=False)
        self._hmac = hmac.new(self._octets, digestmod="md5")

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
        state = self._hmac.copy()
        state.update(octets)
        return state.digest()

    def response_authenticator(self, octets: bytes) -> bytes:
        """Give MD5(*octets* + secret) of a reply under its Request Authenticator (RFC 2865 3)."""
        return md5(octets + self._octets, usedforsecurity=False).digest()
