"""
What signed payloads have in common: texts, and a time that must be near ours.

A payload whose form and signature were checked comes in; its members go out, typed.
"""

import math
from collections.abc import Mapping
from typing import Any

from proxy.errors import PeerError

CLOCK_TOLERANCE = 300
"""Seconds that `iat` may be off, either way (CONTRACT, times)."""
TEXT_LENGTH = 4096


class BadClaims(PeerError):  # noqa: N818 - it names what was found
    """A member of a signed payload is missing, has another type, or says something else."""

    reason = "bad-claims"


class ClockError(PeerError):
    """The time in a signed payload is too far from ours; the peer corrects and tries again."""

    reason = "clock"


def text_claim(payload: Mapping[str, Any], name: str, length: int = TEXT_LENGTH) -> str:
    """Give a text of 1 to *length* characters. Raises BadClaims."""
    value = payload.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= length:
        raise BadClaims(f"found no text of 1 to {length} characters as {name}")
    return value


def time_claim(payload: Mapping[str, Any], name: str) -> float:
    """Give a NumericDate (RFC 7519 section 2), seconds since the epoch. Raises BadClaims."""
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadClaims(f"found no number as {name}")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds):
        raise BadClaims(f"found a number out of range as {name}")
    return seconds


def check_issued(payload: Mapping[str, Any], now: float) -> float:
    """Give `iat`, which must be near *now*. Raises BadClaims, ClockError."""
    issued = time_claim(payload, "iat")
    if abs(issued - now) > CLOCK_TOLERANCE:
        raise ClockError(f"found an iat more than {CLOCK_TOLERANCE} s from the server's clock")
    return issued
