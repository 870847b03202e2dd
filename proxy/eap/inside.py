"""
EAP inside a tunnel: Identity, the choice of a method, what that says; the tunnel frames it.

Of our methods the first is begun; a peer that cannot do it names others, once.
"""

from collections.abc import Sequence
from typing import Final

from proxy.eap import packet
from proxy.eap.gtc import Gtc
from proxy.eap.inner import MAX_NAME, Answered, Concluded, Credentials, InnerRefused, Proof
from proxy.eap.mschapv2 import Mschapv2
from proxy.eap.terms import InnerName

TYPES: Final[dict[InnerName, int]] = {"gtc": packet.GTC, "mschapv2": packet.MSCHAPV2}
"""The EAP methods among what may be said inside."""


class InnerEap:
    """
    Our end of it.

    Args:
        offered: in order of preference; what is no EAP method is passed over.
        asks: questions that this kind of tunnel bears after a password.
    """

    def __init__(self, offered: Sequence[InnerName], asks: int) -> None:
        self._offered = [name for name in offered if name in TYPES]
        self._most = asks
        self._identity: bytes | None = None
        self._type = 0
        self._method: Gtc | Mschapv2 | None = None
        self._heard = self._naked = False
        """The peer has answered this method; it has asked for another."""

    @property
    def asks(self) -> int:
        """How many more questions the peer bears."""
        return 0 if self._method is None else self._method.asks

    def hear(
        self, type_: int, data: bytes
    ) -> tuple[int, bytes] | Credentials | Answered | Concluded:
        """
        Take a response; a pair is the type and data of our next request.

        Raises:
            InnerRefused: it answers nothing that was asked.
        """
        if self._method is None:
            return self._named(type_, data)
        if type_ == packet.NAK:
            return self._choose_again(data)
        if type_ != self._type:
            raise InnerRefused(f"found inner type {type_}, wanted {self._type}")
        self._heard = True
        return self._method.hear(data)

    def _named(self, type_: int, data: bytes) -> tuple[int, bytes]:
        if type_ != packet.IDENTITY or not 0 < len(data) <= MAX_NAME:
            raise InnerRefused("found no inner identity of 1 to 253 octets")
        if not self._offered:
            raise InnerRefused("found EAP inside, wanted PAP")
        self._identity = data
        return self._start(self._offered[0])

    def _start(self, name: InnerName) -> tuple[int, bytes]:
        assert self._identity is not None
        self._type = TYPES[name]
        self._method = Gtc(self._most) if name == "gtc" else Mschapv2()
        return self._type, self._method.start(self._identity)

    def _choose_again(self, wanted: bytes) -> tuple[int, bytes]:
        """Take the first of our methods that the peer can do."""
        if not (self._heard or self._naked):
            self._naked = True
            for name in self._offered:
                if TYPES[name] in wanted and TYPES[name] != self._type:
                    return self._start(name)
        raise InnerRefused(f"found a peer that cannot do {' or '.join(self._offered)} inside")

    def ask(self, text: bytes) -> tuple[int, bytes]:
        """Give type and data of a question. Raises ValueError: none is possible."""
        if self._method is None:
            raise ValueError("found nobody to ask")
        return self._type, self._method.ask(text)

    def conclude(self, *, passed: bool, proof: Proof | None) -> tuple[int, bytes] | None:
        """Give type and data of what says the result; None: nothing does. Raises InnerRefused."""
        said = None if self._method is None else self._method.conclude(passed=passed, proof=proof)
        return None if said is None else (self._type, said)
