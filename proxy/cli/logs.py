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
from twisted.logger import (
    FilteringLogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
    globalLogBeginner,
)

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
    for name, value in event.items():
        if not name.startswith("log_") and name not in line and name not in _TWISTEDS_OWN:
            line[name] = value
    if "log_failure" in event:
        line["traceback"] = event["log_failure"].getTraceback()
    try:
        return to_json(line, fallback=str).decode()
    except ValueError:  # octets or letters that are no Unicode
        return json.dumps(line, skipkeys=True, default=str)


_TWISTEDS_OWN = {"system", "time", "message", "isError", "format", "why", "failure"}
"""Names that its older logging adds to every event."""


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


def writer(stream: TextIO, line: Line) -> Callable[[LogEvent], None]:
    """Make what writes each event to a stream."""

    def write(event: LogEvent) -> None:
        stream.write(line(event) + "\n")
        stream.flush()

    return write


def start_logging(level: str, stream: TextIO | None = None) -> None:
    """Write what is at least of *level* from now on; to stderr where no stream is given."""
    target = stream or sys.stderr
    write: Any = writer(target, plain_line if target.isatty() else json_line)  # zope's, untyped
    least: Any = LogLevelFilterPredicate(defaultLogLevel=LogLevel.lookupByName(level))
    for namespace in TWISTEDS:
        least.setLogLevelForNamespace(namespace, LogLevel.warn)
    observer: Any = FilteringLogObserver(write, [least])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
