"""
What the daemon writes on stderr: one JSON object a line, or plain lines on a terminal.

An event's own values stand under their names; what Twisted adds for itself is left out. Secrets
show as `***`, because their type says so.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

from pydantic_core import to_json
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogBeginner
from twisted.python.threadable import isInIOThread

TWISTEDS = ("twisted", "log_legacy")
"""Namespaces of the framework's own: beginnings and ends of its parts are no news."""
Line = Callable[[LogEvent], str]


def json_line(event: LogEvent) -> str:
    """Write an event as one JSON object."""
    line: dict[str, Any] = {
        "time": _time(event),
        "level": _level(event),
        "from": event.get("log_namespace", ""),
        "text": _text(event),
    }
    for name in _told(tuple(event)):
        line[name] = event[name]
    if "log_failure" in event:
        line["traceback"] = event["log_failure"].getTraceback()
    try:
        return to_json(line, fallback=str).decode()
    except ValueError:  # octets or letters that are no Unicode
        return json.dumps(line, skipkeys=True, default=str)


_OURS = {"time", "level", "from", "text"}
_TWISTEDS_OWN = {"system", "time", "message", "isError", "format", "why", "failure"}
"""Names that its older logging adds to every event."""


@lru_cache(maxsize=256)  # as many as there are kinds of lines
def _told(names: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names of an event's own values."""
    left_out = _OURS | _TWISTEDS_OWN
    return tuple(name for name in names if not name.startswith("log_") and name not in left_out)


def plain_line(event: LogEvent) -> str:
    """Write an event for a person."""
    told = "".join(map(_visible, _text(event)))
    text = f"{_time(event)} {_level(event):<5} {told}"
    if "log_failure" in event:
        text += "\n" + event["log_failure"].getTraceback().rstrip()
    return text


def _visible(letter: str) -> str:
    """Give a character, or its escape where it would steer the terminal."""
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def _text(event: LogEvent) -> str:
    """Write the words of an event: as Twisted does, ten times faster where `str.format` can."""
    try:
        return str(event["log_format"].format_map(event))
    except Exception:  # noqa: BLE001 - calls in the format, or a value that has no text
        return formatEvent(event)


def _time(event: LogEvent) -> str:
    second, milliseconds = divmod(int(event.get("log_time", 0.0) * 1000), 1000)
    return f"{_second(second)}.{milliseconds:03d}Z"


@lru_cache(maxsize=1)  # a busy second has thousands of lines
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _level(event: LogEvent) -> str:
    level = event.get("log_level")
    return str(level.name) if level is not None else "info"


def _from_level(least: str) -> frozenset[Any]:
    """Give a level, by its name, and those above; comparing two of Twisted's takes its time."""
    lowest = LogLevel.lookupByName(least)
    return frozenset(level for level in LogLevel.iterconstants() if level >= lowest)


_URGENT = _from_level("warn")


class Lines:
    """
    Writes events to a stream: an observer of Twisted's log.

    While the reactor runs, the lines of one turn leave together at its end: a busy turn has dozens,
    and each write is a system call. A warning, or worse, leaves at once.

    Args:
        least: the lowest level that is written; of the framework's own events, warnings only.
    """

    def __init__(self, stream: TextIO, line: Line, least: str, reactor: Any) -> None:  # noqa: ANN401 - a reactor's interfaces are zope's, not types
        self._stream = stream
        self._line = line
        self.write_from(least)
        self._reactor = reactor
        self._waiting: list[str] = []

    def write_from(self, least: str) -> None:
        """Write from this level on, from now on."""
        self._told = _from_level(least)

    def __call__(self, event: LogEvent) -> None:
        """Write an event, if its level is high enough."""
        urgent = event.get("log_level") in _URGENT
        if not urgent and event.get("log_namespace", "").startswith(TWISTEDS):
            return
        if event.get("log_level") not in self._told:
            return
        if self._reactor.running and not isInIOThread():  # type: ignore[no-untyped-call]
            self._reactor.callFromThread(self, event)
            return
        self._waiting.append(self._line(event) + "\n")
        if urgent or not self._reactor.running:
            self.flush()
        elif len(self._waiting) == 1:
            self._reactor.callLater(0, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        lines, self._waiting = self._waiting, []
        self._stream.write("".join(lines))
        self._stream.flush()


def start_logging(level: str, reactor: Any, stream: TextIO | None = None) -> Callable[[str], None]:  # noqa: ANN401 - as above
    """
    Write what is at least of *level* from now on; to stderr where no stream is given.

    Gives what changes the level.
    """
    target = stream or sys.stderr
    line = plain_line if target.isatty() else json_line
    lines: Any = Lines(target, line, level, reactor)  # an observer, in zope's words
    reactor.addSystemEventTrigger("after", "shutdown", lines.flush)
    globalLogBeginner.beginLoggingTo([lines], redirectStandardIO=False)
    change: Callable[[str], None] = lines.write_from
    return change
