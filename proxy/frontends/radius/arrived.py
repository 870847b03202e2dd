"""One Access-Request with EAP, and all that it came with."""

from dataclasses import dataclass, replace
from typing import Final

from proxy.eap.inner import Certified, Credentials
from proxy.eap.terms import BARE, Heartbeat, Terms
from proxy.frontends.radius.reading import Reader, Refused
from proxy.frontends.radius.relay_terms import RelayTerms
from proxy.frontends.radius.talks import EapRequest
from proxy.login.request import LoginRequest, Proof
from proxy.radius.clients import RadiusClient
from proxy.radius.packet import NAS_PORT_TYPE, Packet

_LINKS: Final = frozenset({15, 19})
"""Ethernet and Wireless-802.11 (RFC 2865 section 5.41)."""

_WIRELESS: Final = frozenset({18, 19, *range(22, 26), *range(27, 30)})
"""All kinds of Wireless (RFC 2865 section 5.41 and IANA's list of its values)."""


def spoken(packet: Packet, terms: Terms | RelayTerms) -> Terms | RelayTerms:
    """Give the terms of one place: nothing is said without TLS where anyone near hears it."""
    kind = packet.first(NAS_PORT_TYPE)
    wireless = kind is not None and int.from_bytes(kind, "big") in _WIRELESS
    if not wireless or isinstance(terms, RelayTerms) or BARE.isdisjoint(terms.methods):
        return terms
    return replace(terms, methods=tuple(name for name in terms.methods if name not in BARE))


@dataclass(frozen=True, slots=True)
class At:
    """What a conversation goes on with."""

    packet: Packet
    client: RadiusClient
    source: str
    """The address that it came from."""
    arrived: float
    """Seconds, the daemon's clock."""
    pending: EapRequest
    reader: Reader
    terms: Terms | RelayTerms

    def told(self, told: Credentials, *, mute: bool) -> LoginRequest | Refused:
        """Read the login of whoever told a password; see `Reader.read_inner`."""
        return self.reader.read_inner(
            self.packet,
            self.client,
            self.source,
            self.arrived,
            told.username,
            told.password,
            response=told.method == "mschapv2",
            mute=mute,
            most_wait=self._most_wait,
        )

    def certified(self, told: Certified) -> LoginRequest | Refused:
        """Read the login of whom a certificate names; nothing can be asked in EAP-TLS."""
        return self.vouched(told.username, Proof("certificate"))

    def vouched(self, name: bytes, proof: Proof) -> LoginRequest | Refused:
        """Read the login of somebody whose first factor is proved; nothing can be asked."""
        return self.reader.read_vouched(
            self.packet,
            self.client,
            self.source,
            self.arrived,
            name,
            proof,
            mute=True,
            most_wait=self._most_wait,
        )

    @property
    def _most_wait(self) -> float | None:
        return None if self.heartbeat is None else self.heartbeat.wait

    @property
    def heartbeat(self) -> Heartbeat | None:
        """Give how the device is kept patient; None: it is not, as behind any gateway."""
        kind = self.packet.first(NAS_PORT_TYPE)
        link = kind is not None and int.from_bytes(kind, "big") in _LINKS
        return self.terms.heartbeat if link else None
