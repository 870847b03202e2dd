"""How conversations are held with the devices of one client."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from OpenSSL import SSL

from proxy.eap.tls_engine import TlsEngine

InnerName = Literal["pap", "gtc", "mschapv2"]
"""What may be said inside a tunnel; PAP in TTLS alone. MSCHAPv2 is in both as EAP, and in TTLS
without EAP too."""
INNER: Final[tuple[InnerName, ...]] = ("pap", "gtc")
NameKind = Literal["upn", "email", "cn"]
"""Where a certificate has its person's name."""
MethodName = Literal["ttls", "peap", "tls", "gtc", "mschapv2"]
BARE: Final[frozenset[MethodName]] = frozenset({"gtc", "mschapv2"})
"""Those without TLS: whoever sees their packets may read the password, or guess it."""

FRAGMENT: Final = 1_000
"""Octets of data in one packet: what every access point carries."""


MOST_BEATS: Final = 40
"""In one conversation: supplicants give up after 50 or 100 rounds, and a login takes up to ten."""
MOST_SECONDS: Final = 90.0
"""That one conversation is drawn out by heartbeats."""
LAST_MOMENT: Final = 2.0
"""Seconds: who approves just before the end still gets in."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """
    How a device is kept patient while a phone is awaited.

    It is sent the last request again, octet for octet; RFC 3748 section 4.1 has it answer the same
    without a thought, and every timer of device and access point begins anew. Or it is sent a
    Notification, which it answers and shows (section 5.2), by a method whose state bears that.
    """

    every: float
    """Seconds that a request of the NAS waits before it is answered by one."""
    most: float
    """Seconds that a phone is awaited, as far as `beats` reach."""
    notice: bool = False
    """A Notification where the method bears it."""

    @property
    def beats(self) -> int:
        """Give how many there are in one conversation at most."""
        return min(MOST_BEATS, int(MOST_SECONDS // self.every))

    @property
    def wait(self) -> float:
        """Give the seconds that a login may take from its credentials on."""
        return min(self.most + LAST_MOMENT, self.beats * self.every)


class Sessions(Protocol):
    """Where the TLS session of one conversation may be kept, and where one may be resumed from."""

    def engine(self, type_: int) -> TlsEngine:
        """Begin TLS for a method of this type; called once at most."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Which certificates of devices let a person in, and whom they name."""

    context: SSL.Context
    """It asks for a certificate, verifies it, and resumes no session."""
    names: tuple[NameKind, ...]
    """Where the person's name is, in order."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a conversation is begun with."""

    context: SSL.Context
    methods: tuple[MethodName, ...]
    """In order of preference, at least one."""
    fragment: int = FRAGMENT
    heartbeat: Heartbeat | None = None
    """None: a device is not kept patient."""
    inner: tuple[InnerName, ...] = INNER
    """In order of preference, at least one."""
    bare_asks: bool = False
    """Peers of GTC without TLS bear questions after the password."""
    certificates: Certificates | None = None
    """None: no device comes by EAP-TLS."""
    fresh: Callable[[], SSL.Context] | None = None
    """Makes a context that one conversation has for itself, for a session that may be kept; None:
    none ever is."""
    sessions: Sessions | None = None
    """None: nothing is kept of this conversation, and nothing resumed."""
