import socket
import struct
from ipaddress import IPv6Address

from proxy.frontends.radius.pktinfo import IP_PKTINFO, return_path

OURS = bytes((127, 0, 0, 2))
IPV4 = (socket.IPPROTO_IP, IP_PKTINFO)
IPV6 = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO)


def ipv6(address, interface):
    return (*IPV6, struct.pack("=16sI", IPv6Address(address).packed, interface))


def test_a_reply_leaves_from_the_ipv4_address_the_request_came_to():
    """Our own address goes back, without interface: the routes choose that."""
    received = (*IPV4, struct.pack("=i4s4s", 3, OURS, bytes((127, 255, 255, 255))))
    assert ((*IPV4, struct.pack("=i4s4s", 0, OURS, bytes(4))),) == return_path([received])


def test_a_reply_leaves_from_the_ipv6_address_the_request_came_to():
    """Likewise (RFC 3542 section 6.2)."""
    assert (ipv6("2001:db8::1", 0),) == return_path([ipv6("2001:db8::1", 3)])


def test_a_link_local_address_keeps_its_interface():
    """It means nothing without it."""
    assert (ipv6("fe80::1", 3),) == return_path([ipv6("fe80::1", 3)])


def test_where_the_kernel_says_nothing_it_chooses():
    """Other ancillary data, or none, or data cut short."""
    assert () == return_path([])
    assert () == return_path([(socket.SOL_SOCKET, 29, bytes(16)), (*IPV4, bytes(4)), (*IPV6, b"")])
