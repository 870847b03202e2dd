"""
The JSON that is accepted from a peer: one object, in UTF-8, that every reader reads the same way.

Octets come in, a dict goes out. Repeated names, NaN and infinities, lone surrogates and deep
nesting are refused, because two parsers would differ on them or a later step would stumble.
"""

import json
import math
from typing import Any, NoReturn

from proxy.errors import PeerError

OPENINGS = 64
"""Objects and arrays in one text; the largest of ours (a list of keys) has about 10. A bound on
their number is a bound on the depth."""


class MalformedJson(PeerError):  # noqa: N818 - it names what was found
    """A text that is not one JSON object of the accepted form."""

    reason = "malformed-json"


def parse_object(octets: bytes) -> dict[str, Any]:
    """
    Read one JSON object.

    Raises:
        MalformedJson: the octets are anything else.

    RFC 8259 sections 4 and 8; RFC 7515 section 4 asks for the refusal of repeated names.
    """
    if octets.count(b"{") + octets.count(b"[") > OPENINGS:
        raise MalformedJson(f"found more than {OPENINGS} objects and arrays")
    try:
        found = json.loads(
            octets.decode(),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate cannot be encoded
    except ValueError:
        raise MalformedJson("found text that is not JSON in UTF-8, or is ambiguous") from None
    if not isinstance(found, dict):
        raise MalformedJson("found another value, wanted an object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("found a name twice in one object")
    return found


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedJson("found NaN or an infinity")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedJson("found a number out of range")
    return number
