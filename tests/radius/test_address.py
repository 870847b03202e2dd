"""IPv4-mapped addresses."""

from ipaddress import ip_address

from proxy.radius.address import unmapped


def test_a_mapped_address_is_the_ipv4_address():
    """An IPv4-mapped address stands for the IPv4 address; others stay."""
    assert unmapped(ip_address("::ffff:192.0.2.1")) == ip_address("192.0.2.1")
    assert unmapped(ip_address("192.0.2.1")) == ip_address("192.0.2.1")
    assert unmapped(ip_address("2001:db8::1")) == ip_address("2001:db8::1")
