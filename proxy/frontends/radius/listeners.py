"""
The sockets of the RADIUS door, which may be exchanged while requests are pending.

What is to be there is opened first; only when all of it is had do listeners change. One that stays
is not touched. One that goes hears nothing more and stays until what came by it has its answer,
which must leave from the address and port that were asked.
"""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from typing import Any

from proxy.frontends.radius.discards import Count
from proxy.frontends.radius.udp import Receive, UdpListener, open_socket

Address = tuple[str, int]
"""An IP address without brackets, and a port; 0 is any free one."""


class CannotListen(Exception):  # noqa: N818 - it names what happened
    """One address of several cannot be had; *position* counts from 0."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position


class Listeners:
    """All that listen now; `bound` is where."""

    def __init__(self, reactor: Any, receive: Receive, count: Count) -> None:  # noqa: ANN401 - a reactor
        self._reactor = reactor
        self._receive = receive
        self._count = count
        self._all: list[tuple[Address, UdpListener]] = []
        """Each with the address that was asked for it."""

    @property
    def bound(self) -> list[Address]:
        """Where they listen, in the order of the configuration."""
        return [listener.address for _, listener in self._all]

    def open(self, addresses: Sequence[Address]) -> list[tuple[Address, UdpListener]]:
        """
        Give what is to be there, for `take` or `drop`: those that stay, and new ones.

        New ones are bound, so that from now on the system keeps what comes for them.

        Raises:
            CannotListen: an address is not ours, or taken; nothing has changed.
        """
        leaving = list(self._all)
        stays = [_taken_out(leaving, address) for address in addresses]
        wanted: list[tuple[Address, UdpListener]] = []
        try:
            for position, (address, listener) in enumerate(zip(addresses, stays, strict=True)):
                if listener is None:
                    listener = self._open(position, address, [one for _, one in leaving])  # noqa: PLW2901
                wanted.append((address, listener))
        except CannotListen:
            self.drop(wanted)
            raise
        return wanted

    def drop(self, wanted: Sequence[tuple[Address, UdpListener]]) -> None:
        """Close again what was opened for nothing."""
        for _, listener in wanted:
            if not self._has(listener):
                listener.stop()

    def take(self, wanted: list[tuple[Address, UdpListener]]) -> list[UdpListener]:
        """Begin to listen where it is new; give those that hear nothing more, to be stopped."""
        for _, listener in wanted:
            if not self._has(listener):
                listener.start()
        kept = {listener for _, listener in wanted}
        gone = [listener for _, listener in self._all if listener not in kept]
        for listener in gone:
            listener.deafen()
        self._all = wanted
        return gone

    def stop(self) -> None:
        """Close them all."""
        for _, listener in self._all:
            listener.stop()

    def _has(self, listener: UdpListener) -> bool:
        return any(one is listener for _, one in self._all)

    def _open(self, position: int, address: Address, leaving: Sequence[UdpListener]) -> UdpListener:
        try:
            opened = _opened(*address, leaving)
        except OSError as error:
            raise CannotListen(position, error.strerror or str(error)) from None
        return UdpListener(self._reactor, opened, self._receive, self._count)


def _taken_out(
    listeners: list[tuple[Address, UdpListener]], address: Address
) -> UdpListener | None:
    """Take the listener for an address out of a list; None: there is none."""
    for one in listeners:
        asked, listener = one
        if address in (asked, listener.address):
            listeners.remove(one)
            return listener
    return None


def _opened(host: str, port: int, leaving: Sequence[UdpListener]) -> socket:
    """Open a socket; one of ours that is about to go may still be in its place."""
    try:
        return open_socket(host, port)
    except OSError as error:
        in_its_place = [one.socket for one in leaving if port and one.address[1] == port]
        if error.errno != errno.EADDRINUSE or not in_its_place:
            raise
        with _shared(in_its_place) as share:
            return open_socket(host, port, share)


@contextmanager
def _shared(sockets: Sequence[socket]) -> Iterator[Callable[[socket], object]]:
    """
    Let one more socket overlap with these (0.0.0.0 and an address of ours); give what it needs.

    Only while it is being bound: after that a port that is taken is taken for everybody.
    """
    shared = list(sockets)

    def share(one: socket) -> None:
        one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        shared.append(one)

    for one in sockets:
        one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        yield share
    finally:
        for one in shared:
            if one.fileno() >= 0:
                one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 0)
