"""
One run: people log in, phones answer, the daemon is killed and started; then the reckoning.

Everything that is chosen comes of the seed, thread by thread; how the threads meet is the machine's
choice. First come kills and SIGHUPs, then a calm time in one life of the daemon, at whose ends its
memory, descriptors and store are looked at.
"""

import random
import threading
import time
from collections import Counter

from tests.soak.code_stories import Coding
from tests.soak.history import History
from tests.soak.measure import look
from tests.soak.phones import PhoneThread
from tests.soak.push_stories import Pushing
from tests.soak.reckoning import grown, reckon
from tests.soak.upheaval import Upheaval
from tests.soak.world import World

CODERS, CODER_THREADS = 360, 12
PHONERS, PHONER_THREADS = 30, 10
STORMY = 0.6
"""The share of the time in which the daemon is killed."""
UPHEAVAL_EVERY = 5.0
"""Seconds, on average; three of four are a `kill -9`, the others a SIGHUP."""
SETTLING = 2.0
"""Seconds of quiet before a look."""


class Player(threading.Thread):
    """Plays stories of its own people, one after another."""

    def __init__(self, name, people, stories, random, pause, gate):
        super().__init__(name=name)
        self._people = people
        self._stories = stories
        self._random = random
        self._pause = pause
        self._gate = gate
        self._ending = threading.Event()
        self.idle = threading.Event()
        self.fault = None

    def stop(self):
        self._ending.set()

    def run(self):
        try:
            while not self._ending.is_set():
                if not self._gate.is_set():
                    self.idle.set()
                    self._gate.wait(0.2)
                    continue
                self.idle.clear()
                began = time.monotonic()
                self._play()
                left = self._random.expovariate(1 / self._pause) - (time.monotonic() - began)
                self._ending.wait(max(0.0, left))
        except BaseException as error:  # noqa: BLE001 - told where the run ends
            self.fault = error
        finally:
            self.idle.set()

    def _play(self):
        person = self._random.choice(self._people)
        ready = getattr(person, "free_at", 0.0) <= time.monotonic()
        if ready and not getattr(person, "tidy", False):
            self._stories.play(person)


def soak(folder, seed, seconds, rate=30.0, tell=print):
    """Run for a while; give what was wrong: nothing, or lines that say what and how."""
    tell(f"soak: seed {seed}, {seconds:.0f} s, {rate:.0f} logins a second, in {folder}")
    history = History(folder)
    began = time.monotonic()
    with World(folder, CODERS, PHONERS) as world:
        tell(f"soak: began after {time.monotonic() - began:.0f} s")
        _live(world, history, seed, seconds, rate, tell)
        reckon(world, history)
    kinds = Counter(story.kind for story in history.stories)
    tell(f"soak: {len(history.stories)} stories: {dict(kinds.most_common())}")
    told = _told(history, seed)
    history.close()
    return told


def _told(history, seed):
    if not history.wrongs:
        return []
    lines = [f"{len(history.wrongs)} wrongs with seed {seed}"]
    lines += [f"{caller}: {what}" for caller, what in history.wrongs[:20]]
    caller, _ = history.wrongs[0]
    lines += [f"the history of {caller}, from {history.file}:", *history.of(caller)[-60:]]
    return lines


def _live(world, history, seed, seconds, rate, tell):
    gate = threading.Event()
    gate.set()
    phones = [PhoneThread(person, history) for person in world.phoners]
    players = [*_coders(world, history, seed, rate, gate), *_phoners(world, history, seed, gate)]
    upheaval = Upheaval(world, history, random.Random(f"{seed} upheaval"), UPHEAVAL_EVERY)
    threads = [*phones, *players, upheaval]
    for thread in threads:
        thread.start()
    try:
        _wait(seconds * STORMY, players, upheaval)
        upheaval.stop()
        upheaval.join(60)
        tell(f"soak: {upheaval.kills} kills; now calm")
        _wait(seconds * (1 - STORMY) / 3, players, upheaval)
        first = _quiet_look(world, gate, players)
        tell(f"soak: {first}")
        _wait(seconds * (1 - STORMY) * 2 / 3, players, upheaval)
        last = _quiet_look(world, gate, players)
        tell(f"soak: {last}")
        history.wrongs += [("daemon", what) for what in grown(first, last)]
    finally:
        gate.set()
        for some in ([upheaval], players, phones):  # who is waited for goes last
            for thread in some:
                thread.stop()
            for thread in some:
                thread.join(60)


def _coders(world, history, seed, rate, gate):
    share = len(world.coders) // CODER_THREADS
    for number in range(CODER_THREADS):
        dice = random.Random(f"{seed} codes {number}")
        people = world.coders[number * share : (number + 1) * share]
        stories = Coding(world, history, dice)
        yield Player(f"codes {number}", people, stories, dice, CODER_THREADS / rate, gate)


def _phoners(world, history, seed, gate):
    share = len(world.phoners) // PHONER_THREADS
    for number in range(PHONER_THREADS):
        dice = random.Random(f"{seed} phones {number}")
        people = world.phoners[number * share : (number + 1) * share]
        yield Player(f"phones {number}", people, Pushing(world, history, dice), dice, 0.5, gate)


def _wait(seconds, players, upheaval):
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for thread in (*players, upheaval):
            if thread.fault is not None:
                raise thread.fault
        time.sleep(0.5)


def _quiet_look(world, gate, players):
    """Let every story end, and look."""
    gate.clear()
    time.sleep(0.5)  # a story that has just begun has told so by now
    for player in players:
        assert player.idle.wait(90), f"{player.name} does not end"
    time.sleep(SETTLING)
    seen = look(world.daemon)
    gate.set()
    return seen
