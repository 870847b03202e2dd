"""Which push services may be called: no name and no address leads into the network."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.factors.subscription import Endpoint
from proxy.push.services import Service, Services, is_public, services
from tests.peers.authority import Authority

OWN = Services(frozenset({Service("push.inside", 8443), Service("192.0.2.7", None)}))
INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",  # metadata of Alibaba
    "168.63.129.16",  # of Azure
    "169.254.169.254",  # of most
    "172.31.255.255",
    "192.0.0.192",  # of Oracle
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:1.1.1.1",
    "64:ff9b::7f00:1",
    "64:ff9b::1.1.1.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # metadata of AWS
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "localhost",
    "2130706433",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_public(address):
    """Loopback, private, link-local, metadata, multicast, and whatever hides an IPv4 address."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "142.250.0.1", "100.128.0.1", "2606:4700::1111"])
def test_what_is_public(address):
    """Where push services are."""
    assert is_public(address)


@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.ip_addresses(v=4)))
def test_no_special_address_is_public(address):
    """By the registry of special-purpose addresses that Python has."""
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast


@given(st.one_of(st.integers(0, 2**128 - 1).map(IPv6Address), st.ip_addresses(v=6)))
def test_no_special_address_of_ipv6_is_public(address):
    """Nor one that another address is written into."""
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert (None, None, None) == (address.ipv4_mapped, address.sixtofour, address.teredo)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::", "::", "2002::", "2001::"]))
def test_no_address_written_into_another_is_public(address, prefix):
    """Mapped, translated, compatible, tunnelled."""
    base, number = int(ip_address(prefix)), int(address)
    shifts = {"2002::": 80, "2001::": 0}
    assert not is_public(str(IPv6Address(base + (number << shifts.get(prefix, 0)))))


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://fcm.googleapis.com:8443/fcm/send/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://1.1.1.1/x", True),
        ("https://push.inside:8443/x", True),
        ("https://PUSH.inside:8443/x", True),
        ("https://push.inside:8444/x", False),
        ("https://192.0.2.7:1/x", True),
    ],
)
def test_what_an_endpoint_may_be(url, may):
    """Before it is resolved: the port of HTTPS, or a service of one's own."""
    assert may == OWN.may_be_called(Endpoint.parse(url))


def test_what_a_service_resolves_to():
    """A name that is not one's own leads to public addresses alone."""
    assert OWN.may_be_connected("push.inside", 8443, "127.0.0.1")
    assert not OWN.may_be_connected("push.inside", 443, "127.0.0.1")
    assert OWN.may_be_connected("push.outside", 443, "1.1.1.1")
    assert not OWN.may_be_connected("push.outside", 8443, "1.1.1.1")
    assert not OWN.may_be_connected("push.outside", 443, "10.0.0.1")


def test_the_cas_of_ones_own_services(tmp_path):
    """All that are in the file; a file without any is a fault."""
    files = [Authority(tmp_path, name).file.read_bytes() for name in ("one", "two")]
    assert OWN == services(OWN.own, b"\n".join(files))
    with pytest.raises(ValueError, match="found no certificates"):
        services(OWN.own, b"nothing")
