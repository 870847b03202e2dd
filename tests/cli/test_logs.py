"""What the daemon writes on stderr."""

import io
import json

from twisted.logger import LogLevel
from twisted.python.failure import Failure

from proxy.cli.logs import json_line, plain_line, writer
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


def test_writer():
    """Each event is a line of the stream, at once."""
    stream = io.StringIO()
    write = writer(stream, plain_line)
    write(EVENT)
    write({"log_format": "x"})
    assert [line[24:] for line in stream.getvalue().splitlines()] == [
        " warn  3 packets from ('192.0.2.1', 1)",
        " info  x",
    ]


def test_words_that_only_twisted_can_write():
    """A format may call a function, and lack a value: no event is lost."""
    assert json.loads(json_line({"log_format": "{f()}", "f": lambda: "x"}))["text"] == "x"
    assert "absent" in json.loads(json_line({"log_format": "{absent}"}))["text"]
