"""Reading again: one at a time, none lost, all or nothing, and whoever started us is told."""

from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from proxy.reloading import PATIENCE, Reloads
from proxy.settings.finding import ConfigurationFaults, Finding

FAULTS = ConfigurationFaults(
    [
        Finding(Path("c.yaml"), 3, "web.url: found nothing"),
        Finding(Path("c.yaml"), 9, "clients: found a list"),
    ]
)


class Manager:
    """Notes what it is told."""

    def __init__(self):
        self.told = []

    def reloading(self):
        self.told.append("reloading")

    def ready(self, status):
        self.told.append(status)


class Story:
    """Reloads whose readings end when the test says so."""

    def __init__(self):
        self.clock, self.manager = Clock(), Manager()
        self.readings, self.taken = [], []
        self.refusal = None
        self.reloads = Reloads(self.make, self.take, self.manager, self.clock, self.away)

    def make(self):
        raise AssertionError("on a thread")

    def away(self, work):
        assert work == self.make
        self.readings.append(Deferred())
        return self.readings[-1]

    def take(self, made):
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(made)
        return f"took {made}"


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def lines():
    found = []

    def note(event):
        found.append((event["log_level"].name, event["log_format"].format_map(event)))

    globalLogPublisher.addObserver(note)
    yield found
    globalLogPublisher.removeObserver(note)


def test_what_was_read_is_taken_and_told(story, lines):
    """The manager hears of the beginning and the end."""
    story.reloads.ask()
    assert ["reloading"] == story.manager.told
    story.readings[0].callback("new")
    assert (["new"], ["reloading", "took new"]) == (story.taken, story.manager.told)
    assert [("info", "the configuration was read again: took new")] == lines


def test_one_more_that_is_asked_for_meanwhile_follows(story):
    """Once, however often it was asked for; not beside the first."""
    for _ in range(3):
        story.reloads.ask()
    assert 1 == len(story.readings)
    story.readings[0].callback("first")
    assert 2 == len(story.readings)
    story.readings[1].callback("second")
    assert (["first", "second"], 2) == (story.taken, len(story.readings))
    assert ["reloading", "took first", "reloading", "took second"] == story.manager.told
    story.reloads.ask()
    assert 3 == len(story.readings)


def test_every_fault_is_told_and_nothing_is_taken(story, lines):
    """With file and line; the manager hears that it serves as before, and why."""
    story.reloads.ask()
    story.readings[0].errback(FAULTS)
    why = "the configuration is refused, the one before stays: c.yaml:3: web.url: found nothing"
    assert ([], ["reloading", why]) == (story.taken, story.manager.told)
    assert [
        ("error", "c.yaml:3: web.url: found nothing"),
        ("error", "c.yaml:9: clients: found a list"),
        ("error", why),
    ] == lines


def test_what_cannot_be_taken_is_refused_alike(story, lines):
    """An address that is taken is known only then."""
    story.refusal = FAULTS
    story.reloads.ask()
    story.readings[0].callback("new")
    assert ([], 3) == (story.taken, len(lines))
    assert story.manager.told[1].startswith("the configuration is refused")


def test_a_reading_that_never_ends_is_given_up(story, lines):
    """A later one is possible; what comes of the first after all is dropped."""
    story.reloads.ask()
    story.clock.advance(PATIENCE)
    assert "took more than 60 s" in story.manager.told[1]
    story.readings[0].callback("late")
    story.reloads.ask()
    story.readings[1].callback("new")
    assert ["new"] == story.taken


@pytest.mark.parametrize("where", ["making", "taking"])
def test_an_error_of_our_own_leaves_everything_as_it_was(story, lines, where):
    """Logged once, with its traceback; the next reading is possible."""
    if where == "taking":
        story.refusal = ValueError("a bug")
        story.reloads.ask()
        story.readings[0].callback("new")
    else:
        story.reloads.ask()
        story.readings[0].errback(ValueError("a bug"))
    assert ["critical", "error"] == [level for level, _ in lines]
    assert "an error of the program" in story.manager.told[1]
    story.refusal = None
    story.reloads.ask()
    story.readings[1].callback("new")
    assert ["new"] == story.taken


def test_a_daemon_that_ends_takes_nothing(story):
    """Neither what is being read, nor what is asked for then."""
    story.reloads.ask()
    story.reloads.ask()
    story.reloads.stop()
    story.readings[0].callback("new")
    story.reloads.ask()
    assert ([], 1, ["reloading"]) == (story.taken, len(story.readings), story.manager.told)


def test_a_reading_that_ends_at_once(story):
    """Nothing waits; the next one is another reading."""
    story.away = lambda work: succeed("at once")
    reloads = Reloads(story.make, story.take, story.manager, story.clock, story.away)
    reloads.ask()
    reloads.ask()
    assert ["at once"] * 2 == story.taken
    reloads = Reloads(story.make, story.take, story.manager, story.clock, lambda work: fail(FAULTS))
    reloads.ask()
    assert 2 == len(story.taken)
