"""
authproxy.cfg as sections with their lines, or every fault of its text.

The form is that of Python's configparser without interpolation, less two things that Duo documents
nowhere and that hide mistakes: a value does not go on in the next line, and nothing stands twice.
"""

import re
from dataclasses import dataclass, field
from typing import Final

FILE_LIMIT: Final = 1_048_576
"""Octets; a large installation has a few kB."""
LINE_LIMIT: Final = 4_096
SECTION_LIMIT: Final = 500
ENTRY_LIMIT: Final = 20_000
_SECTION: Final = re.compile(r"([a-z_]*[a-z])_?([0-9]{0,4})")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong in a line."""

    line: int
    message: str


class BadCfg(Exception):  # noqa: N818 - it names what was found
    """A file that cannot be translated."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__()
        self.faults = sorted(faults)


@dataclass(frozen=True, slots=True)
class Entry:
    """`key=value`; the value is a secret where the key says so."""

    line: int
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the file."""

    name: str
    """In small letters, such as `ad_client2`."""
    kind: str
    """Without its number: `ad_client`."""
    line: int
    entries: dict[str, Entry] = field(default_factory=dict)
    """By key, in small letters; those without a value are left out."""

    def line_of(self, key: str) -> int:
        """Give the line of a key, or of the section where the key is absent."""
        entry = self.entries.get(key)
        return self.line if entry is None else entry.line

    def text(self, key: str, default: str = "") -> str:
        """Give a value, or what holds where there is none."""
        entry = self.entries.get(key)
        return default if entry is None else entry.value

    def numbered(self, stem: str) -> dict[int, Entry]:
        """Give the entries `stem_1`, `stem_2` and so on; `stem` alone is the first."""
        found: dict[int, Entry] = {}
        for key, entry in self.entries.items():
            match = re.fullmatch(rf"{stem}(?:_([1-9][0-9]{{0,3}}))?", key)
            if match is not None:
                found.setdefault(int(match[1] or 1), entry)
        return dict(sorted(found.items()))


def parse_cfg(octets: bytes) -> tuple[Section, ...]:
    """Read a file. Raises BadCfg with every fault of its text."""
    if len(octets) > FILE_LIMIT:
        raise BadCfg([Fault(1, f"found more than {FILE_LIMIT} octets, wanted authproxy.cfg")])
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise BadCfg([Fault(line, "found octets that are no UTF-8; save the file so")]) from None
    reader = _Reader()
    for number, read in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        reader.read(number, read)
    if reader.faults:
        raise BadCfg(reader.faults)
    return tuple(reader.sections.values())


class _Reader:
    def __init__(self) -> None:
        self.sections: dict[str, Section] = {}
        self.faults: list[Fault] = []
        self._current: Section | None = None
        self._lines: dict[str, int] = {}
        self._count = 0

    def read(self, number: int, line: str) -> None:
        """Read one line; no message repeats it, since it may hold a secret."""
        text = line.strip()
        if not text or text.startswith((";", "#")):
            return
        if len(line) > LINE_LIMIT:
            self._fault(number, f"found more than {LINE_LIMIT} characters in a line")
        elif not line.replace("\t", " ").isprintable():
            self._fault(number, "found a control character")
        elif text.startswith("["):
            self._section(number, text)
        else:
            self._entry(number, line, text)

    def _fault(self, number: int, message: str) -> None:
        if len(self.faults) < 100:
            self.faults.append(Fault(number, message))

    def _section(self, number: int, text: str) -> None:
        name = text[1:-1].strip().lower()
        match = _SECTION.fullmatch(name)
        if not text.endswith("]") or match is None:
            self._fault(number, "found no name of a section, wanted one such as [ad_client2]")
            return
        before = self.sections.get(name)
        if before is not None:
            self._fault(number, f"found [{name}] again, after line {before.line}")
            return
        if len(self.sections) >= SECTION_LIMIT:
            self._fault(number, f"found more than {SECTION_LIMIT} sections")
            return
        self._current = self.sections[name] = Section(name, match[1], number)
        self._lines = {}

    def _entry(self, number: int, line: str, text: str) -> None:
        key, equals, value = _split(text)
        if not equals or not key:
            self._fault(number, "found neither [section], key=value nor a comment")
        elif self._current is None:
            self._fault(number, f"found {key} before any section")
        elif line[0].isspace() and self._lines:
            self._fault(number, f"found {key} indented, wanted it at the beginning of its line")
        elif key in self._lines:
            self._fault(number, f"found {key} again, after line {self._lines[key]}")
        else:
            self._keep(self._current, number, key, value)

    def _keep(self, section: Section, number: int, key: str, value: str) -> None:
        self._lines[key] = number
        self._count += 1
        if self._count > ENTRY_LIMIT:
            self._fault(number, f"found more than {ENTRY_LIMIT} keys")
        elif value:
            section.entries[key] = Entry(number, value)


def _split(text: str) -> tuple[str, str, str]:
    """Cut at the first `=` or `:`; a key has letters, digits and underscores."""
    match = re.fullmatch(r"([A-Za-z0-9_]{1,80})\s*([=:])\s*(.*)", text)
    return ("", "", "") if match is None else (match[1].lower(), match[2], match[3])
