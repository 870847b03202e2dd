"""
Search filters with one place for a value, compiled when the configuration is read.

ldap3 reads the operator's text (RFC 4515) with a marker where `{username}` stands; what it makes of
it is walked by RFC 4511's grammar and cut into the octets around the marker. When a login comes,
the value is put there as an octet string of its own length: nothing in it can be read as structure,
so nothing is escaped and nothing can be injected.

A place is only allowed where the whole assertion must match it: not in substrings (part of a name
would find somebody), comparisons, presence, names of attributes, or under `!`.
"""

import re
import secrets
from dataclasses import dataclass, field

from ldap3.core.exceptions import LDAPExceptionError
from ldap3.operation.search import compile_filter as ldap3_compile
from ldap3.operation.search import parse_filter as ldap3_parse
from pyasn1.codec.ber.encoder import encode as ber_encode
from pyasn1.error import PyAsn1Error

from proxy.ldap import ber

AND, OR, NOT = 0xA0, 0xA1, 0xA2
EQUALITY, SUBSTRINGS, GREATER, LESS, PRESENT, APPROXIMATE, EXTENSIBLE = (
    0xA3,
    0xA4,
    0xA5,
    0xA6,
    0x87,
    0xA8,
    0xA9,
)
RULE, RULE_ATTRIBUTE, RULE_VALUE, RULE_DN = 0x81, 0x82, 0x83, 0x84

DEPTH_LIMIT = 16
"""Levels of `&`, `|` and `!` in one filter; a person's filter has two or three."""

_DESCRIPTION = re.compile(rb"([A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+)(;[A-Za-z0-9-]+)*")
"""An attribute description (RFC 4512 section 2.5) or a matching rule's name."""

_PLACE = re.compile(r"\{\w*\}")
"""What looks like a place; left as text, it would silently match nobody."""

_BAD_ESCAPE = re.compile(r"\\(?![0-9A-Fa-f]{2})")

ANYTHING = ber.element(PRESENT, b"objectClass")
"""`(objectClass=*)`: every entry has it."""


class BadFilter(Exception):  # noqa: N818 - it names what was found
    """A filter of the configuration that cannot serve; the message says why."""


@dataclass(frozen=True, slots=True)
class _Node:
    """An element that holds the place, directly or further down."""

    tag: int
    parts: "tuple[bytes | _Node | None, ...]"
    """Contents in order; None is the place itself, within an octet string."""

    def octets(self, value: bytes) -> bytes:
        """Write the element around *value*."""
        contents = [
            value if part is None else part if isinstance(part, bytes) else part.octets(value)
            for part in self.parts
        ]
        return ber.element(self.tag, *contents)


@dataclass(frozen=True, slots=True)
class FilterTemplate:
    """A compiled filter; `octets` fills its place."""

    text: str
    """As the operator wrote it."""
    first_attribute: str
    """The first attribute that is compared with the value."""
    _root: _Node = field(repr=False)

    def octets(self, value: bytes) -> bytes:
        """Write the filter for one value, which may be any octets."""
        return self._root.octets(value)


def compile_filter(text: str, place: str) -> FilterTemplate:
    """
    Compile a filter such as `(uid={username})`.

    Args:
        text: the filter as RFC 4515 writes it.
        place: the word between braces that stands for the value.

    Raises:
        BadFilter: the text is no filter, or the place is missing, somewhere it must not be, or
            beside another one.
    """
    braced = "{" + place + "}"
    if braced not in text:
        raise BadFilter(f"found no {braced} in it")
    other = _PLACE.search(text.replace(braced, ""))
    if other is not None:
        raise BadFilter(f"found {other[0]}, wanted only {braced}")
    if _BAD_ESCAPE.search(text):
        raise BadFilter("found a backslash without two hexadecimal digits")
    marker = secrets.token_hex(16)
    octets = _parse(text.replace(braced, marker))
    walk = _Walk(octets, marker.encode(), braced)
    root = walk.filter(0, len(octets), depth=0, negated=False)
    if not isinstance(root, _Node) or not walk.attributes:
        raise BadFilter(f"found no {braced} where an attribute is compared with it")
    return FilterTemplate(text, walk.attributes[0], root)


def _parse(text: str) -> bytes:
    """Let ldap3 make octets of a text."""
    try:
        parsed = ldap3_parse(
            text,
            schema=None,
            auto_escape=False,
            auto_encode=False,
            validator=None,
            check_names=False,
        )
        return bytes(ber_encode(ldap3_compile(parsed.elements[0])))
    except (LDAPExceptionError, PyAsn1Error, ValueError, LookupError, TypeError) as error:
        raise BadFilter(f"found no filter as RFC 4515 writes it: {error}") from error
    except (AttributeError, RecursionError) as error:
        raise BadFilter("found no filter as RFC 4515 writes it") from error


class _Walk:
    """Goes through a compiled filter once, by the grammar of RFC 4511 section 4.5.1.7."""

    def __init__(self, octets: bytes, marker: bytes, braced: str) -> None:
        self._octets = octets
        self._marker = marker
        self._braced = braced
        self.attributes: list[str] = []
        """The attributes that are compared with the place, in order."""

    def filter(self, at: int, stop: int, *, depth: int, negated: bool) -> "bytes | _Node":
        """Give the element from *at* to *stop*: octets where the place is not in it."""
        tag, start, end = ber.header(self._octets, at, stop)
        if depth > DEPTH_LIMIT:
            raise BadFilter(f"found more than {DEPTH_LIMIT} levels")
        if tag in (AND, OR, NOT):
            parts = []
            while start < end:
                _, _, after = ber.header(self._octets, start, end)
                parts.append(
                    self.filter(start, after, depth=depth + 1, negated=negated or tag == NOT)
                )
                start = after
            return self._element(tag, parts)
        return self._assertion(tag, start, end, negated=negated)

    def _assertion(self, tag: int, start: int, end: int, *, negated: bool) -> "bytes | _Node":
        whole = ber.element(tag, self._octets[start:end])
        if tag == PRESENT:
            self._check_description(self._octets[start:end])
            return whole
        parts, attribute, value_at = self._parts(tag, start, end)
        if attribute is not None:
            self._check_description(attribute)
        if self._marker not in whole:
            return whole
        value = parts[value_at]
        if tag not in (EQUALITY, EXTENSIBLE) or negated or self._marker not in value[1]:
            raise BadFilter(f"found {self._braced} where it is not the whole value that must match")
        if attribute is None:
            raise BadFilter(f"found {self._braced} compared with no attribute")
        self.attributes.append(attribute.decode())
        pieces = value[1].split(self._marker)
        held: list[bytes | None] = [pieces[0]]
        for piece in pieces[1:]:
            held += [None, piece]
        held = [part for part in held if part != b""]
        return self._element(
            tag,
            [
                _Node(part[0], tuple(held)) if index == value_at else ber.element(*part)
                for index, part in enumerate(parts)
            ],
        )

    def _parts(
        self, tag: int, start: int, end: int
    ) -> tuple[list[tuple[int, bytes]], bytes | None, int]:
        """Give the parts of an assertion, its attribute and which part is its value."""
        parts = []
        while start < end:
            part, first, start = ber.header(self._octets, start, end)
            parts.append((part, self._octets[first:start]))
        if tag != EXTENSIBLE:
            return parts, parts[0][1], 1
        tags = [part for part, _ in parts]
        if RULE in tags:
            self._check_description(parts[tags.index(RULE)][1])
        attribute = parts[tags.index(RULE_ATTRIBUTE)][1] if RULE_ATTRIBUTE in tags else None
        return parts, attribute, tags.index(RULE_VALUE)

    def _check_description(self, name: bytes) -> None:
        if self._marker in name:
            raise BadFilter(f"found {self._braced} in the name of an attribute or matching rule")
        if not _DESCRIPTION.fullmatch(name):
            raise BadFilter(
                f"found {name.decode('utf-8', 'replace')!r}, wanted an attribute's name"
            )

    @staticmethod
    def _element(tag: int, parts: "list[bytes | _Node]") -> "bytes | _Node":
        if all(isinstance(part, bytes) for part in parts):
            return ber.element(tag, *(part for part in parts if isinstance(part, bytes)))
        return _Node(tag, tuple(parts))
