"""
What the dictionary says of each attribute, read once with pyrad.

pyrad reads the files and knows the types; from here on nothing of it is needed but its texts of
addresses. TLVs with their sub-attributes, Ascend's binary filters and vendors' own attribute
formats are not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyrad.dictionary import Attribute as DictionaryEntry
from pyrad.dictionary import Dictionary

_FILES = Path(__file__).parent / "dictionary"
STANDARD = _FILES / "all"
"""The attributes of the RFCs."""
VENDORS = _FILES / "vendors"
"""Those of equipment."""

NUMBER_LENGTHS = {"byte": 1, "short": 2, "integer": 4, "signed": 4, "date": 4, "integer64": 8}
"""Octets of each type of number (RFC 8044 section 3; byte and short as FreeRADIUS has them)."""

LEFT_OUT = frozenset({"tlv", "abinary"})
"""Types that are not written or read."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One attribute of the dictionary."""

    name: str
    kind: int
    """Its type; for a vendor's attribute the type in the vendor's space."""
    vendor: int | None
    """The vendor's number; None: a standard attribute."""
    datatype: str
    tagged: bool
    """RFC 2868 section 3.1."""
    hiding: int
    """0: none; 1: as User-Password (RFC 2865 section 5.2); 2: salted (RFC 2868 section 3.5)."""
    numbers: Mapping[str, int]
    """Named values."""
    names: Mapping[int, str]
    """The same, by number."""


def read_definitions(*paths: Path) -> dict[str, Definition]:
    """Read dictionary files, later ones after earlier ones; give the attributes by name."""
    return definitions_of(Dictionary(*[str(path) for path in paths]))


def definitions_of(dictionary: Dictionary) -> dict[str, Definition]:
    """Give the attributes of pyrad's dictionary by name."""
    return {
        name: _definition(dictionary, entry)
        for name, entry in dictionary.attributes.items()
        if not entry.is_sub_attribute and entry.type not in LEFT_OUT
    }


def _definition(dictionary: Dictionary, entry: DictionaryEntry) -> Definition:
    signed = entry.type == "signed"
    numbers: dict[str, int] = {}
    if entry.type in NUMBER_LENGTHS:
        numbers = {
            name: int.from_bytes(octets, "big", signed=signed)
            for name, octets in entry.values.forward.items()
        }
    return Definition(
        name=entry.name,
        kind=entry.code,
        vendor=dictionary.vendors.GetForward(entry.vendor) if entry.vendor else None,
        datatype=entry.type,
        tagged=entry.has_tag,
        hiding=entry.encrypt,
        numbers=numbers,
        names={number: name for name, number in numbers.items()},
    )
