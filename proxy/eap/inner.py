"""What is said inside a tunnel, whatever the tunnel is."""

from dataclasses import dataclass
from typing import Final, Protocol

from proxy.eap.terms import InnerName
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
    """By MSCHAPv2: challenge and response, 66 octets as `proxy.radius.mschap` has them."""
    method: InnerName


@dataclass(frozen=True, slots=True)
class Certified:
    """The peer's certificate was verified, and it has the key; it names this person."""

    username: bytes
    """UTF-8."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The person answered what was asked."""

    text: Secret


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a right response of MSCHAPv2, from whoever knows the password's hash."""

    success: bytes
    """`S=` and 40 hexadecimal digits (RFC 2759 section 5)."""
    msk: Secret | None = None
    """64 octets, for a conversation without a tunnel; None: they are not known."""


@dataclass(frozen=True, slots=True)
class Concluded:
    """The peer has heard the result."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The peer resumed a TLS session that was kept; nothing need be said inside."""


Heard = Say | Credentials | Certified | Resumed | Answered | Concluded


class Inner(Protocol):
    """One end of what is said inside one tunnel."""

    @property
    def asks(self) -> int:
        """How many more questions this peer can be asked; known when it has told who it is."""

    def begin(self) -> bytes:
        """Give what we say first; empty: the peer does."""

    def hear(self, octets: bytes) -> Heard:
        """Take what the peer said. Raises PeerError."""

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes:
        """
        Give how the result is said inside; empty: it is not.

        Raises:
            InnerRefused: the peer would be told that it passed, and there is no proof to tell.
        """

    def acknowledged(self) -> bool:
        """Say whether a peer that says nothing has heard the result by that."""
