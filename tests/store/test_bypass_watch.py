"""What the log tells of bypasses, and that each ends."""

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogLevel, formatEvent, globalLogPublisher

from proxy.accounts.bypass import Bypass
from proxy.store import bypasses
from proxy.store.bypass_watch import LOOK_EVERY, BypassWatch
from tests.peers.hall import InstantStore

NOW = 1_800_000_000.0


class World:
    def __init__(self, database):
        self.clock, self.store = Clock(), InstantStore(database)
        self.clock.advance(NOW)
        self.forward = 50.0
        self.told = []
        self.watch = BypassWatch(self.store, self.clock, lambda: self.forward)

    def make(self, seconds=600):
        now = self.clock.seconds()
        self.store.write(
            lambda s: bypasses.make(
                s, client="vpn", reason="flood", made_by="root", now=now, ends_at=now + seconds
            )
        )
        self.watch.changed()

    def open(self):
        return [one.bypass.id for one in self.store.read(bypasses.list_open)]

    def wait(self, seconds):
        for _ in range(int(seconds / LOOK_EVERY)):
            self.forward += LOOK_EVERY
            self.clock.advance(LOOK_EVERY)


@pytest.fixture
def world(database):
    world = World(database)

    def observe(event):
        if event["log_namespace"].startswith("proxy.store.bypass_watch"):
            assert event["log_level"] is LogLevel.warn
            world.told.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield world
    globalLogPublisher.removeObserver(observe)
    world.watch.stop()
    world.store.close()


def test_its_making_is_told_at_once(world):
    """Loudly, with whom it is for, who made it, until when and why; once."""
    world.watch.start()
    world.make()
    world.wait(60)
    line = "bypass 1 of client vpn holds; made by root, until 2027-01-15T08:10:00+00:00: flood"
    assert [line] == world.told


def test_it_is_gone_by_itself(world):
    """Which is told, and kept: no clock brings it back."""
    world.watch.start()
    world.make()
    world.wait(600)
    assert [] == world.open()
    assert ["holds", "is over"] == [one.split("vpn ")[1].split(";")[0] for one in world.told]


def test_its_end_by_an_admin_is_told(world):
    """At once."""
    world.watch.start()
    world.make()
    world.store.write(lambda s: bypasses.end(s, client="vpn", now=NOW + 1))
    world.watch.changed()
    assert ["holds", "was ended"] == [one.split("vpn ")[1].split(";")[0] for one in world.told]


def test_one_that_a_restart_finds_is_told(world):
    """Whoever reads the log from there on knows."""
    world.make()
    world.watch.start()
    assert 1 == len(world.told)


def test_a_clock_that_is_set_back_makes_it_no_longer(world):
    """Its time is measured by a clock that only goes forward, from when it was seen first."""
    world.watch.start()
    world.make()
    world.forward += 599
    bypass = Bypass(1, "flood", NOW + 600)
    assert world.watch.holds(bypass)
    world.forward += 1
    assert not world.watch.holds(bypass)
    world.watch.changed()
    assert [] == world.open()
