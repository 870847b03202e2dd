"""
UDP sockets of our own on Twisted's reactor: replies leave from the address the request came to.

Twisted's own UDP port cannot say to which address of a wildcard listener a datagram came. This one
reads with recvmsg, a bounded number a wake-up, and sends with sendmsg; it never waits for either.
"""

import socket
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from proxy.frontends.radius.discards import Count
from proxy.frontends.radius.exchange import ReplyOctets, Source
from proxy.frontends.radius.pktinfo import (
    ANCILLARY_ROOM,
    Ancillary,
    ask_for_pktinfo,
    return_path,
)
from proxy.radius.packet import MAX_PACKET_LENGTH

OUR_ADDRESSES: Final = 256
"""Remembered, so that pending requests share one value for each; more than any host has."""

PEERS: Final = 4096
"""Remembered, so that the pending requests of a NAS share its address; a NAS has a few ports."""

DATAGRAMS_PER_WAKE_UP: Final = 8
"""So that a flood leaves time for timers and other sockets: half a millisecond of work."""

RECEIVE_BUFFER: Final = 8 * 1024 * 1024
"""Octets; a packet takes about 1 kB of it, and thousands may come while the loop is busy."""

TRUNCATED: Final = int(socket.MSG_TRUNC)
"""As a plain number: an `&` of the standard library's own takes longer than reading a datagram."""

SO_RCVBUFFORCE: Final = 33
"""From asm-generic/socket.h; goes past net.core.rmem_max where we may (CAP_NET_ADMIN)."""

Ours = tuple[tuple[str, int], tuple[Ancillary, ...]]
"""Where a listener is bound, and what a reply is sent with to leave from the address asked."""

Receive = Callable[[bytes, Source, ReplyOctets], object]
"""Takes in a datagram, where it came from and how to reply; never raises."""


NOBODY: Final = {socket.AF_INET: ("127.0.0.1", 9), socket.AF_INET6: ("::1", 9)}
"""The discard service of this machine, by family: it never sends."""


def open_socket(
    host: str, port: int, prepare: Callable[[socket.socket], object] | None = None
) -> socket.socket:
    """
    Open a UDP socket on an IP address, without brackets; an IPv6 one takes no IPv4.

    Args:
        prepare: called with the socket before it is bound.

    Raises:
        OSError: the address is not ours, or taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.setsockopt(*ask_for_pktinfo(family), 1)
        _widen(opened)
        if prepare is not None:
            prepare(opened)
        opened.bind((host, port))
    except OSError:
        opened.close()
        raise
    return opened


def _widen(opened: socket.socket) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _ours(bound: tuple[str, int], *ancillary: Ancillary) -> Ours:
    return bound, return_path(ancillary)


@implementer(IReadDescriptor)
class UdpListener:
    """
    One socket that listens for requests.

    Args:
        reactor: wakes it up when datagrams have come.
        opened: from `open_socket`; it is closed here.
        count: called with a word for every datagram that is lost here.
    """

    _log = Logger()

    def __init__(self, reactor: Any, opened: socket.socket, receive: Receive, count: Count) -> None:  # noqa: ANN401 - Twisted's reactor interfaces are not typed
        self._reactor = reactor
        self.socket = opened
        """For options; it is read and written here alone."""
        self._receive = receive
        self._count = count
        host, port = opened.getsockname()[:2]
        self.address: tuple[str, int] = (host, port)
        """Where it is bound; the port is known even where 0 was asked for."""
        self._ours = lru_cache(OUR_ADDRESSES)(partial(_ours, self.address))
        self._peer = lru_cache(PEERS)(self._peer_at)

    def start(self) -> None:
        """Begin to listen."""
        self._reactor.addReader(self)

    def deafen(self) -> None:
        """
        Take in what has come, then hear nothing more; replies still leave.

        A connected socket is given only what comes from its peer (udp(7)); whatever else comes goes
        to another socket on the address, or is told that nobody is there.
        """
        try:
            self.socket.connect(NOBODY[self.socket.family])
        except OSError as error:
            self._log.warn(
                "{address} is heard until it closes: {error}", address=self.address, error=error
            )

    def stop(self) -> None:
        """Listen and reply no more; may be called twice."""
        if self.socket.fileno() >= 0:
            self._reactor.removeReader(self)
            self.socket.close()

    def fileno(self) -> int:
        """Give the descriptor that the reactor watches; -1 once it is closed."""
        return self.socket.fileno()

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """Name this listener in Twisted's log."""
        return "radius"

    def connectionLost(self, reason: Failure) -> None:  # noqa: ARG002, N802 - Twisted's name
        """Close: the reactor is stopping."""
        self.stop()

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """Take in what has come, up to a bound; the reactor calls again for the rest."""
        for _ in range(DATAGRAMS_PER_WAKE_UP):
            if self.socket.fileno() < 0:
                return
            try:
                datagram, ancillary, flags, source = self.socket.recvmsg(
                    MAX_PACKET_LENGTH, ANCILLARY_ROOM
                )
            except BlockingIOError:
                return
            except OSError as error:
                # An ICMP error that came for an earlier reply; the socket is as good as before.
                self._count("receive-failed")
                self._log.debug("a datagram could not be read: {error}", error=error)
                continue
            if flags & TRUNCATED:
                self._count("too-long")
                continue
            self._receive(datagram, *self._peer(self._ours(*ancillary), source))

    def _peer_at(self, ours: Ours, peer: tuple[Any, ...]) -> tuple[Source, ReplyOctets]:
        """Give a peer and the way back to it; a NAS sends from few ports, so they are shared."""
        return Source(peer[0], peer[1], ours), partial(self._send, ours, peer)

    def _send(self, ours: Ours, to: tuple[Any, ...], octets: bytes) -> None:
        """Send a reply; one that cannot leave now is lost, and its NAS asks again."""
        if self.socket.fileno() < 0:
            self._count("send-closed")
            return
        try:
            self.socket.sendmsg((octets,), ours[1], 0, to)
        except BlockingIOError:
            self._count("send-would-block")
        except OSError as error:
            self._count("send-failed")
            self._log.debug("a reply could not be sent: {error}", error=error)
