"""
What is said inside a PEAPv0 tunnel: EAP packets, without their head of 4 octets but for TLVs.

We speak first, and the result is said inside and acknowledged before it is said outside
(draft-kamath-pppext-peapv0; MS-PEAP section 2.2.8.1.2).
"""

from collections.abc import Sequence
from typing import Final

from proxy.eap import packet
from proxy.eap.inner import Concluded, Heard, InnerRefused, Proof, Say
from proxy.eap.inside import InnerEap
from proxy.eap.terms import INNER, InnerName

ASKS: Final = 3
TLV: Final = 33
_RESULT: Final = b"\x80\x03\x00\x02"
_SUCCESS: Final = _RESULT + b"\0\1"
_FAILURE: Final = _RESULT + b"\0\2"


class PeapInner:
    """
    The tunnel's inside, by EAP.

    Args:
        offered: its methods, in order of preference.
    """

    def __init__(self, offered: Sequence[InnerName] = INNER) -> None:
        self._eap = InnerEap(offered, ASKS)
        self._result: bytes | None = None
        """The one that is to be said, once the method has said it in its own way."""
        self._said = False
        """It was; the peer is to acknowledge it."""

    @property
    def asks(self) -> int:
        """How many more questions the peer bears."""
        return self._eap.asks

    def begin(self) -> bytes:
        """Ask who it is."""
        return bytes((packet.IDENTITY,))

    def hear(self, octets: bytes) -> Heard:
        """Take a packet of the peer. Raises InnerRefused."""
        if self._said and self._result is not None:
            return _acknowledged(octets, self._result)
        if not octets:
            raise InnerRefused("found nothing inside")
        heard = self._eap.hear(octets[0], octets[1:])
        if isinstance(heard, tuple):
            return Say(_written(*heard))
        return Say(self._say_result()) if isinstance(heard, Concluded) else heard

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""
        return _written(*self._eap.ask(text))

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes:
        """Say the result, which the peer acknowledges. Raises InnerRefused."""
        self._result = _SUCCESS if passed else _FAILURE
        said = self._eap.conclude(passed=passed, proof=proof)
        return self._say_result() if said is None else _written(*said)

    def acknowledged(self) -> bool:
        """Say no: the peer has to say so."""
        return False

    def _say_result(self) -> bytes:
        assert self._result is not None
        self._said = True
        return packet.encode_request(0, TLV, self._result)


def _acknowledged(octets: bytes, wanted: bytes) -> Concluded:
    """A peer that says another result did not hear ours, or does not agree with it."""
    whole = octets[:1] == bytes((packet.RESPONSE,)) and octets[4:5] == bytes((TLV,))
    if not whole or not octets[5:].startswith(wanted):
        raise InnerRefused("found no acknowledgement of the result")
    return Concluded()


def _written(type_: int, data: bytes) -> bytes:
    return bytes((type_,)) + data
