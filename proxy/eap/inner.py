"""What is said inside a tunnel, whatever the tunnel is."""

from dataclasses import dataclass
from typing import Final, Protocol

from proxy.errors import PeerError
from proxy.secret import Secret

MAX_NAME: Final = 253
MAX_TEXT: Final = 1_024
"""Octets of a text that we ask with, or that a person answers."""


class InnerRefused(PeerError):  # noqa: N818 - it names what happened
    """What the peer said inside is not understood, or comes out of turn."""

    reason = "inner-refused"


@dataclass(frozen=True, slots=True)
class Say:
    """Say this inside; the peer will answer."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Credentials:
    """The peer told who it is."""

    username: bytes
    password: Secret
    method: str
    """`pap` or `gtc`."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The person answered what was asked."""

    text: Secret


@dataclass(frozen=True, slots=True)
class Concluded:
    """The peer has heard the result."""


Heard = Say | Credentials | Answered | Concluded


class Inner(Protocol):
    """One end of what is said inside one tunnel."""

    asks: int
    """How many more questions this peer can be asked; known when it has told who it is."""

    def begin(self) -> bytes:
        """Give what we say first; empty: the peer does."""

    def hear(self, octets: bytes) -> Heard:
        """Take what the peer said. Raises PeerError."""

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""

    def conclude(self, *, passed: bool) -> bytes:
        """Give how the result is said inside; empty: it is not."""
