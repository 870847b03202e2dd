"""Days, hours and time zones, as the configuration writes them."""

import re
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import TZPATH, ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from proxy.login.hours import DAYS, MINUTES, Span
from proxy.settings.values import InWords, found

_DAY: Final = "|".join(DAYS)
_SPAN: Final = re.compile(
    rf"(?:(?P<first>{_DAY})(?:-(?P<last>{_DAY}))? +)?"
    r"(?P<begins>[0-9]{2}:[0-9]{2})-(?P<ends>[0-9]{2}:[0-9]{2})"
)
_WANTED: Final = (
    "hours such as 07:00-19:00, after a day or days where they are not for all: sat 08:00-12:00, "
    "mon-fri 07:00-19:00"
)
MOST_SPANS: Final = 64
"""More than anybody's week has."""


def parse_span(text: str) -> Span | None:
    """Read `mon-fri 07:00-19:00`, `sat 08:00-12:00` or `22:00-06:00`; None: it is no such."""
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    begins, ends = _minutes(match["begins"]), _minutes(match["ends"])
    if begins is None or ends is None or begins in (MINUTES, ends):
        return None
    days = range(len(DAYS))
    if match["first"] is not None:
        first = DAYS.index(match["first"])
        last = DAYS.index(match["last"] or match["first"])
        days = range(first, first + 1 + (last - first) % len(DAYS))
    ends = ends or MINUTES  # 22:00-00:00 is 22:00-24:00
    return Span(frozenset(day % len(DAYS) for day in days), begins, ends)


def _minutes(text: str) -> int | None:
    """Read `HH:MM`, `24:00` included; None: there is no such time."""
    hour, minute = int(text[:2]), int(text[3:])
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= MINUTES else None


def _spans(value: object) -> tuple[Span, ...]:
    texts = value if isinstance(value, tuple) else (value,)
    if not 0 < len(texts) <= MOST_SPANS:
        raise found(value, f"1 to {MOST_SPANS} spans, each {_WANTED}")
    return tuple(_span(text) for text in texts)


def _span(value: object) -> Span:
    span = parse_span(value) if isinstance(value, str) else None
    if span is None:
        raise found(value, _WANTED)
    return span


Spans = Annotated[
    tuple[Span, ...],
    PlainValidator(_spans),
    InWords("hours such as `mon-fri 07:00-19:00`, or list of such"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
"""Spans of the week, of which any will do."""


def _zone(value: object) -> ZoneInfo:
    wanted = "the name of a time zone such as Europe/Berlin"
    if not isinstance(value, str):
        raise found(value, wanted)
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        if not any(Path(folder).is_dir() for folder in TZPATH):
            wanted += ", from the package tzdata, which this machine lacks"
        raise found(value, wanted) from error


TimeZone = Annotated[
    ZoneInfo,
    PlainValidator(_zone),
    InWords("name of a time zone (IANA)"),
    WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]}),
]
