"""
What is said inside a PEAPv0 tunnel: EAP packets, without their head of 4 octets but for TLVs.

We speak first, and the result is said inside and acknowledged before it is said outside
(draft-kamath-pppext-peapv0; MS-PEAP section 2.2.8.1.2).
"""

from typing import Final

from proxy.eap import packet
from proxy.eap.gtc import GtcDialogue
from proxy.eap.inner import Answered, Concluded, Credentials, InnerRefused, Say

ASKS: Final = 3
TLV: Final = 33
_RESULT: Final = b"\x80\x03\x00\x02"
_SUCCESS: Final = _RESULT + b"\0\1"
_FAILURE: Final = _RESULT + b"\0\2"


class PeapInner:
    """The tunnel's inside, by EAP with GTC."""

    def __init__(self) -> None:
        self.asks = 0
        self._gtc = GtcDialogue(ASKS)
        self._wanted: bytes | None = None
        """The result that the peer is to acknowledge."""

    def begin(self) -> bytes:
        """Ask who it is."""
        return bytes((packet.IDENTITY,))

    def hear(self, octets: bytes) -> Say | Credentials | Answered | Concluded:
        """Take a packet of the peer. Raises InnerRefused."""
        if self._wanted is not None:
            return self._acknowledged(octets, self._wanted)
        if not octets:
            raise InnerRefused("found nothing inside")
        heard = self._gtc.hear(octets[0], octets[1:])
        if not isinstance(heard, tuple):
            self.asks = self._gtc.asks
            return heard
        return Say(_written(*heard))

    def _acknowledged(self, octets: bytes, wanted: bytes) -> Concluded:
        """A peer that says another result did not hear ours, or does not agree with it."""
        whole = octets[:1] == bytes((packet.RESPONSE,)) and octets[4:5] == bytes((TLV,))
        if not whole or not octets[5:].startswith(wanted):
            raise InnerRefused("found no acknowledgement of the result")
        return Concluded()

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""
        question = self._gtc.ask(text)
        self.asks = self._gtc.asks
        return _written(*question)

    def conclude(self, *, passed: bool) -> bytes:
        """Say the result, which the peer acknowledges."""
        self._wanted = _SUCCESS if passed else _FAILURE
        return packet.encode_request(0, TLV, self._wanted)


def _written(type_: int, data: bytes) -> bytes:
    return bytes((type_,)) + data
