"""
Values of attributes: from octets to the text that people and policies read, and back, by type.

Octets from the wire that are not of their type have no text; a text from the configuration that is
not of its type is `BadAttribute`. Tags, hiding and vendors are not looked at here but for reading a
tagged value: see `replies`.
"""

from pyrad import tools

from proxy.radius.definitions import NUMBER_LENGTHS, Definition

MAX_TAG = 0x1F
"""RFC 2868 section 3.1."""

_LENGTHS = {"ipaddr": 4, "ipv6addr": 16, "ifid": 8, "ether": 6}
"""Octets of the types that have one length (RFC 8044 section 3)."""

_WANTED = {
    "octets": "text, or hex digits after 0x",
    "ipaddr": "an IPv4 address",
    "ipv6addr": "an IPv6 address",
    "ipv6prefix": "an IPv6 prefix such as 2001:db8::/64",
    "ifid": "four groups of hex digits such as 0:0:0:1",
    "ether": "a MAC address such as 00:11:22:aa:bb:cc",
}


class BadAttribute(ValueError):  # noqa: N818 - it names what was found
    """A name or value of an attribute that cannot be; the message says what was wanted."""


def decode_value(definition: Definition, value: bytes) -> str | None:
    """
    Give an attribute's text: names of numbers where they have one, addresses in their usual form.

    None: the octets are not of the attribute's type. Octets and texts that are not UTF-8 come as
    hex digits after `0x`; a tag is left out.
    """
    number_length = NUMBER_LENGTHS.get(definition.datatype)
    if number_length is not None:
        return _decode_number(definition, value, number_length)
    if definition.datatype == "octets":
        return f"0x{value.hex()}"
    if definition.datatype == "string":
        return _decode_string(definition, value)
    if len(value) != _LENGTHS.get(definition.datatype, len(value)):
        return None
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


def _decode_string(definition: Definition, value: bytes) -> str:
    if definition.tagged and value and value[0] <= MAX_TAG:
        value = value[1:]
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"


def encode_value(definition: Definition, text: str) -> bytes:
    """
    Give the octets of a text, of any length, without tag and in clear.

    Raises:
        BadAttribute: the text is not of the attribute's type.
    """
    number_length = NUMBER_LENGTHS.get(definition.datatype)
    if number_length is not None:
        return _encode_number(definition, text, number_length)
    try:
        if definition.datatype == "string":
            return text.encode()
        if definition.datatype == "octets":
            return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
        return bytes(tools.EncodeAttr(definition.datatype, text))
    except (ValueError, TypeError) as error:
        raise BadAttribute(
            _found(definition, text, _WANTED.get(definition.datatype, "text"))
        ) from error


def _encode_number(definition: Definition, text: str, length: int) -> bytes:
    number = definition.numbers.get(text)
    signed = definition.datatype == "signed"
    try:
        return (int(text, 0) if number is None else number).to_bytes(length, "big", signed=signed)
    except (ValueError, OverflowError) as error:
        names = f" or one of {', '.join(sorted(definition.numbers))}" if definition.numbers else ""
        wanted = f"a number of {length} octets{names}"
        raise BadAttribute(_found(definition, text, wanted)) from error


def _found(definition: Definition, text: str, wanted: str) -> str:
    shown = "a value" if definition.hiding else repr(text)
    return f"found {shown} for {definition.name}, wanted {wanted}"
