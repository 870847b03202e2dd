"""
XML to a tree of plain values, each with its line; for containers of keys, so small and strict.

Expat does the reading. A document type declaration is refused before anything of it is read, so
there are no entities to expand and nothing outside is fetched; depth and number of elements are
limited. Namespaces are resolved: an element is known by its local name, whatever prefix it has.
"""

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from proxy.factors.seed_files.entry import BadFile

DEPTH_LIMIT: Final = 16
"""RFC 6030's deepest element is at 9."""
ELEMENTS_LIMIT: Final = 500_000
"""Some 30 for each of 10,000 keys."""
_SEPARATOR: Final = "\n"
"""Stands in no namespace's name."""


@dataclass(slots=True)
class Element:
    """One element."""

    namespace: str
    name: str
    """Without prefix."""
    line: int
    attributes: dict[str, str]
    """By name without prefix."""
    children: list["Element"] = field(default_factory=list)
    text: str = ""
    """What stands directly in it, in order."""

    def all(self, name: str) -> list["Element"]:
        """Give the children of that name."""
        return [child for child in self.children if child.name == name]

    def find(self, *path: str) -> "Element | None":
        """
        Give the one descendant at the end of a path of names; None: there is none.

        Raises:
            BadFile: there are several, of which one would have to be believed.
        """
        found = self
        for name in path:
            named = found.all(name)
            if len(named) > 1:
                raise BadFile(named[1].line, f"found a second {name} in {found.name}, wanted one")
            if not named:
                return None
            found = named[0]
        return found


def parse(octets: bytes) -> Element:
    """Read a document; give its root. Raises BadFile."""
    reading = _Reading()
    try:
        reading.parser.Parse(octets, True)  # noqa: FBT003 - expat's own
    except expat.ExpatError as error:
        raise BadFile(error.lineno, f"not XML: {expat.ErrorString(error.code)}") from None
    except BadFile:
        raise
    except (LookupError, ValueError):  # from Python's codecs, of which expat asks for others' names
        raise BadFile(1, "found an encoding that is not supported, wanted UTF-8") from None
    assert reading.root is not None
    return reading.root


class _Reading:
    """One document as it is read."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[tuple[Element, list[str]]] = []
        self._elements = 0
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _doctype(self, *_: object) -> None:
        self._refuse("found a document type declaration, wanted none: it may define entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) >= DEPTH_LIMIT or self._elements > ELEMENTS_LIMIT:
            self._refuse(f"found more than {ELEMENTS_LIMIT} elements or deeper than {DEPTH_LIMIT}")
        namespace, _, local = name.rpartition(_SEPARATOR)
        named = {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}
        element = Element(namespace, local, self.parser.CurrentLineNumber, named)
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self.root = element
        self._open.append((element, []))

    def _end(self, _: str) -> None:
        element, pieces = self._open.pop()
        element.text = "".join(pieces)

    def _characters(self, text: str) -> None:
        self._open[-1][1].append(text)

    def _refuse(self, message: str) -> None:
        raise BadFile(self.parser.CurrentLineNumber, message)
