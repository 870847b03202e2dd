"""Where requests come from: an address, a network, or a range of addresses."""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)

Network = IPv4Network | IPv6Network


def parse_networks(text: str) -> tuple[Network, ...] | None:
    """
    Read `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0/255.255.255.0` or `192.0.2.4-192.0.2.8`.

    A range is the fewest networks that are it exactly. None: it is none of these.
    """
    first, dash, last = (part.strip() for part in text.partition("-"))
    try:
        if not dash:
            return (ip_network(text.strip(), strict=False),)
        begin, end = ip_address(first), ip_address(last)
        if isinstance(begin, IPv4Address):
            return tuple(summarize_address_range(begin, IPv4Address(last)))
        return tuple(summarize_address_range(begin, type(begin)(end)))
    except (ValueError, TypeError):
        return None
