"""
Text of the configuration to values: durations, names, texts, days, files; addresses and secrets are
beside it.

Each type is a plain value with a validator that says what was found and wanted, and the JSON Schema
that an editor needs. Validators that touch relative paths get the file's folder as their context.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from proxy.settings.sources import Source


class InWords(str):
    """Names a type in the reference, beside its validator."""

    __slots__ = ()


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
NAME_LENGTH = 64  # the store's columns


def fault(message: str) -> PydanticCustomError:
    """Make the error that a validator raises; *message* reaches the operator as it is."""
    return PydanticCustomError("fault", "{message}", {"message": message})


def found(value: object, wanted: str) -> PydanticCustomError:
    """Make the error of a value that is not what is wanted; never for a secret."""
    return fault(f"found {shown(value)}, wanted {wanted}")


_IN_A_URL = re.compile(r"//.*@", re.DOTALL)
"""A name and a password."""


def shown(value: object) -> str:
    """Name what was found, without its content where that may be secret or long."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            public = _IN_A_URL.sub("//***@", value)
            return repr(public) if len(public) <= 80 else f"{public[:80]!r}..."
        case int() | float():
            return repr(value)
        case dict():
            return "a mapping"
        case tuple():
            return "a list"
        case Source():
            return f"{value.tag}, which only secrets may use"
        case _:
            return type(value).__name__


def parse_duration(text: str) -> float | None:
    """Read `500ms`, `30s`, `15m`, `12h` or `1d` as seconds; None: it is none of these."""
    match = _DURATION.fullmatch(text)
    return None if match is None else int(match[1]) * _UNITS[match[2]]


def _duration(value: object) -> float:
    seconds = parse_duration(value) if isinstance(value, str) else None
    if seconds is None:
        raise found(value, "a duration such as 500ms, 30s, 15m, 12h or 1d")
    return seconds


Duration = Annotated[
    float,
    BeforeValidator(_duration),
    InWords("duration"),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-9]{1,9}(ms|s|m|h|d)$", "examples": ["30s", "15m"]}
    ),
]
"""Seconds, written with a unit."""


def duration(default: str | None, least: str, most: str, example: str | None = None) -> Any:  # noqa: ANN401 - as Field
    """
    Make a field of a duration with a default and bounds, all written as the operator would.

    Args:
        example: for a key that config/countersign.yaml does not set.
    """
    return Field(
        default=None if default is None else _duration(default),
        ge=_duration(least),
        le=_duration(most),
        json_schema_extra={"default": default},
        examples=None if example is None else [example],
    )


def written(seconds: float) -> str:
    """Write seconds as a duration: `500ms`, `30s`, `5m`."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds * 1000:.0f}ms" if seconds else "0s"


def read_name(value: object) -> str:
    """Give a name of the configuration, or raise what is wrong with it."""
    wanted = f"a name of 1 to {NAME_LENGTH} printable characters without /"
    if not isinstance(value, str) or not 1 <= len(value) <= NAME_LENGTH or "/" in value:
        raise found(value, wanted)
    if not value.isprintable() or value != value.strip():
        raise found(value, wanted)
    return value


Name = Annotated[
    str,
    BeforeValidator(read_name),
    InWords("name of 1 to 64 characters"),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}),
]


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise found(value, "text, in quotes where YAML reads it as something else")
    return value


Text = Annotated[
    str,
    BeforeValidator(_text),
    InWords("text or whole number"),
    WithJsonSchema({"type": ["string", "integer"]}),
]
"""A text that may look like a whole number."""


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    if not values:
        raise found(value, "a text or a list of texts with at least one")
    return tuple(_text(item) for item in values)


Texts = Annotated[
    tuple[str, ...],
    PlainValidator(_texts),
    InWords("text, or list of texts"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "integer"]},
                {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
            ]
        }
    ),
]
"""A text, or a list of which any will do."""


class Day(str):
    """A day as it is written, YYYY-MM-DD."""

    __slots__ = ()

    @property
    def ends_at(self) -> float:
        """Give the end of the day, UTC, in seconds since the epoch."""
        begins = datetime.combine(date.fromisoformat(self), time(), UTC)
        return (begins + timedelta(days=1)).timestamp()


def _day(value: object) -> Day:
    wanted = "a day such as 2026-12-31"
    if not isinstance(value, str) or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
        raise found(value, wanted)
    try:
        date.fromisoformat(value)
    except ValueError:
        raise found(value, wanted) from None
    return Day(value)


DateText = Annotated[
    Day,
    PlainValidator(_day),
    InWords("day, YYYY-MM-DD"),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]


def _path(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise found(value, "the path of a file")
    return Path(info.context or ".") / value


FilePath = Annotated[
    Path,
    PlainValidator(_path),
    InWords("path of a file; a relative one starts at the configuration's folder"),
    WithJsonSchema({"type": "string", "examples": ["/etc/countersign/ca.pem"]}),
]
"""A file; relative paths start at the configuration's folder."""
