"""Who is calling: the connection's address, or what a trusted proxy says of it."""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Protocol

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

FORWARDED_READ = 32
"""Entries of X-Forwarded-For that are looked at; no chain of proxies is longer."""


def client_address(peer: str, forwarded_for: Iterable[str], trusted: Sequence[Network]) -> Address:
    """
    Give the address of the client.

    *peer* is the connection's, *forwarded_for* the values of X-Forwarded-For, in order. From the
    right, each address is believed as long as a trusted proxy wrote it; what is no address ends it.
    """
    client = _plain(ip_address(peer))
    entries = ",".join(forwarded_for).split(",")[-FORWARDED_READ:]
    for entry in reversed(entries):
        if not _is_in(client, trusted):
            break
        try:
            client = _plain(ip_address(entry.strip()))
        except ValueError:
            break
    return client


def address_of(request: Any, trusted: Sequence[Network]) -> Address:  # noqa: ANN401 - Twisted's
    """Give the address of the client that made a request."""
    values = request.requestHeaders.getRawHeaders(b"X-Forwarded-For", [])
    peer = getattr(request.getClientAddress(), "host", "0.0.0.0")  # noqa: S104 - one without any
    return client_address(peer, [value.decode("latin-1") for value in values], trusted)


def source_of(address: Address) -> Network:
    """Give what counts as one source: an IPv4 address, or the /64 that one IPv6 host has."""
    return ip_network((address, 32 if address.version == 4 else 64), strict=False)


class Trust(Protocol):
    """Which proxies are trusted now."""

    @property
    def trusted_proxies(self) -> Callable[[], Sequence[Network]]: ...


def source_of_request(request: Any, trust: Trust) -> Network:  # noqa: ANN401 - Twisted's
    """Give the source that a request comes from."""
    peer = request.getClientAddress()
    values = request.requestHeaders.getRawHeaders(b"X-Forwarded-For", [])
    forwarded = [value.decode("latin-1") for value in values]
    host = getattr(peer, "host", "0.0.0.0")  # noqa: S104 - a peer without an address
    return source_of(client_address(host, forwarded, trust.trusted_proxies()))


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
