"""
Attributes by their names: from the wire to the texts that policies look at, and from the
configuration to the wire.

Every fault of a name or value is a `BadAttribute` that says what was found and wanted, so that the
same code serves the check of the configuration and the reply.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

from pyrad import tools

from proxy.radius.definitions import NUMBER_LENGTHS, STANDARD, Definition, read_definitions
from proxy.radius.packet import (
    CHAP_PASSWORD,
    EAP_MESSAGE,
    MAX_VALUE_LENGTH,
    MESSAGE_AUTHENTICATOR,
    PROXY_STATE,
    STATE,
    USER_PASSWORD,
    VENDOR_SPECIFIC,
    Attribute,
    encode_attribute,
)
from proxy.radius.password import BLOCK, SALT_LENGTH, hide_salted
from proxy.radius.shared_secret import SharedSecret

MAX_TAG = 0x1F
"""RFC 2868 section 3.1."""

NOT_FOR_REPLIES = frozenset(
    {USER_PASSWORD, CHAP_PASSWORD, STATE, PROXY_STATE, EAP_MESSAGE, MESSAGE_AUTHENTICATOR}
)
"""What the server writes itself, or what stands in requests alone (RFC 2865 section 5.44)."""

_VENDOR_HEAD = Struct("!IBB")
_VENDOR_NUMBER = Struct("!I")


class BadAttribute(ValueError):  # noqa: N818 - it names what was found
    """A name or value of an attribute that cannot be; the message says what was wanted."""


@dataclass(frozen=True, slots=True)
class ReplyValue:
    """A value ready for replies; a salted one is hidden anew in each."""

    definition: Definition
    tag: bytes
    value: bytes
    octets: bytes | None
    """The whole attribute; None: it is salted."""

    def write(
        self, shared_secret: SharedSecret, request_authenticator: bytes, salt: bytes
    ) -> bytes:
        """Give the attribute as it goes on the wire; see `hide_salted` for the salt."""
        if self.octets is not None:
            return self.octets
        hidden = hide_salted(self.value, shared_secret, request_authenticator, salt)
        return _wrap(self.definition, self.tag + hidden)


class Selection:
    """The attributes of some names, read from packets as texts."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        wanted = sorted(definitions, key=lambda definition: definition.name)
        self.names: tuple[str, ...] = tuple(definition.name for definition in wanted)
        self._standard = {one.kind: one for one in wanted if one.vendor is None}
        self._vendors = {(one.vendor, one.kind): one for one in wanted if one.vendor is not None}

    def read(self, attributes: Iterable[Attribute]) -> dict[str, tuple[str, ...]]:
        """Give the texts by name, in the packet's order; what is absent or unreadable is not in."""
        found: dict[str, list[str]] = {}
        for kind, value in attributes:
            if kind == VENDOR_SPECIFIC and self._vendors:
                for vendor, vendor_kind, part in vendor_attributes(value):
                    _add(found, self._vendors.get((vendor, vendor_kind)), part)
            elif kind in self._standard:
                _add(found, self._standard[kind], value)
        return {name: tuple(texts) for name, texts in found.items()}


def _add(found: dict[str, list[str]], definition: Definition | None, value: bytes) -> None:
    text = None if definition is None else decode(definition, value)
    if definition is not None and text is not None:
        found.setdefault(definition.name, []).append(text)


class Attributes:
    """The dictionary: every attribute that may stand in the configuration."""

    def __init__(self, *more: Path) -> None:
        """Read the standard attributes, then *more* dictionary files."""
        self._definitions = read_definitions(STANDARD, *more)
        self._encoded: dict[tuple[str, str, int | None], ReplyValue] = {}

    def find(self, name: str) -> Definition:
        """Give the definition of a name. Raises BadAttribute."""
        try:
            return self._definitions[name]
        except KeyError:
            raise BadAttribute(f"found attribute {name}, {self._near(name)}") from None

    def _near(self, name: str) -> str:
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
        text = decode(definition, _encode_value(definition, value))
        return value if text is None else text

    def encode(self, name: str, value: str, tag: int | None = None) -> ReplyValue:
        """
        Prepare a reply's attribute; kept, because replies come from the configuration.

        Args:
            tag: 1 to 31 for a tagged attribute; None: no tag.

        Raises:
            BadAttribute: the name is unknown or not for replies, the value is not of its type or
                too long, or it takes no tag.
        """
        key = (name, value, tag)
        encoded = self._encoded.get(key)
        if encoded is None:
            encoded = self._encoded[key] = _encode(self.find(name), value, tag)
        return encoded


def decode(definition: Definition, value: bytes) -> str | None:
    """
    Give an attribute's text: names of numbers where they have one, addresses in their usual form.

    None: the octets are not of the attribute's type. Octets and texts that are not UTF-8 come as
    hex digits after `0x`.
    """
    number_length = NUMBER_LENGTHS.get(definition.datatype)
    if number_length is not None:
        return _decode_number(definition, value, number_length)
    if definition.datatype == "octets":
        return f"0x{value.hex()}"
    if definition.datatype == "string":
        if definition.tagged and value[:1] and value[0] <= MAX_TAG:
            value = value[1:]
        try:
            return value.decode()
        except UnicodeDecodeError:
            return f"0x{value.hex()}"
    try:
        return str(tools.DecodeAttr(definition.datatype, value))
    except ValueError:
        return None


def _decode_number(definition: Definition, value: bytes, length: int) -> str | None:
    if len(value) != length:
        return None
    if definition.tagged:
        value = value[1:]
    number = int.from_bytes(value, "big", signed=definition.datatype == "signed")
    return definition.names.get(number) or str(number)


def vendor_attributes(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """
    Give vendor, type and value of what a Vendor-Specific attribute holds (RFC 2865 section 5.26).

    Stops at what has not the recommended form: that form is no duty of a vendor's.
    """
    if len(value) < _VENDOR_HEAD.size:
        return
    (vendor,) = _VENDOR_NUMBER.unpack_from(value)
    at = _VENDOR_NUMBER.size
    while at + 2 <= len(value):
        kind, length = value[at], value[at + 1]
        if length < 2 or at + length > len(value):
            return
        yield vendor, kind, value[at + 2 : at + length]
        at += length


def _encode(definition: Definition, text: str, tag: int | None) -> ReplyValue:
    if definition.vendor is None and definition.kind in NOT_FOR_REPLIES:
        raise BadAttribute(f"found {definition.name}, which is not for the configuration to set")
    if definition.hiding not in {0, 2}:
        raise BadAttribute(f"found {definition.name}, whose hiding is for requests alone")
    value = _encode_value(definition, text)
    tag_octets, value = _with_tag(definition, value, tag)
    salted = definition.hiding == 2
    length = SALT_LENGTH + BLOCK * (1 + len(value) // BLOCK) if salted else len(value)
    length += len(tag_octets) + (0 if definition.vendor is None else _VENDOR_HEAD.size)
    if length > MAX_VALUE_LENGTH:
        raise BadAttribute(
            f"found a value of {definition.name} that takes {length} octets, wanted at most "
            f"{MAX_VALUE_LENGTH}"
        )
    octets = None if salted else _wrap(definition, tag_octets + value)
    return ReplyValue(definition, tag_octets, value, octets)


def _with_tag(definition: Definition, value: bytes, tag: int | None) -> tuple[bytes, bytes]:
    """Place the tag: before a text, in the high octet of a number (RFC 2868 section 3.1)."""
    if not definition.tagged:
        if tag is not None:
            raise BadAttribute(f"found tag {tag} on {definition.name}, which takes none")
        return b"", value
    if tag is not None and not 0 < tag <= MAX_TAG:
        raise BadAttribute(f"found tag {tag} on {definition.name}, wanted 1 to {MAX_TAG}")
    if definition.datatype in NUMBER_LENGTHS:
        if value[0]:
            raise BadAttribute(f"found a number of {definition.name} over 3 octets, which it has")
        return b"", bytes((tag or 0,)) + value[1:]
    # Without a tag the octet may be left out where the text cannot be taken for one; under the
    # salt it may not (RFC 2868 section 3.5).
    needed = tag is not None or definition.hiding == 2 or value[:1] <= bytes((MAX_TAG,))
    return (bytes((tag or 0,)) if needed else b""), value


def _wrap(definition: Definition, value: bytes) -> bytes:
    """Write the attribute, a vendor's inside Vendor-Specific (RFC 2865 section 5.26)."""
    if definition.vendor is None:
        return encode_attribute(definition.kind, value)
    head = _VENDOR_HEAD.pack(definition.vendor, definition.kind, len(value) + 2)
    return encode_attribute(VENDOR_SPECIFIC, head + value)


def _encode_value(definition: Definition, text: str) -> bytes:
    number_length = NUMBER_LENGTHS.get(definition.datatype)
    if number_length is not None:
        return _encode_number(definition, text, number_length)
    if definition.datatype == "string":
        return text.encode()
    try:
        if definition.datatype == "octets":
            return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
        return bytes(tools.EncodeAttr(definition.datatype, text))
    except (ValueError, TypeError) as error:
        raise BadAttribute(
            f"found {text!r} for {definition.name}, wanted {_WANTED[definition.datatype]}"
        ) from error


_WANTED = {
    "octets": "text, or hex digits after 0x",
    "ipaddr": "an IPv4 address",
    "ipv6addr": "an IPv6 address",
    "ipv6prefix": "an IPv6 prefix such as 2001:db8::/64",
    "ifid": "four groups of hex digits such as 0:0:0:1",
    "ether": "a MAC address such as 00:11:22:aa:bb:cc",
    "abinary": "an Ascend filter",
}


def _encode_number(definition: Definition, text: str, length: int) -> bytes:
    number = definition.numbers.get(text)
    signed = definition.datatype == "signed"
    try:
        return (int(text, 0) if number is None else number).to_bytes(length, "big", signed=signed)
    except (ValueError, OverflowError) as error:
        names = f" or one of {', '.join(sorted(definition.numbers))}" if definition.numbers else ""
        raise BadAttribute(
            f"found {text!r} for {definition.name}, wanted a number of {length} octets{names}"
        ) from error
