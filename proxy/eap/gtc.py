"""
EAP-GTC inside a tunnel (RFC 3748 section 5.6): identity, password, and questions after it.

The password is asked as one question, and each code that is wanted beside it as another: what a
generic token card is for.
"""

from typing import Final

from proxy.eap import packet
from proxy.eap.inner import MAX_NAME, MAX_TEXT, Answered, Credentials, InnerRefused
from proxy.secret import Secret

PASSWORD: Final = b"Password: "


class GtcDialogue:
    """
    What EAP packets inside the tunnel say; the tunnel frames them.

    Args:
        asks: questions that this kind of tunnel bears after the password.
    """

    def __init__(self, asks: int) -> None:
        self.asks = asks
        self._username: bytes | None = None
        self._known = False
        """The password was told."""

    def hear(self, type_: int, data: bytes) -> tuple[int, bytes] | Credentials | Answered:
        """
        Take a response; a pair is the type and data of our next request.

        Raises:
            InnerRefused: it answers nothing that was asked.
        """
        if self._username is None:
            return self._identity(type_, data)
        if type_ == packet.NAK:
            raise InnerRefused("found a peer that cannot do GTC inside")
        if type_ != packet.GTC:
            raise InnerRefused(f"found inner type {type_}, wanted {packet.GTC}")
        if len(data) > MAX_TEXT:
            raise InnerRefused(f"found {len(data)} octets, wanted at most {MAX_TEXT}")
        if self._known:
            return Answered(Secret(data))
        self._known = True
        return Credentials(self._username, Secret(data.rstrip(b"\0")), "gtc")

    def _identity(self, type_: int, data: bytes) -> tuple[int, bytes]:
        if type_ != packet.IDENTITY or not 0 < len(data) <= MAX_NAME:
            raise InnerRefused("found no inner identity of 1 to 253 octets")
        self._username = data
        return packet.GTC, PASSWORD

    def ask(self, text: bytes) -> tuple[int, bytes]:
        """Give the type and data of a question. Raises ValueError: none is possible."""
        if self.asks <= 0 or not self._known or len(text) > MAX_TEXT:
            raise ValueError("found no room for a question")
        self.asks -= 1
        return packet.GTC, text
