"""
A site's own dictionary files: attributes of equipment that ours do not know.

They add and never change: an attribute that is known keeps its number, type and values, so that no
file decides what is read as a User-Password. Each statement is given to pyrad by itself, so that
every fault has its line. What pyrad or this server cannot write (TLVs, vendors' own attribute
formats) is set aside with its line and is a fault only where it is named.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyrad.dictionary import UNSUPPORTED_DATATYPES, Dictionary, ParseError
from pyrad.dictionary import Attribute as DictionaryEntry

from proxy.radius.definitions import LEFT_OUT, STANDARD, VENDORS, Definition, definitions_of
from proxy.radius.packet import VENDOR_SPECIFIC

MOST_OCTETS = 1024 * 1024
MOST_ATTRIBUTES = 5000
"""FreeRADIUS's largest dictionary of one vendor has some 500."""
MOST_OF_A_LINE = 500
"""Octets without its comment; a fault may quote a word of it."""
MOST_FAULTS = 50
"""Of one file; a text that is no dictionary has one a line."""
MOST_VENDOR = 2**24 - 1
"""RFC 2865 section 5.26: the high-order octet of a vendor's number is 0."""
MOST_KIND = 255

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+,()-]{0,127}")
_DIGITS = re.compile(r"-?([0-9]+|0[xX][0-9a-fA-F]+)")
_TAGGED_TYPES = ("string", "integer")
"""RFC 2868 section 3.1 tags texts and numbers of 3 octets."""
_KNOWN_WORDS = "VENDOR, BEGIN-VENDOR, END-VENDOR, ATTRIBUTE or VALUE"


@dataclass(frozen=True, slots=True)
class DictionaryFault:
    """What is wrong with a dictionary file."""

    file: Path
    line: int | None
    """From 1; None: the file cannot be read."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line or 1}: {self.message}"


class BadDictionary(ValueError):  # noqa: N818 - it names what was found
    """Dictionary files that cannot be used; every fault of theirs."""

    def __init__(self, faults: Sequence[DictionaryFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class SetAside:
    """An attribute that a file defines and that cannot be written or read."""

    file: Path
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """Our own attributes and a site's."""

    definitions: dict[str, Definition]
    set_aside: dict[str, SetAside]


def read_known(*files: Path) -> Known:
    """
    Read our own dictionary, then a site's files, each after those before it.

    Raises:
        BadDictionary: a file cannot be read, is too large, is no dictionary, includes another, or
            gives another meaning to what is known.
    """
    dictionary = Dictionary(str(STANDARD), str(VENDORS))
    ours = definitions_of(dictionary)
    faults: list[DictionaryFault] = []
    set_aside: dict[str, SetAside] = {}
    formatted: set[str] = set()
    for file in files:
        reading = _Reading(file, dictionary, formatted)
        reading.read()
        faults += sorted(reading.faults, key=lambda fault: fault.line or 0)
        set_aside |= reading.set_aside
    if faults:
        raise BadDictionary(faults)
    found = definitions_of(dictionary)
    for name, one in ours.items():  # of two names for a number ours is the one that is read
        found[name] = replace(found[name], names={**found[name].names, **one.names})
    unused = {name: one for name, one in set_aside.items() if name not in found}
    return Known(found, unused)


class _Fault(ValueError):  # noqa: N818 - it names what was found
    """One statement's fault; its line is added where it is caught."""


class _Reading:
    """One file being read into a dictionary."""

    def __init__(self, file: Path, dictionary: Dictionary, formatted: set[str]) -> None:
        self.faults: list[DictionaryFault] = []
        self.set_aside: dict[str, SetAside] = {}
        self._file = file
        self._dictionary = dictionary
        self._formatted = formatted
        """Vendors whose attributes have a form of their own, of all files."""
        self._begun: list[str] | None = []
        """The words of the BEGIN-VENDOR that is open; None: it was a faulty one."""
        self._tlvs = 0
        """How many BEGIN-TLV are open."""
        self._most = len(dictionary.attributes) + MOST_ATTRIBUTES

    def read(self) -> None:
        """Read the file; what is wrong with it is in `faults`."""
        try:
            with self._file.open("rb") as opened:
                octets = opened.read(MOST_OCTETS + 1)
        except OSError as error:
            self._add(None, f"cannot read {self._file}: {error.strerror}")
            return
        if len(octets) > MOST_OCTETS:
            self._add(1, f"found more than {MOST_OCTETS} octets")
            return
        statements = list(self._statements(octets))
        # A VALUE may stand before its ATTRIBUTE.
        for values in (False, True):
            for line, words in statements:
                if (words[0].upper() == "VALUE") == values and len(self.faults) < MOST_FAULTS:
                    self._read_one(line, words)
        if len(self.faults) >= MOST_FAULTS:
            self._add(self.faults[-1].line, f"found {MOST_FAULTS} faults, the rest is not told")

    def _add(self, line: int | None, message: str) -> None:
        self.faults.append(DictionaryFault(self._file, line, message))

    def _statements(self, octets: bytes) -> Iterator[tuple[int, list[str]]]:
        for line, whole in enumerate(octets.split(b"\n"), 1):
            text = whole.split(b"#", 1)[0]
            if len(text) > MOST_OF_A_LINE:
                self._add(line, f"found more than {MOST_OF_A_LINE} octets, wanted one statement")
                continue
            try:
                words = text.decode().split()
            except UnicodeDecodeError:
                self._add(line, "found what is not UTF-8")
                continue
            if words:
                yield line, words

    def _read_one(self, line: int, words: list[str]) -> None:
        try:
            self._statement(line, words)
        except _Fault as fault:
            self._add(line, str(fault))

    def _statement(self, line: int, words: list[str]) -> None:
        """Take one statement. Raises _Fault."""
        match words[0].upper():
            case "VENDOR":
                self._vendor(words)
            case "BEGIN-VENDOR":
                self._begin(words)
            case "END-VENDOR":
                self._end(words)
            case "BEGIN-TLV":
                self._tlvs += 1
            case "END-TLV":
                self._tlvs = max(0, self._tlvs - 1)
            case "ATTRIBUTE":
                self._attribute(line, words)
            case "VALUE":
                self._value(words)
            case "$INCLUDE" | "$INCLUDE-":
                raise _Fault("found $INCLUDE, wanted every file in radius.dictionaries")
            case word:
                raise _Fault(f"found {word[:40]!r}, wanted {_KNOWN_WORDS}")

    def _parse(self, words: list[str], begun: Sequence[str] = ()) -> None:
        """Let pyrad read one statement. Raises _Fault."""
        try:
            self._dictionary.ReadDictionary(io.StringIO(f"{' '.join(begun)}\n{' '.join(words)}"))
        except ParseError as error:
            raise _Fault(f"found no {words[0].upper()}: {error.msg}") from None
        except (ValueError, IndexError) as error:  # of a `format` without a value, say
            raise _Fault(f"found no {words[0].upper()}: {error}") from None

    def _vendor(self, words: list[str]) -> None:
        if len(words) < 3 or not _NAME.fullmatch(words[1]):
            raise _Fault("found no VENDOR, wanted VENDOR, a name and a number")
        vendors = self._dictionary.vendors
        had = vendors.GetForward(words[1]) if vendors.HasForward(words[1]) else None
        number = _number(words[2])
        if number is None or not 0 < number <= MOST_VENDOR:
            raise _Fault(f"found vendor number {words[2]}, wanted 1 to {MOST_VENDOR}")
        if had is not None and had != number:
            raise _Fault(f"found vendor {words[1]} with number {number}, which has {had}")
        self._parse(words)
        if len(words) > 3 and words[3] != "format=1,1":  # RFC 2865 section 5.26 has one octet each
            self._formatted.add(words[1])

    def _begin(self, words: list[str]) -> None:
        self._begun = None
        self._parse(words)
        self._begun = words

    def _end(self, words: list[str]) -> None:
        begun, self._begun = self._begun, []
        if begun is not None and words[1:] != begun[1:2]:
            raise _Fault(f"found the end of what is not open: {' '.join(words[1:]) or 'nothing'}")

    def _attribute(self, line: int, words: list[str]) -> None:
        if self._begun is None:
            return  # told where the vendor begins
        if len(words) < 4 or not _NAME.fullmatch(words[1]):
            raise _Fault("found no ATTRIBUTE, wanted ATTRIBUTE, a name, a number and a type")
        name, words[3] = words[1], words[3].lower()
        why = self._unsupported(words, self._begun)
        if why is not None:
            if name not in self._dictionary.attributes:
                self.set_aside[name] = SetAside(self._file, line, why)
            return
        had = self._dictionary.attributes.pop(name, None)
        try:
            self._parse(words, self._begun)
            self._judge(self._dictionary.attributes[name], had)
        except _Fault:
            self._dictionary.attributes.pop(name, None)
            raise
        finally:
            if had is not None:
                self._dictionary.attributes[name] = had

    def _unsupported(self, words: list[str], begun: Sequence[str]) -> str | None:
        """Say why an attribute cannot be written; None: it can, or it is a fault."""
        datatype = words[3].split("[")[0]
        if self._tlvs or "." in words[2]:
            return "part of a TLV, which is not supported"
        if datatype in LEFT_OUT | UNSUPPORTED_DATATYPES:
            return f"of type {datatype}, which is not supported"
        if any("array" in flags.split(",") for flags in words[4:]):
            return "with the flag array, which is not supported"
        vendor = begun[1] if begun else words[4] if len(words) > 4 else ""
        if len(begun) > 2 or vendor in self._formatted:
            return "in a vendor's own format, which is not supported"
        return None

    def _judge(self, new: DictionaryEntry, had: DictionaryEntry | None) -> None:
        """Refuse what cannot be sent, and another meaning for what is known."""
        if had is not None:
            if self._meaning(new) != self._meaning(had):
                raise _Fault(f"found {new.name}, which has a definition already")
            return
        least = 0 if new.vendor else 1  # some vendors count from 0
        if not least <= new.code <= MOST_KIND:
            raise _Fault(f"found number {new.code} for {new.name}, wanted {least} to {MOST_KIND}")
        if not new.vendor:
            owner = self._owner(new)
            if owner is not None:
                raise _Fault(f"found {new.name} with number {new.code}, {owner}'s")
        if new.has_tag and new.type not in _TAGGED_TYPES:
            raise _Fault(f"found has_tag on type {new.type}, wanted {' or '.join(_TAGGED_TYPES)}")
        if len(self._dictionary.attributes) > self._most:
            raise _Fault(f"found more than {MOST_ATTRIBUTES} attributes")

    def _owner(self, new: DictionaryEntry) -> str | None:
        """Name the standard attribute whose number another name would have; None: it is free."""
        if new.code == VENDOR_SPECIFIC:
            return "Vendor-Specific"
        for one in self._dictionary.attributes.values():
            whole = not (one.vendor or one.is_sub_attribute)
            if whole and one.code == new.code and one.name != new.name:
                return str(one.name)
        return None

    def _meaning(self, entry: DictionaryEntry) -> tuple[object, ...]:
        vendor = self._dictionary.vendors.GetForward(entry.vendor)
        return vendor, entry.code, entry.type, entry.has_tag, entry.encrypt

    def _value(self, words: list[str]) -> None:
        if len(words) != 4:
            raise _Fault("found no VALUE, wanted VALUE, an attribute, a name and a number")
        attribute, name = words[1:3]
        if attribute in self.set_aside:
            return
        if attribute not in self._dictionary.attributes:
            raise _Fault(f"found a value of {attribute}, which nothing above defines")
        if _DIGITS.fullmatch(name):
            raise _Fault(f"found {name} as the name of a value, wanted one that is no number")
        values = self._dictionary.attributes[attribute].values
        had = values.GetForward(name) if values.HasForward(name) else None
        self._parse(words)
        if had is not None and values.GetForward(name) != had:
            values.Add(name, had)
            raise _Fault(f"found {name} of {attribute}, which has another number already")


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None
