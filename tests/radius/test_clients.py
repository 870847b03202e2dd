"""Clients by source address."""

from ipaddress import ip_network

import pytest

from proxy.radius.clients import Clients, DuplicateNetwork, RadiusClient
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret


def client(name: str, *networks: str) -> RadiusClient:
    return RadiusClient(
        name, tuple(ip_network(text) for text in networks), SharedSecret(Secret(b"s" * 32))
    )


def name_at(clients: Clients, address: str) -> str | None:
    found = clients.find(address)
    return None if found is None else found.name


def test_the_longest_matching_network_wins():
    """An address belongs to the client with the longest network, whatever their order."""
    clients = Clients(
        [
            client("wide", "192.0.0.0/8"),
            client("host", "192.0.2.10/32"),
            client("net", "192.0.2.0/24"),
        ]
    )
    assert name_at(clients, "192.0.2.10") == "host"
    assert name_at(clients, "192.0.2.11") == "net"
    assert name_at(clients, "192.9.2.11") == "wide"
    assert name_at(clients, "193.0.2.10") is None


def test_families_are_apart():
    """An IPv6 client is found by its network, and `::/0` is not for IPv4."""
    clients = Clients([client("six", "2001:db8::/32"), client("all-six", "::/0")])
    assert name_at(clients, "2001:db8::1") == "six"
    assert name_at(clients, "2001:db9::1") == "all-six"
    assert name_at(clients, "192.0.2.1") is None


def test_mapped_addresses_are_ipv4():
    """An IPv4-mapped source is the IPv4 client."""
    clients = Clients([client("four", "192.0.2.0/24"), client("six", "::/0")])
    assert name_at(clients, "::ffff:192.0.2.7") == "four"


def test_link_local_scopes_do_not_matter():
    """A link-local source is found by its address, whatever interface it came through."""
    assert name_at(Clients([client("local", "fe80::/10")]), "fe80::1%eth0") == "local"


def test_everything_can_be_a_client():
    """A network of all addresses holds every address."""
    assert name_at(Clients([client("all", "0.0.0.0/0")]), "255.1.2.3") == "all"


def test_the_same_network_twice_is_an_error():
    """Two clients cannot have the same network; one client may name it twice."""
    with pytest.raises(DuplicateNetwork, match=r"192\.0\.2\.0/24 in both one and two"):
        Clients([client("one", "192.0.2.0/24"), client("two", "192.0.2.0/24")])
    assert Clients([client("one", "192.0.2.0/24", "192.0.2.0/24")]).find("192.0.2.1")


def test_defaults_are_safe():
    """A client requires Message-Authenticator and is not taken to show challenges."""
    vpn = client("vpn", "192.0.2.1/32")
    assert vpn.require_message_authenticator
    assert vpn.limit_proxy_state
    assert not vpn.challenge
    assert not vpn.append_code
    assert "***" in repr(vpn)
