"""
GTC or MSCHAPv2 as a method of its own, without TLS around it: what IKEv2 gateways speak.

The peer is who it said in clear to be. What it says is as readable as the way to us is: the tunnel
of IKEv2 protects it as far as the gateway, and nothing does beyond.
"""

from typing import Final, Protocol

from proxy.eap.inner import Answered, Concluded, Credentials, Heard, InnerRefused, Proof
from proxy.eap.progress import Progress
from proxy.secret import Secret

ASKS: Final = 3
"""Questions after the password, where peers bear any: many discard a second request of GTC."""


class Dialogue(Protocol):
    """What is said, whatever is around it."""

    @property
    def asks(self) -> int: ...
    def start(self, identity: bytes) -> bytes: ...
    def hear(self, data: bytes) -> Credentials | Answered | Concluded: ...
    def ask(self, text: bytes) -> bytes: ...
    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes | None: ...
    def keys(self) -> Secret | None: ...


class Bare:
    """One dialogue with nothing around it."""

    progress: Final = Progress.INSIDE

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    @property
    def asks(self) -> int:
        """How many more questions the peer bears."""
        return self._dialogue.asks

    def start(self, identity: bytes) -> bytes:
        """Begin with whom the peer says that it is. Raises InnerRefused: it does not say."""
        if not identity:
            raise InnerRefused("found no identity, and no tunnel in which to say one")
        return self._dialogue.start(identity)

    def hear(self, data: bytes) -> Heard:
        """Take the data of a response. Raises InnerRefused."""
        return self._dialogue.hear(data)

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""
        return self._dialogue.ask(text)

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes | None:
        """Give how the dialogue says the result; None: it does not. Raises InnerRefused."""
        return self._dialogue.conclude(passed=passed, proof=proof)

    def keys(self) -> Secret | None:
        """Give the MSK; None: there is none."""
        return self._dialogue.keys()
