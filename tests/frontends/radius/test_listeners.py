"""Which sockets are opened, kept and left when the configuration is read again."""

import errno
import os
import socket as sockets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.frontends.radius import listeners as room
from proxy.frontends.radius.listeners import CannotListen, Listeners

FIRST_FREE = 40_000
ALL = "0.0.0.0"


class Network:
    """Obeys what is used of bind(2): a port that is taken, by whom, and SO_REUSEADDR on both."""

    def __init__(self):
        self.open = []
        self.next_port = FIRST_FREE
        self.foreign = set()
        self.asked = []

    def open_socket(self, host, port, prepare=None):
        self.asked.append((host, port))
        made = Socket(self)
        if prepare is not None:
            prepare(made)
        if port == 0:
            self.next_port += 1
            port = self.next_port
        overlapping = [
            one
            for one in self.open
            if one.name[1] == port and (ALL in (host, one.name[0]) or host == one.name[0])
        ]
        free = all(made.reuse and one.reuse for one in overlapping)
        if not free or (host, port) in self.foreign:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        made.name = (host, port)
        self.open.append(made)
        return made

    @property
    def bound(self):
        return sorted(one.name for one in self.open)


class Socket:
    family = sockets.AF_INET

    def __init__(self, network):
        self.network, self.name, self.reuse, self.peer = network, None, 0, None

    def getsockname(self):
        return self.name

    def fileno(self):
        return 7 if self in self.network.open else -1

    def setsockopt(self, level, option, value):
        assert (sockets.SOL_SOCKET, sockets.SO_REUSEADDR) == (level, option)
        self.reuse = value

    def connect(self, peer):
        self.peer = peer

    def close(self):
        self.network.open.remove(self)


class Reactor:
    """Obeys IReactorFDSet; to remove what is not there is no fault."""

    def __init__(self):
        self.readers = []

    def addReader(self, reader):  # noqa: N802
        self.readers.append(reader)

    def removeReader(self, reader):  # noqa: N802
        if reader in self.readers:
            self.readers.remove(reader)


class Door:
    """The listeners on that network, which one configuration after another is read for."""

    def __init__(self, monkeypatch, *addresses):
        self.network, self.reactor = Network(), Reactor()
        monkeypatch.setattr(room, "open_socket", self.network.open_socket)
        self.listeners = Listeners(self.reactor, None, None)
        self.read(*addresses)

    def read(self, *addresses):
        return self.listeners.take(self.listeners.open(addresses))


@pytest.fixture
def door(monkeypatch):
    return lambda *addresses: Door(monkeypatch, *addresses)


def test_what_stays_is_not_touched(door):
    """Neither opened nor closed nor deaf, whatever comes and goes beside it."""
    one = door((ALL, 1812), (ALL, 1645))
    (stays, _) = one.network.open
    gone = one.read((ALL, 1645), (ALL, 1812), (ALL, 1912))
    assert [] == gone
    one.read((ALL, 1812))
    assert (stays, None) == (one.network.open[0], stays.peer)
    assert 3 == len(one.network.asked)


def test_what_goes_hears_nothing_more_and_can_still_reply(door):
    """It is closed by whoever knows when its last answer has left."""
    one = door((ALL, 1812), (ALL, 1645))
    (gone,) = one.read((ALL, 1812))
    assert ("127.0.0.1", 9) == gone.socket.peer
    assert [(ALL, 1645), (ALL, 1812)] == one.network.bound
    gone.stop()
    assert [(ALL, 1812)] == one.network.bound == one.listeners.bound


def test_a_free_port_is_kept_by_either_name(door):
    """As port 0, and as the port that it became."""
    one = door((ALL, 0))
    ((host, port),) = one.listeners.bound
    assert [] == one.read((ALL, 0))
    assert [] == one.read((host, port))
    assert [(host, port)] == one.listeners.bound


def test_two_free_ports_are_two(door):
    """One more is one more."""
    one = door((ALL, 0))
    one.read((ALL, 0), (ALL, 0))
    assert 2 == len(set(one.listeners.bound))


def test_one_that_cannot_be_opened_leaves_all_as_it_was(door):
    """What was opened before it is closed again; which one it was is told."""
    one = door((ALL, 1812))
    one.network.foreign.add((ALL, 1912))
    with pytest.raises(CannotListen, match="Address already in use") as told:
        one.listeners.open([(ALL, 1645), (ALL, 1912)])
    assert 1 == told.value.position
    assert [(ALL, 1812)] == one.network.bound == one.listeners.bound
    assert 1 == len(one.reactor.readers)
    assert one.network.open[0].peer is None


def test_what_was_opened_for_nothing_is_closed(door):
    """Something else of the configuration was refused."""
    one = door((ALL, 1812))
    one.listeners.drop(one.listeners.open([(ALL, 1812), (ALL, 1645)]))
    assert [(ALL, 1812)] == one.network.bound
    assert 1 == len(one.reactor.readers)


@pytest.mark.parametrize(("old", "new"), [(ALL, "192.0.2.1"), ("192.0.2.1", ALL)])
def test_one_in_the_place_of_another_that_goes(door, old, new):
    """They overlap while the older one still replies; nobody else may join them."""
    one = door((old, 1812))
    (gone,) = one.read((new, 1812))
    assert [(old, 1812), (new, 1812)] == [each.name for each in one.network.open]
    assert {0} == {each.reuse for each in one.network.open}
    gone.stop()
    assert [(new, 1812)] == one.network.bound


def test_one_beside_another_that_stays_is_refused_as_at_a_start(door):
    """A configuration with which nothing would start is not taken over."""
    one = door((ALL, 1812))
    with pytest.raises(CannotListen):
        one.listeners.open([(ALL, 1812), ("192.0.2.1", 1812)])
    assert {0} == {each.reuse for each in one.network.open}


def test_the_end_closes_all(door):
    """Those that are there."""
    one = door((ALL, 1812), (ALL, 0))
    one.listeners.stop()
    assert ([], []) == (one.network.bound, one.reactor.readers)


addresses = st.lists(
    st.tuples(st.sampled_from([ALL, "192.0.2.1", "192.0.2.2"]), st.integers(1, 3)), max_size=5
)


@given(st.lists(addresses, min_size=1, max_size=5), st.sets(st.tuples(st.just(ALL), st.just(2))))
def test_whatever_is_read(readings, foreign):
    """Afterwards exactly what was read last and could be had is bound, heard and not deaf."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        one = Door(monkeypatch)
        one.network.foreign = foreign
        in_force = []
        for wanted in readings:
            before = list(one.network.open)
            try:
                gone = one.read(*wanted)
            except CannotListen:
                assert before == one.network.open
                continue
            in_force = wanted
            for listener in gone:
                listener.stop()
        assert sorted(in_force) == one.network.bound == sorted(one.listeners.bound)
        assert len(in_force) == len(one.reactor.readers)
        assert {None} >= {each.peer for each in one.network.open}
