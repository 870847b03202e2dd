"""
EAP-GTC (RFC 3748 section 5.6): the password, and questions after it.

The password is asked as one question, and each code that is wanted beside it as another: what a
generic token card is for.
"""

from typing import Final

from proxy.eap.inner import MAX_TEXT, Answered, Credentials, InnerRefused, Proof
from proxy.secret import Secret

PASSWORD: Final = b"Password: "


class Gtc:
    """
    Our end of it.

    Args:
        asks: questions that the peer bears after the password.
    """

    def __init__(self, asks: int) -> None:
        self.asks = 0
        self._most = asks
        self._identity = b""
        self._known = False
        """The password was told."""

    def start(self, identity: bytes) -> bytes:
        """Ask for the password of *identity*."""
        self._identity = identity
        return PASSWORD

    def hear(self, data: bytes) -> Credentials | Answered:
        """Take an answer. Raises InnerRefused: it is too long."""
        if len(data) > MAX_TEXT:
            raise InnerRefused(f"found {len(data)} octets, wanted at most {MAX_TEXT}")
        if self._known:
            return Answered(Secret(data))
        self._known, self.asks = True, self._most
        return Credentials(self._identity, Secret(data.rstrip(b"\0")), "gtc")

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""
        if self.asks <= 0 or len(text) > MAX_TEXT:
            raise ValueError("found no room for a question")
        self.asks -= 1
        return text

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> None:
        """Say nothing: GTC has no result of its own."""

    def keys(self) -> None:
        """Give none: GTC makes no keys."""
