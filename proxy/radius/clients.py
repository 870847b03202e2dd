"""
The configured clients (NASes), found by the source address of a packet: longest network first.

One table a prefix length, so that a look-up costs a few dictionary reads however many clients there
are; results are remembered, in bounded number. IPv4-mapped IPv6 addresses are IPv4 addresses.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

from proxy.radius.address import unmapped
from proxy.radius.shared_secret import SharedSecret

Network = IPv4Network | IPv6Network

REMEMBERED = 4096
"""Look-ups remembered: more addresses than any site has NASes, little enough for forged ones."""


@dataclass(frozen=True, slots=True, eq=False)
class RadiusClient:
    """A NAS, or several that share one secret."""

    name: str
    networks: tuple[Network, ...]
    shared_secret: SharedSecret
    require_message_authenticator: bool = True
    limit_proxy_state: bool = True
    """Looked at only without *require_message_authenticator*."""
    challenge: bool = False
    """It can show an Access-Challenge and ask for an answer."""
    wait: float = 30.0
    """Seconds that it waits for an answer, all its retries together."""
    append_code: bool = False
    """`password,123456` is understood."""
    mschapv2: bool = False
    """MS-CHAPv2 without EAP is taken from it where a directory gives NT hashes."""
    caller: str = "Calling-Station-Id"
    """The attribute that names the caller."""
    join: Literal["caller", "user"] = "caller"
    """`user`: requests that say nothing about the caller are joined all the same."""
    text_limit: int | None = None
    """How many characters of a Reply-Message it shows; None: all."""
    caller_is: Literal["device", "address"] = "address"
    """What the caller is: a MAC address, or an address from which many people may come."""
    remember_group: str | None = None
    """Clients with the same one remember logins together; None: this one alone."""


class DuplicateNetwork(ValueError):  # noqa: N818 - it names what was found
    """Two clients with the same network: none is the longer match."""


class Clients:
    """All clients; made anew when the configuration is read again, and exchanged as a whole."""

    def __init__(self, clients: Iterable[RadiusClient]) -> None:
        """Sort the clients by their networks. Raises DuplicateNetwork."""
        self.all: tuple[RadiusClient, ...] = tuple(clients)
        tables: dict[tuple[int, int], dict[int, RadiusClient]] = {}
        for client in self.all:
            for network in client.networks:
                table = tables.setdefault((network.version, network.prefixlen), {})
                prefix = int(network.network_address) >> network.max_prefixlen - network.prefixlen
                other = table.setdefault(prefix, client)
                if other is not client:
                    raise DuplicateNetwork(
                        f"found {network} in both {other.name} and {client.name}, wanted it in one"
                    )
        self._tables = {
            version: [
                (bits - length, table)
                for (found, length), table in sorted(tables.items(), key=lambda item: -item[0][1])
                if found == version
            ]
            for version, bits in ((4, 32), (6, 128))
        }
        self.find = lru_cache(maxsize=REMEMBERED)(self._find)
        """Give the client with the longest network that holds an address; None: there is none."""

    def _find(self, address: str) -> RadiusClient | None:
        source = unmapped(ip_address(address))
        number = int(source)
        for shift, table in self._tables[source.version]:
            client = table.get(number >> shift)
            if client is not None:
                return client
        return None
