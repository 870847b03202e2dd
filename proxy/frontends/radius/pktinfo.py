"""
Which of our addresses a datagram came to, so that its reply leaves from there.

On a wildcard listener the kernel says so in ancillary data (ip(7) IP_PKTINFO, RFC 3542 section 6),
and takes the same, turned round, with the reply. Nothing here touches a socket.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv6Address
from struct import Struct
from typing import Final

IP_PKTINFO: Final = 8
"""From linux/in.h; Python 3.11 has no name for it."""

_IPV4 = Struct("=i4s4s")
"""Interface, our address, the address in the datagram's header."""
_IPV6 = Struct("=16sI")
"""Our address, interface."""

ANCILLARY_ROOM: Final = socket.CMSG_SPACE(_IPV4.size) + socket.CMSG_SPACE(_IPV6.size)

Ancillary = tuple[int, int, bytes]
"""Level, type and data, as recvmsg gives them and sendmsg takes them."""


def ask_for_pktinfo(family: int) -> tuple[int, int]:
    """Give level and name of the socket option that has the kernel tell our address."""
    if family == socket.AF_INET6:
        return socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO
    return socket.IPPROTO_IP, IP_PKTINFO


def return_path(received: Iterable[Ancillary]) -> tuple[Ancillary, ...]:
    """
    Give what a reply must be sent with, to leave from the address that the request came to.

    Empty: the kernel did not say; it chooses the address then.
    """
    for level, kind, data in received:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO) and len(data) >= _IPV4.size:
            _, ours, _ = _IPV4.unpack_from(data)
            return ((level, kind, _IPV4.pack(0, ours, bytes(4))),)
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO) and len(data) >= _IPV6.size:
            ours, interface = _IPV6.unpack_from(data)
            # Only a link-local address needs its interface; others leave as the routes say.
            kept = interface if IPv6Address(ours).is_link_local else 0
            return ((level, kind, _IPV6.pack(ours, kept)),)
    return ()
