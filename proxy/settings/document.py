"""
The YAML text to plain values, each with its line.

Scalars are read by the short list of YAML 1.2 (true, false, null, numbers), so that `off` is the
word and `12:30` a text. Refused, each with its line: repeated keys, tags other than those of
secrets, nesting and sizes that no configuration has.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

import yaml

from proxy.settings.finding import ConfigurationFaults, Finding, Place, dotted
from proxy.settings.sources import TAGS, Source, read_source

TEXT_LIMIT = 1_048_576  # octets; a thousand clients fit in a tenth of it
NODE_LIMIT = 100_000  # an alias counts as what it stands for, so that none can multiply
DEPTH_LIMIT = 20  # the deepest key of the schema is at 6

_STANDARD = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"[-+]?[0-9]+")
_FRACTION = re.compile(r"[-+]?[0-9]+\.[0-9]+")
_HALF = re.compile(r"[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}

Value = object
"""A dict of text to Value, a tuple of Values, a str, int, float, bool, None, or a Source."""


@dataclass
class Document:
    """A configuration file as it was read."""

    path: Path
    value: Value = None
    lines: dict[Place, int] = field(default_factory=dict)
    sources: dict[Place, Source] = field(default_factory=dict)
    """Every tagged secret."""

    def line(self, place: Place) -> int:
        """Give the line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, message: str) -> Finding:
        """Make a fault of a place, which the message names."""
        return Finding(self.path, self.line(place), _about(place, message))

    def warning(self, place: Place, message: str) -> Finding:
        """Make a warning about a place, which the message names."""
        return Finding(self.path, self.line(place), _about(place, message), "warning")

    def note(self, place: Place, message: str) -> Finding:
        """Make a note on a place, which the message names."""
        return Finding(self.path, self.line(place), _about(place, message), "note")


def _about(place: Place, message: str) -> str:
    return f"{dotted(place)}: {message}" if place else message


def read_document(path: Path) -> Document:
    """Read a configuration file. Raises ConfigurationFaults."""
    document = Document(path)
    root = _compose(path)
    if root is None:
        return document
    walk = _Walk(document)
    document.value = walk.value(root, ())
    if walk.faults:
        raise ConfigurationFaults(walk.faults)
    return document


def _compose(path: Path) -> yaml.Node | None:
    try:
        with path.open("rb") as opened:
            text = opened.read(TEXT_LIMIT + 1)
        if len(text) > TEXT_LIMIT:
            raise _one_fault(path, 1, f"found more than {TEXT_LIMIT} octets")
        return _root(path, text)
    except OSError as error:
        raise _one_fault(path, 1, f"cannot read the configuration: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ": ".join(part for part in (error.context, error.problem) if part)
        raise _one_fault(path, mark.line + 1 if mark else 1, f"not YAML: {said}") from error
    except yaml.YAMLError as error:
        raise _one_fault(path, 1, f"not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise _one_fault(path, 1, f"found nesting deeper than {DEPTH_LIMIT}") from error


def _root(path: Path, text: bytes) -> yaml.Node | None:
    loader = yaml.BaseLoader(text)
    try:
        return loader.get_single_node()
    except (ValueError, OverflowError) as error:  # of chr(), which PyYAML does not look after
        line = loader.get_mark().line + 1
        raise _one_fault(path, line, "not YAML: found an escape of no character") from error
    finally:
        loader.dispose()


def _one_fault(path: Path, line: int, message: str) -> ConfigurationFaults:
    return ConfigurationFaults([Finding(path, line, message)])


class _Walk:
    """One walk through the nodes of a document, collecting lines and faults."""

    def __init__(self, document: Document) -> None:
        self.faults: list[Finding] = []
        self._document = document
        self._nodes = 0

    def value(self, node: yaml.Node, place: Place) -> Value:
        line = node.start_mark.line + 1
        self._document.lines.setdefault(place, line)
        self._nodes += 1
        if len(place) > DEPTH_LIMIT or self._nodes > NODE_LIMIT:
            message = f"found more than {NODE_LIMIT} values or nesting deeper than {DEPTH_LIMIT}"
            raise ConfigurationFaults([Finding(self._document.path, line, message)])
        match node:
            case yaml.MappingNode():
                return self._mapping(node, place)
            case yaml.SequenceNode():
                items = _whole_dns(node) if place[-1:] == ("groups",) else node.value
                return tuple(self.value(item, (*place, index)) for index, item in enumerate(items))
            case yaml.ScalarNode():
                return self._scalar(node, place)
            case _:
                raise AssertionError(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(key_node, "found a mapping or a list as a key, wanted text")
                continue
            key = key_node.value
            if not self._is_whole(key_node):
                continue
            if key in found:
                first = self._document.lines[(*place, key)]
                self._fault(key_node, f"found key {key!r} again, it stands in line {first} already")
                continue
            self._document.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*place, key))
        return found

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Value:
        if not self._is_whole(node):
            return None
        if node.tag in TAGS:
            source = read_source(node.tag, node.value, self._document.path.parent)
            self._document.sources[place] = source
            return source
        if node.tag != f"{_STANDARD}str":
            tag = node.tag.replace(_STANDARD, "!!")
            self._fault(node, f"found tag {tag}, wanted none or one of {', '.join(TAGS)}")
            return None
        return _plain(node.value) if node.style is None else node.value

    def _is_whole(self, node: yaml.ScalarNode) -> bool:
        """Say whether a text can be written as UTF-8; YAML's escapes can name half a character."""
        half = _HALF.search(node.value)
        if half is not None:
            self._fault(node, f"found half a character, \\u{ord(half[0]):04x}, wanted whole ones")
        return half is None

    def _fault(self, node: yaml.Node, message: str) -> None:
        self.faults.append(Finding(self._document.path, node.start_mark.line + 1, message))


def _whole_dns(node: yaml.SequenceNode) -> list[yaml.Node]:
    """
    Put DNs of a `[one, two]` together again that YAML cut at their commas.

    A comma without a space after it, between unquoted texts with `=`, is the DN's own.
    """
    items: list[yaml.Node] = []
    for item in node.value:
        last = items[-1] if items else None
        if _is_part_of_dn(last) and _is_part_of_dn(item) and _touch(last, item):
            text = f"{last.value},{item.value}"
            items[-1] = yaml.ScalarNode(item.tag, text, last.start_mark, item.end_mark)
        else:
            items.append(item)
    return items


def _is_part_of_dn(node: yaml.Node | None) -> TypeGuard[yaml.ScalarNode]:
    return isinstance(node, yaml.ScalarNode) and node.style is None and "=" in node.value


def _touch(left: yaml.Node, right: yaml.Node) -> bool:
    return bool(left.end_mark.index + 1 == right.start_mark.index)


def _plain(text: str) -> Value:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _NUMBER.fullmatch(text):
        return int(text) if len(text) < 20 else text  # no key of ours is longer than 64 bits
    if _FRACTION.fullmatch(text):
        return float(text)
    return text
