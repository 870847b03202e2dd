"""
How, from where and when a login comes: what a policy may ask of it beside its attributes.

Nothing here knows the person yet. What cannot be told (a caller that is no address) does not match.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from proxy.login.hours import Hours
from proxy.login.request import LoginRequest, Method


@dataclass(frozen=True, slots=True)
class CameBy:
    """The login comes by one of these methods."""

    methods: frozenset[Method]

    def holds(self, request: LoginRequest) -> bool:
        """Say whether it does."""
        return request.method in self.methods


@dataclass(frozen=True, slots=True)
class CameFrom:
    """The caller's address is in one of these networks."""

    networks: tuple[IPv4Network | IPv6Network, ...]

    def holds(self, request: LoginRequest) -> bool:
        """Say whether it is; a caller that is untold or no address is nowhere."""
        address = caller_address(request.login.caller)
        return address is not None and any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class CameAt:
    """The request arrived in these hours."""

    hours: Hours

    def holds(self, request: LoginRequest) -> bool:
        """Say whether it did."""
        return self.hours.hold(request.arrived)


@dataclass(frozen=True, slots=True)
class CameOver:
    """The device is in one of these Wi-Fi networks."""

    ssids: frozenset[str]

    def holds(self, request: LoginRequest) -> bool:
        """Say whether it is; an untold SSID is none of them."""
        return request.called.ssid in self.ssids


@dataclass(frozen=True, slots=True)
class CameThrough:
    """The device is at one of these access points."""

    access_points: frozenset[str]
    """MACs, 12 lower-case hex digits."""

    def holds(self, request: LoginRequest) -> bool:
        """Say whether it is; an untold access point is none of them."""
        return request.called.access_point in self.access_points


Circumstance = CameBy | CameFrom | CameAt | CameOver | CameThrough


def caller_address(caller: str | None) -> IPv4Address | IPv6Address | None:
    """Give a caller's address; None: it is untold or no address."""
    try:
        return None if caller is None else ip_address(caller)
    except ValueError:
        return None
