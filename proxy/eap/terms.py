"""How conversations are held with the devices of one client."""

from dataclasses import dataclass
from typing import Final, Literal

from OpenSSL import SSL

InnerName = Literal["pap", "gtc", "mschapv2"]
"""What may be said inside a tunnel; PAP in TTLS alone. MSCHAPv2 is in both as EAP, and in TTLS
without EAP too."""
INNER: Final[tuple[InnerName, ...]] = ("pap", "gtc")
NameKind = Literal["upn", "email", "cn"]
"""Where a certificate has its person's name."""
MethodName = Literal["ttls", "peap", "tls"]

FRAGMENT: Final = 1_000
"""Octets of data in one packet: what every access point carries."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """
    How a device is kept patient while a phone is awaited.

    It is sent the last request again, octet for octet; RFC 3748 section 4.1 has it answer the same
    without a thought, and every timer of device and access point begins anew.
    """

    every: float
    """Seconds that a request of the NAS waits before it is answered by one."""
    most: float
    """Seconds after which it ends, and the login with it."""


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
    certificates: Certificates | None = None
    """None: no device comes by EAP-TLS."""
