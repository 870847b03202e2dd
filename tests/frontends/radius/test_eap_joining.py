"""Devices that start anew while their push is pending: real rules and a real store behind the door."""

from dataclasses import replace

import pytest
from twisted.internet.task import Clock

from proxy.eap import packet
from proxy.eap.terms import Heartbeat, Terms
from proxy.frontends.radius.exchange import Source
from proxy.login.circumstances import CameOver, CameThrough
from tests.eap.peap_peer import PeapPeer
from tests.eap.peer import Peer, pap
from tests.frontends.radius.test_eap import CONTEXT, EVERY, WIRELESS, Station, eap_of
from tests.peers.door import Door
from tests.peers.hall import Hall
from tests.peers.logins import NOW, policy
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT

CALLED_STATION_ID, NAS_IDENTIFIER = 30, 32
AP1, AP2 = b"02-00-00-00-AA-01", b"02-00-00-00-AA-02"


class Line:
    """The door as one access point sees it: what is sent to it is its own."""

    def __init__(self, door):
        self._door, self.clock = door, door.clock
        self.sent = []

    def receive(self, datagram, source):
        self._door.exchange.receive(datagram, source, self.sent.append)


class Device(Station):
    """A device that answers whatever reaches it, until it is gone."""

    def __init__(self, world, number=1, *, peer=None, at=AP1, password=b"pw"):
        peer = peer or Peer(pap(b"alice", password))
        world.sources += 1
        source = Source("192.0.2.10", 40_000 + world.sources, "our address")
        super().__init__(Line(world.door), peer, source)
        self.port_type = WIRELESS if world.beats else None
        self.station = b"02-00-00-00-00-%02d" % number
        self.more = [(CALLED_STATION_ID, at + b":corp"), (NAS_IDENTIFIER, b"ap " + at)]
        self.there, self.code = True, None
        self._seen = 0
        world.devices.append(self)
        world.settle()
        self._take(self.send(peer.hello()))
        world.settle()

    def look(self):
        """Take what came, answer it as long as the device is there; say whether something did."""
        if not self.there or len(self.door.sent) == self._seen:
            return False
        self._take(self.reply())
        return True

    def _take(self, reply):
        self._seen = len(self.door.sent)
        while reply is not None:
            self.code = reply.code
            if reply.code != ACCESS_CHALLENGE:
                return
            octets = eap_of(reply.attributes)
            again = octets == getattr(self, "answered", None)
            self.answered = octets
            reply = self.send(None if again else self.peer.answer(octets))
            self._seen = len(self.door.sent)


class World:
    """A hall, the door before it, and devices that come and go."""

    def __init__(self, database, *policies, beats=True, method="ttls", notice=False):
        clock = Clock()
        clock.advance(NOW)
        self.beats, self.devices, self.sources = beats, [], 0
        self.hall = Hall(database, *(policies or (policy("push"),)), clock=clock)
        self.hall.enrol(codes=False)
        heartbeat = Heartbeat(EVERY, 60.0, notice) if beats else None
        terms = Terms(CONTEXT, (method,), heartbeat=heartbeat)
        self.door = Door(*self.hall.policies, eap={"vpn": terms}, hall=self.hall)

    def settle(self):
        """Let everything happen that happens now."""
        for _ in range(20):
            self.hall.clock.advance(0)
            came = [one.look() for one in self.devices]
            if not any(came):
                return

    def wait(self, seconds):
        """Let time go by; whoever is there answers."""
        for _ in range(round(seconds / 0.5)):
            self.hall.clock.advance(0.5)
            self.settle()

    def answer(self, decision="approve"):
        """Let the person answer the one request."""
        self.hall.answer(decision)
        self.settle()

    @property
    def pushes(self):
        return len(self.hall.pushes)


@pytest.fixture
def world(database):
    return World(database)


def test_a_new_start_joins_the_push(world):
    """One bind, one request; the newest is let in, and what is left of the older hurts nobody."""
    older = Device(world)
    world.wait(4)
    older.there = False
    newer = Device(world)
    world.wait(1)
    assert (world.pushes, len(world.hall.directory.binds)) == (1, 1)
    world.answer()
    assert newer.code == ACCESS_ACCEPT
    world.wait(10)
    assert older.code == ACCESS_CHALLENGE
    assert len(world.hall.runner._going_on) == 0
    assert len(world.door.exchange._eap._talks) == 0


def test_what_the_older_left_behind_withdraws_nothing(world):
    """It answers no heartbeat any more; the newer does, for as long as it takes."""
    older = Device(world)
    world.wait(1)
    older.there = False
    newer = Device(world)
    world.wait(50)
    assert len(world.hall.open()) == 1
    world.answer()
    assert newer.code == ACCESS_ACCEPT
    assert world.pushes == 1


def test_one_approval_lets_one_in(world):
    """Both are there and patient: the newest gets the answer, the older none."""
    older, newer = Device(world), Device(world, at=AP2)
    world.wait(5)
    world.answer()
    world.wait(10)
    assert (older.code, newer.code) == (ACCESS_CHALLENGE, ACCESS_ACCEPT)
    older.send()
    world.wait(2)
    assert older.reply().code == ACCESS_REJECT
    assert world.pushes == 1


@pytest.mark.parametrize("decision", ["deny", "report"])
def test_a_refusal_is_for_both(world, decision):
    """Whoever listens is told."""
    older, newer = Device(world), Device(world)
    world.wait(4)
    world.answer(decision)
    world.wait(4)
    assert (older.code, newer.code) == (ACCESS_REJECT, ACCESS_REJECT)


def test_the_newer_one_leaves(world):
    """The older is the newest again."""
    older, newer = Device(world), Device(world)
    newer.there = False
    world.wait(8)
    assert len(world.hall.open()) == 1
    world.answer()
    assert older.code == ACCESS_ACCEPT
    assert world.pushes == 1


def test_both_leave(world):
    """The request leaves the phone; who comes back asks anew."""
    older, newer = Device(world), Device(world)
    older.there = newer.there = False
    world.wait(6)
    assert world.hall.open() == []
    Device(world)
    assert world.pushes == 2


def test_a_device_that_is_somebody_elses(world):
    """Another Calling-Station-Id with the same password joins nothing."""
    Device(world)
    stranger = Device(world, 2)
    world.wait(2)
    assert stranger.code == ACCESS_REJECT
    assert world.pushes == 1


def test_a_wrong_password_joins_nothing(world):
    """The first factor comes first, each time."""
    Device(world)
    wrong = Device(world, password=b"guess")
    world.wait(2)
    assert wrong.code == ACCESS_REJECT
    world.answer()
    world.wait(2)
    assert wrong.code == ACCESS_REJECT


def test_a_device_that_moves(database):
    """Between access points that policies do not tell apart; its network may be one that they name."""
    world = World(database, policy("push", circumstances=(CameOver(frozenset({"corp"})),)))
    Device(world, at=AP1).there = False
    moved = Device(world, at=AP2)
    world.wait(4)
    world.answer()
    assert moved.code == ACCESS_ACCEPT
    assert world.pushes == 1


def test_a_device_that_moves_to_where_other_rules_hold(database):
    """It may have to do more there: it is another login, refused while the first is pending."""
    here = CameThrough(frozenset({"02000000aa01"}))
    first = policy("push", circumstances=(here,))
    world = World(database, first, replace(first, name="elsewhere", circumstances=()))
    Device(world, at=AP1)
    moved = Device(world, at=AP2)
    world.wait(2)
    assert moved.code == ACCESS_REJECT
    assert world.pushes == 1


def test_notifications_and_a_new_start(database):
    """In PEAP, each conversation counts its own."""
    world = World(database, policy("push", number_matching="off"), method="peap", notice=True)
    older = Device(world, peer=PeapPeer(b"alice", b"pw"))
    world.wait(6)
    older.there = False
    newer = Device(world, peer=PeapPeer(b"alice", b"pw"))
    world.wait(6)
    assert (len(older.peer.notices), len(newer.peer.notices)) == (2, 2)
    world.answer()
    world.wait(1)
    assert newer.code == ACCESS_ACCEPT
    assert world.pushes == 1


@pytest.mark.parametrize("beats", [True, False])
def test_an_approval_that_comes_too_late(database, beats):
    """The next try is let in at once, the one after that asks the phone again."""
    world = World(database, beats=beats)
    device = Device(world)
    world.wait(62 if beats else 26)
    assert device.code == ACCESS_REJECT
    world.answer()
    assert Device(world).code == ACCESS_ACCEPT
    assert world.pushes == 1
    Device(world)
    assert world.pushes == 2


def test_an_approval_in_the_last_second(world):
    """Who approves within the time that is configured gets in."""
    device = Device(world)
    world.wait(60.5)
    world.answer()
    assert device.code == ACCESS_ACCEPT


def test_a_refused_device_is_told_by_eap(world):
    """The failure has the identifier of its last response."""
    device = Device(world)
    world.answer("deny")
    world.wait(3)
    octets = eap_of(device.reply().attributes)
    assert octets[:2] == bytes((packet.FAILURE, device.last.identifier))
