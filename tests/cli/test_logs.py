"""What the daemon writes on stderr."""

import io
import json

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogLevel
from twisted.python import threadable
from twisted.python.failure import Failure

from proxy.cli.logs import Lines, json_line, plain_line
from proxy.secret import Secret

EVENT = {
    "log_time": 1_790_000_000.25,
    "log_level": LogLevel.warn,
    "log_namespace": "proxy.x",
    "log_format": "{count} packets from {source}",
    "log_source": object(),
    "count": 3,
    "source": ("192.0.2.1", 1),
    "secret": Secret(b"hunter2"),
    "system": "-",
}


def test_json_line():
    """An event is one JSON object with its own values; secrets are hidden."""
    assert json.loads(json_line(EVENT)) == {
        "time": "2026-09-21T14:13:20.250Z",
        "level": "warn",
        "from": "proxy.x",
        "text": "3 packets from ('192.0.2.1', 1)",
        "count": 3,
        "source": ["192.0.2.1", 1],
        "secret": "***",
    }


def test_json_line_cannot_be_broken():
    """What a peer sent stays within its line."""
    event = {**EVENT, "source": "a\nb"}
    assert "\n" not in json_line(event)


def test_plain_line():
    """On a terminal an event is a line for people."""
    assert plain_line(EVENT) == "2026-09-21T14:13:20.250Z warn  3 packets from ('192.0.2.1', 1)"


def test_plain_line_cannot_steer_the_terminal():
    """What a peer sent shows as escapes."""
    event = {**EVENT, "source": "\x1b[2J\nx\u202e"}
    assert plain_line(event).endswith("from \\x1b[2J\\nx\\u202e")


def test_tracebacks():
    """A bug's traceback is kept, within the line of JSON."""
    event = {**EVENT, "log_failure": Failure(ValueError("x"))}
    assert "ValueError" in json.loads(json_line(event))["traceback"]
    assert "ValueError" in plain_line(event)


class Reactor(Clock):
    """A reactor whose turns the test makes."""

    running = True


def lines(stream, reactor, least="info"):
    return Lines(stream, plain_line, least, reactor)


def told(stream):
    return [line[24:].strip() for line in stream.getvalue().splitlines()]


def event(text, level=LogLevel.info, namespace="proxy.x"):
    return {"log_format": text, "log_level": level, "log_namespace": namespace}


@pytest.fixture(autouse=True)
def _this_is_the_loop(monkeypatch):
    monkeypatch.setattr(threadable, "ioThread", threadable.getThreadID())


def test_the_lines_of_a_turn_leave_together():
    """While the reactor runs, lines wait for the end of its turn."""
    stream, reactor = io.StringIO(), Reactor()
    write = lines(stream, reactor)
    write(event("one"))
    write(event("two"))
    assert told(stream) == []
    assert len(reactor.getDelayedCalls()) == 1
    reactor.advance(0)
    assert told(stream) == ["info  one", "info  two"]
    write(event("three"))
    reactor.advance(0)
    assert told(stream)[2:] == ["info  three"]


def test_a_warning_leaves_at_once():
    """With all that was told before it."""
    stream = io.StringIO()
    write = lines(stream, Reactor())
    write(event("one"))
    write(event("two", LogLevel.warn))
    assert told(stream) == ["info  one", "warn  two"]


def test_without_a_reactor_that_runs_each_line_leaves_at_once():
    """Before the first turn and after the last there is nothing to wait for."""
    stream, reactor = io.StringIO(), Reactor()
    reactor.running = False
    lines(stream, reactor)(event("one"))
    assert told(stream) == ["info  one"]


def test_another_thread_hands_its_event_to_the_loop(monkeypatch):
    """Only the loop writes."""
    monkeypatch.setattr(threadable, "ioThread", -1)
    handed = []
    reactor = Reactor()
    reactor.callFromThread = lambda *call: handed.append(call)
    stream = io.StringIO()
    write = lines(stream, reactor)
    write(event("one", LogLevel.error))
    assert told(stream) == []
    assert handed == [(write, event("one", LogLevel.error))]


@pytest.mark.parametrize(
    ("least", "level", "namespace", "written"),
    [
        ("info", LogLevel.info, "proxy.x", True),
        ("info", LogLevel.debug, "proxy.x", False),
        ("debug", LogLevel.debug, "proxy.x", True),
        ("warn", LogLevel.info, "proxy.x", False),
        ("error", LogLevel.warn, "proxy.x", False),
        ("debug", LogLevel.info, "twisted.web", False),
        ("debug", LogLevel.info, "log_legacy", False),
        ("info", LogLevel.warn, "twisted.web", True),
        ("info", LogLevel.critical, "log_legacy", True),
    ],
)
def test_levels(least, level, namespace, written):
    """What is at least of the level; of the framework's own, warnings and worse."""
    stream, reactor = io.StringIO(), Reactor()
    lines(stream, reactor, least)(event("x", level, namespace))
    reactor.advance(0)
    assert bool(stream.getvalue()) is written


def test_words_that_only_twisted_can_write():
    """A format may call a function, and lack a value: no event is lost."""
    assert json.loads(json_line({"log_format": "{f()}", "f": lambda: "x"}))["text"] == "x"
    assert "absent" in json.loads(json_line({"log_format": "{absent}"}))["text"]


def test_the_level_may_be_changed():
    """It holds for what comes from then on."""
    stream, reactor = io.StringIO(), Reactor()
    write = lines(stream, reactor, "warn")
    write(event("one"))
    write.write_from("info")
    write(event("two"))
    write.write_from("error")
    write(event("three", LogLevel.warn))
    reactor.advance(0)
    assert told(stream) == ["info  two"]
