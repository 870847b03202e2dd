"""
Which push services may be called: anything public at the port of HTTPS, and those of one's own.

An endpoint is named by whoever enrolled a phone, so calling it must not reach what only this
machine can reach. A public service is called at addresses of the public internet alone, whatever
its name resolves to; services that the operator names are called wherever they are.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

from twisted.internet.ssl import (
    Certificate,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)

from proxy.factors.subscription import HTTPS, Endpoint

NOT_PUBLIC_4: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "168.63.129.16/32",  # a public address that Azure answers inside its machines
        "169.254.0.0/16",  # link-local (RFC 3927); where clouds have their metadata
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890); Oracle's metadata
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved, and broadcast (RFC 1112)
    )
)
PUBLIC_6: Final = ip_network("2000::/3")
"""All that is assigned; ULA, link-local, multicast, mapped and NAT64 addresses are elsewhere."""
NOT_PUBLIC_6: Final = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments (RFC 2928); Teredo hides an IPv4 address
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 hides an IPv4 address (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)


def is_public(text: str) -> bool:
    """Say whether an address is one of the public internet; what is no address is not."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    if address.scope_id is not None or address not in PUBLIC_6:
        return False
    return not any(address in network for network in NOT_PUBLIC_6)


@dataclass(frozen=True, slots=True)
class Service:
    """A push service that the operator names."""

    host: str
    """A name or an address without brackets, in small letters."""
    port: int | None
    """None: any."""


@dataclass(frozen=True, slots=True)
class Services:
    """Who may be called, and which certificates they must show."""

    own: frozenset[Service] = frozenset()
    own_trust: Any = field(default_factory=platformTrust, compare=False)
    """What vouches for those of one's own."""

    def is_own(self, host: str, port: int) -> bool:
        """Say whether the operator named this service."""
        return Service(host, port) in self.own or Service(host, None) in self.own

    def may_be_called(self, endpoint: Endpoint) -> bool:
        """Say whether an endpoint may be called, as far as can be told without resolving it."""
        if self.is_own(endpoint.host, endpoint.port):
            return True
        try:
            ip_address(endpoint.host)
        except ValueError:
            return endpoint.port == HTTPS
        return endpoint.port == HTTPS and is_public(endpoint.host)

    def may_be_connected(self, host: str, port: int, address: str) -> bool:
        """Say whether a service may be connected to at this address of it."""
        return self.is_own(host, port) or (port == HTTPS and is_public(address))

    def tls(self, host: str, port: int) -> Any:  # noqa: ANN401 - Twisted's
        """Give the client's side of TLS, which verifies certificate and name; it takes some ms."""
        own = self.is_own(host, port)
        return optionsForClientTLS(host, self.own_trust if own else platformTrust())


def services(own: frozenset[Service], ca_certificates: bytes | None) -> Services:
    """
    Make the rule from what the configuration says.

    Args:
        ca_certificates: PEM; None: the system's vouch for those of one's own too.

    Raises:
        ValueError: there is no certificate in it, or one that cannot be read.
    """
    if ca_certificates is None:
        return Services(own)
    marker = b"-----END CERTIFICATE-----"
    parts = [part + marker for part in ca_certificates.split(marker)[:-1]]
    if not parts:
        raise ValueError("found no certificates in PEM")
    return Services(own, trustRootFromCertificates([Certificate.loadPEM(one) for one in parts]))
