"""
Distinguished names, in one canonical form, so that equal names are equal texts.

RFC 4514 is the form in which names come; what counts as equal is caseIgnoreMatch (RFC 4518):
compatibility forms and case folded, control characters dropped, runs of spaces made one. Spaces
around `,` `+` and `=` are allowed, as RFC 2253 servers write them. Types are known by one of their
names, the parts of a multi-valued RDN come in one order.
"""

import binascii
import re
import unicodedata
from functools import lru_cache

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage

Rdn = tuple[tuple[str, str], ...]
"""Type and value, both folded; sorted."""

CACHED_NAMES = 16_384
"""Groups are few and come again with every login."""

_ALIASES = {
    "2.5.4.3": "cn",
    "commonname": "cn",
    "2.5.4.4": "sn",
    "surname": "sn",
    "2.5.4.5": "serialnumber",
    "2.5.4.6": "c",
    "countryname": "c",
    "2.5.4.7": "l",
    "localityname": "l",
    "2.5.4.8": "st",
    "stateorprovincename": "st",
    "2.5.4.9": "street",
    "streetaddress": "street",
    "2.5.4.10": "o",
    "organizationname": "o",
    "2.5.4.11": "ou",
    "organizationalunitname": "ou",
    "2.5.4.12": "title",
    "2.5.4.42": "givenname",
    "gn": "givenname",
    "0.9.2342.19200300.100.1.1": "uid",
    "userid": "uid",
    "0.9.2342.19200300.100.1.3": "mail",
    "rfc822mailbox": "mail",
    "0.9.2342.19200300.100.1.25": "dc",
    "domaincomponent": "dc",
    "1.2.840.113549.1.9.1": "emailaddress",
    "email": "emailaddress",
    "pkcs9email": "emailaddress",
}
_TYPE = re.compile(r" *([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+) *= *")
_HEX_VALUE = re.compile(r"#((?:[0-9A-Fa-f]{2})+) *(?=[,+]|$)")
_PLAIN = re.compile(r'[^\\,+"<>;\x00]+')
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{2})|([ \"#+,;<=>\\]))")
_TEXT_TAGS = (ber.OCTET_STRING, 0x0C, 0x13, 0x16)
"""OCTET STRING, UTF8String, PrintableString, IA5String: text in UTF-8, all of them."""
_SPECIAL = re.compile(r'[\\,+"<>;=]')


class BadName(Exception):  # noqa: N818 - it names what was found
    """A text that is no distinguished name; the message says where."""


@lru_cache(maxsize=CACHED_NAMES)
def canonical_dn(text: str) -> str:
    """
    Give the one text of all that name the same entry.

    Raises:
        BadName: the text is empty or not as RFC 4514 section 3 writes names.
    """
    return ",".join(
        "+".join(f"{name}={_escape(value)}" for name, value in rdn) for rdn in parse_dn(text)
    )


def parse_dn(text: str) -> tuple[Rdn, ...]:
    """Read a name into its RDNs, the entry's own first. Raises BadName."""
    rdns: list[Rdn] = []
    parts: list[tuple[str, str]] = []
    at = 0
    while True:
        name, value, at = _attribute(text, at)
        parts.append((name, value))
        ended = at == len(text)
        if ended or text[at] == ",":
            rdns.append(tuple(sorted(parts)))
            parts = []
        if ended:
            return tuple(rdns)
        at += 1


def canonical_type(name: str) -> str:
    """Give the one name, in lower case, of an attribute type that has several."""
    lowered = name.lower()
    return _ALIASES.get(lowered, lowered)


def fold_value(value: str) -> str:
    """Prepare a value for comparison by caseIgnoreMatch (RFC 4518 section 2)."""
    if value.isascii() and value.isprintable():
        return " ".join(value.lower().split())
    spaced = "".join(" " if letter.isspace() else letter for letter in value)
    kept = "".join(letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cf"))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).casefold())
    return " ".join(folded.split())


def _attribute(text: str, at: int) -> tuple[str, str, int]:
    """Read `type=value`; give both, folded, and where the separator or the end is."""
    head = _TYPE.match(text, at)
    if head is None:
        raise BadName(f"found no attribute type and `=` at character {at + 1}")
    name = canonical_type(head[1])
    at = head.end()
    if text.startswith("#", at):
        value, at = _hex_value(text, at)
    else:
        value, at = _string_value(text, at)
    if at < len(text) and text[at] not in ",+":
        raise BadName(f"found {text[at]!r} at character {at + 1}, wanted it escaped")
    return name, fold_value(value), at


def _string_value(text: str, at: int) -> tuple[str, int]:
    pieces = []
    while at < len(text):
        plain = _PLAIN.match(text, at)
        if plain is not None:
            pieces.append(plain[0].encode("utf-8", "surrogatepass"))
            at = plain.end()
            continue
        escape = _ESCAPE.match(text, at)
        if escape is None:
            break
        pieces.append(bytes.fromhex(escape[1]) if escape[1] else escape[2].encode())
        at = escape.end()
    return _decode(b"".join(pieces)), at


def _hex_value(text: str, at: int) -> tuple[str, int]:
    """Read `#04024869`: the value's BER; of one that is not text the hexadecimal is its text."""
    found = _HEX_VALUE.match(text, at)
    if found is None:
        raise BadName(f"found no hexadecimal after `#` at character {at + 1}")
    octets = binascii.unhexlify(found[1])
    try:
        tag, start, end = ber.header(octets, 0, len(octets))
    except MalformedMessage as error:
        raise BadName(f"found no BER value after `#` at character {at + 1}") from error
    if end != len(octets):
        raise BadName(f"found octets after the BER value at character {at + 1}")
    if tag in _TEXT_TAGS:
        return _decode(octets[start:end]), found.end()
    return "#" + found[1], found.end()


def _decode(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise BadName("found a value that is not UTF-8") from error


def _escape(value: str) -> str:
    escaped = _SPECIAL.sub(r"\\\g<0>", value)
    return "\\" + escaped if escaped.startswith("#") else escaped
