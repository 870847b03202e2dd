"""Who is calling, behind the proxies that are trusted."""

from ipaddress import ip_address, ip_network

import pytest

from proxy.frontends.web.source import client_address, source_of

PROXIES = [ip_network("192.0.2.0/28"), ip_network("2001:db8:f::/48")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.1", [], "198.51.100.1"),
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
        ("192.0.2.1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:192.0.2.1", ["203.0.113.9"], "203.0.113.9"),
        ("2001:db8:f::1", ["2001:db8::9"], "2001:db8::9"),
        ("192.0.2.1", ["10.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("192.0.2.1", ["203.0.113.9, 192.0.2.2"], "203.0.113.9"),
        ("192.0.2.1", ["203.0.113.9", "192.0.2.2"], "203.0.113.9"),
        ("192.0.2.1", ["nonsense"], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9, "], "192.0.2.1"),
        ("192.0.2.1", [""], "192.0.2.1"),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer, forwarded, client):
    """From the right, as far as trusted proxies wrote it; what a client wrote itself is not."""
    assert client_address(peer, forwarded, PROXIES) == ip_address(client)


def test_one_host_is_one_source():
    """An IPv4 address, or the /64 in which an IPv6 host may choose any."""
    assert source_of(ip_address("203.0.113.9")) == ip_network("203.0.113.9/32")
    assert source_of(ip_address("2001:db8::9")) == ip_network("2001:db8::/64")
