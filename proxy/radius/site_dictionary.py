"""
A site's own dictionary file: attributes of equipment that ours does not know.

It adds and never changes: an attribute of ours keeps its number and type, so that no file decides
what is read as a User-Password. Every fault is told by its line.
"""

import io
from collections.abc import Mapping
from pathlib import Path

from pyrad.dictionary import Dictionary, ParseError

from proxy.radius.definitions import STANDARD, VENDORS, Definition, definitions_of

MOST_OCTETS = 1024 * 1024
MOST_ATTRIBUTES = 5000
"""FreeRADIUS's largest dictionary of one vendor has some 500."""


class BadDictionary(ValueError):  # noqa: N818 - it names what was found
    """A dictionary file that cannot be used."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file, self.line, self.message = file, line, message
        """The line is counted from 1."""


def read_site(path: Path, known: Mapping[str, Definition]) -> dict[str, Definition]:
    """
    Read one file, in the format of FreeRADIUS and pyrad; give what is known then.

    Raises:
        BadDictionary: the file is too large, no dictionary, includes another, or gives an attribute
            that is known another meaning.
        OSError: it cannot be read.
    """
    lines = _lines(path)
    dictionary = Dictionary(str(STANDARD), str(VENDORS))
    try:
        dictionary.ReadDictionary(io.StringIO("\n".join(lines)))
    except ParseError as error:
        raise BadDictionary(path, max(1, error.line), error.msg or "found no definition") from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        message = f"found what is no dictionary: {type(error).__name__}: {error}"
        raise BadDictionary(path, 1, message) from None
    found = definitions_of(dictionary)
    if len(found) > len(known) + MOST_ATTRIBUTES:
        raise BadDictionary(path, 1, f"found more than {MOST_ATTRIBUTES} attributes")
    _refuse_changes(path, lines, known, found)
    return {**known, **found}


def _lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        octets = file.read(MOST_OCTETS + 1)
    if len(octets) > MOST_OCTETS:
        raise BadDictionary(path, 1, f"found more than {MOST_OCTETS} octets")
    try:
        lines = octets.decode().splitlines()
    except UnicodeDecodeError as error:
        at = octets[: error.start].count(b"\n") + 1
        raise BadDictionary(path, at, "found what is not UTF-8") from None
    for number, line in enumerate(lines, 1):
        if line.lstrip().upper().startswith("$INCLUDE"):
            message = "found $INCLUDE, wanted every file in radius.dictionaries"
            raise BadDictionary(path, number, message)
    return lines


def _refuse_changes(
    path: Path,
    lines: list[str],
    known: Mapping[str, Definition],
    found: Mapping[str, Definition],
) -> None:
    kinds = {one.kind: one.name for one in known.values() if one.vendor is None}
    for name, definition in found.items():
        if name in known and known[name] != definition:
            message = f"found {name}, which has a definition already"
            raise BadDictionary(path, _line_of(lines, name), message)
        if name not in known and definition.vendor is None and definition.kind in kinds:
            message = f"found {name} with number {definition.kind}, {kinds[definition.kind]}'s"
            raise BadDictionary(path, _line_of(lines, name), message)


def _line_of(lines: list[str], name: str) -> int:
    """Give the line that defines a name, or a value of it."""
    return next((number for number, line in enumerate(lines, 1) if name in line.split()), 1)
