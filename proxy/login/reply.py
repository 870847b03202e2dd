"""
Attributes of the Access-Accept: what the lines of a policy come to for one person.

A line gives a value that is written there, or one attribute for each value that the person's entry
has. Of an attribute that may be there once the first line that is for the person counts. Whatever
cannot be sent whole is `Unsendable`, which refuses the login: one that lost an attribute would be
let in with more than the policy allows.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from proxy.accounts.account import Values

MOST_VALUES: Final = 32
"""Values of one attribute of a person that are sent; 4096 octets have room for few more."""


@dataclass(frozen=True, slots=True)
class ReplyAttribute:
    """An attribute of the Access-Accept."""

    attribute: str
    """Its name in the dictionary."""
    value: str
    groups: frozenset[str] | None = None
    """Canonical DNs, any of which must be the person's; None: everyone."""
    tag: int | None = None
    """1 to 31 for a tagged attribute (RFC 2868 section 3.1); None: no tag."""


@dataclass(frozen=True, slots=True)
class FromDirectory:
    """Attributes of the Access-Accept whose values the person's entry has."""

    attribute: str
    """Its name in the dictionary."""
    source: str
    """The attribute of the entry, in lower case."""
    groups: frozenset[str] | None = None
    """As of `ReplyAttribute`."""
    tag: int | None = None
    """As of `ReplyAttribute`."""
    octets: bool = False
    """The attribute holds octets, so that a text which looks like hex digits is none."""


ReplyLine = ReplyAttribute | FromDirectory
Length = Callable[[str, str, int | None], int]
"""Gives the octets that an attribute, value and tag take in a reply. Raises ValueError: it cannot
be sent."""


class Unsendable(Exception):  # noqa: N818 - it names what was found
    """A reply that cannot be sent whole; the message says why."""


def reply_of(
    lines: Sequence[ReplyLine], attributes: Values, once: Collection[str]
) -> tuple[ReplyAttribute, ...]:
    """
    Give the attributes for one person.

    Args:
        lines: those that are for the person's groups, in order.
        attributes: of the person's entry.
        once: names of attributes that may be there once, or once with each tag.

    Raises:
        Unsendable: the directory has a value that is no text, or too many.
    """
    given: list[ReplyAttribute] = []
    taken: set[tuple[str, int | None]] = set()
    for line in lines:
        key = (line.attribute, line.tag)
        if line.attribute in once and key in taken:
            continue
        found = [line] if isinstance(line, ReplyAttribute) else list(_values(line, attributes))
        if line.attribute in once and len(found) > 1:
            message = f"found {len(found)} values for {line.attribute}, which comes once"
            raise Unsendable(message)
        if found:
            taken.add(key)
            given += found
    return tuple(given)


def _values(line: FromDirectory, attributes: Values) -> Iterator[ReplyAttribute]:
    values = next((texts for name, texts in attributes if name == line.source), ())
    if len(values) > MOST_VALUES:
        raise Unsendable(f"found {len(values)} values of {line.source}, wanted {MOST_VALUES}")
    for text in values:
        if not text:
            raise Unsendable(f"found a value of {line.source} that is no text")
        value = f"0x{text.encode().hex()}" if line.octets else text
        yield ReplyAttribute(line.attribute, value, None, line.tag)


def must_fit(reply: Sequence[ReplyAttribute], length: Length, room: int) -> None:
    """Raise Unsendable where a value cannot be sent, or all of them take more than the room."""
    octets = 0
    for line in reply:
        try:
            octets += length(line.attribute, line.value, line.tag)
        except ValueError as error:
            raise Unsendable(str(error)) from error
    if octets > room:
        raise Unsendable(f"found attributes of {octets} octets, wanted at most {room}")
