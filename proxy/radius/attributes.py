"""
Attributes by their names: read from packets as texts for policies, prepared for replies.

Every fault of a name or value is a `BadAttribute` that says what was found and wanted, so that the
same code serves the check of the configuration and the reply.
"""

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from proxy.radius.definitions import Definition
from proxy.radius.packet import VENDOR_SPECIFIC, Attribute
from proxy.radius.replies import ReplyValue, must_be_for_replies, must_take_tag, prepare
from proxy.radius.site_dictionary import SetAside, read_known
from proxy.radius.values import BadAttribute, decode_value, encode_value
from proxy.radius.vendors import vendor_attributes

MOST_PREPARED: Final = 4096
"""Values that are kept ready: all that a configuration has, and some of directories."""


class Selection:
    """The attributes of some names, read from packets as texts."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        wanted = sorted(definitions, key=lambda definition: definition.name)
        self.names: tuple[str, ...] = tuple(definition.name for definition in wanted)
        self._standard = {one.kind: one for one in wanted if one.vendor is None}
        self._vendors: dict[tuple[int, int], list[Definition]] = {}
        for one in wanted:
            if one.vendor is not None:  # a site may have another name for what we know
                self._vendors.setdefault((one.vendor, one.kind), []).append(one)

    def read(self, attributes: Iterable[Attribute]) -> dict[str, tuple[str, ...]]:
        """Give the texts by name, in the packet's order; what is absent or unreadable is not in."""
        found: dict[str, list[str]] = {}
        for kind, value in attributes:
            if kind in self._standard:
                _add(found, self._standard[kind], value)
            elif kind == VENDOR_SPECIFIC and self._vendors:
                for vendor, vendor_kind, part in vendor_attributes(value):
                    for one in self._vendors.get((vendor, vendor_kind), ()):
                        _add(found, one, part)
        return {name: tuple(texts) for name, texts in found.items()}


def _add(found: dict[str, list[str]], definition: Definition, value: bytes) -> None:
    text = decode_value(definition, value)
    if text is not None:
        found.setdefault(definition.name, []).append(text)


class Attributes:
    """The dictionary: every attribute that may stand in the configuration."""

    def __init__(self, *more: Path) -> None:
        """Read our own attributes, then a site's files. Raises BadDictionary."""
        known = read_known(*more)
        self._definitions = known.definitions
        self.set_aside: Mapping[str, SetAside] = known.set_aside
        """What a site's files define and nothing can name."""
        self.by_number: Mapping[tuple[int | None, int], Definition] = {
            (one.vendor, one.kind): one for one in self._definitions.values()
        }
        """By vendor (None: a standard attribute) and type."""
        self._prepare = lru_cache(MOST_PREPARED)(self._prepared)

    def find(self, name: str) -> Definition:
        """Give the definition of a name. Raises BadAttribute."""
        try:
            return self._definitions[name]
        except KeyError:
            raise BadAttribute(f"found attribute {name}, {self._near(name)}") from None

    def _near(self, name: str) -> str:
        if name in self.set_aside:
            one = self.set_aside[name]
            return f"which {one.file}:{one.line} defines {one.why}"
        by_lower = {known.lower(): known for known in self._definitions}
        near = difflib.get_close_matches(name.lower(), by_lower, n=1)
        return f"did you mean {by_lower[near[0]]}?" if near else "which no dictionary has"

    def select(self, names: Iterable[str]) -> Selection:
        """Prepare to read attributes by name. Raises BadAttribute: unknown, or hidden."""
        definitions = {name: self.find(name) for name in names}
        for name, definition in definitions.items():
            if definition.hiding:
                raise BadAttribute(f"found {name}, wanted an attribute that is sent in clear")
        return Selection(definitions.values())

    def canonical(self, name: str, value: str) -> str:
        """Give the text that `Selection.read` has for a configured value. Raises BadAttribute."""
        definition = self.find(name)
        text = decode_value(definition, encode_value(definition, value))
        return value if text is None else text

    def encode(self, name: str, value: str, tag: int | None = None) -> ReplyValue:
        """
        Prepare a reply's attribute; those that come often, which are the configuration's, once.

        Args:
            tag: 1 to 31 for a tagged attribute; None: no tag.

        Raises:
            BadAttribute: the name is unknown or not for replies, the value is not of its type or
                too long, or it takes no tag.
        """
        return self._prepare(name, value, tag)

    def length(self, name: str, value: str, tag: int | None) -> int:
        """Give the octets that a reply's attribute takes. Raises BadAttribute, as `encode`."""
        return self._prepare(name, value, tag).length

    def to_fill(self, name: str, tag: int | None) -> Definition:
        """
        Give the definition of an attribute whose values a directory has.

        Raises:
            BadAttribute: the name is unknown or not for replies, or it takes no tag, or it is
                hidden: such a value would stand in records.
        """
        definition = self.find(name)
        must_be_for_replies(definition)
        must_take_tag(definition, tag)
        if definition.hiding:
            raise BadAttribute(f"found {name}, wanted an attribute that is sent in clear")
        return definition

    def _prepared(self, name: str, value: str, tag: int | None) -> ReplyValue:
        return prepare(self.find(name), value, tag)
