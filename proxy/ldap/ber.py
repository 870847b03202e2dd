"""
Tags, lengths and integers: the part of BER that LDAP uses.

Positions into one buffer go in and come out, so that a message is never copied piece by piece.
RFC 4511 section 5.1: only the definite form of length, and string values only in primitive form.
Lengths need not be minimal (Active Directory always writes four octets); integers must be.
"""

from proxy.errors import PeerError

BOOLEAN = 0x01
INTEGER = 0x02
OCTET_STRING = 0x04
ENUMERATED = 0x0A
SEQUENCE = 0x30
SET = 0x31

CONSTRUCTED = 0x20
LENGTH_OCTETS = 4
"""More than four octets of length would declare more than 4 GiB."""
INTEGER_OCTETS = 4
"""Every integer of LDAP is at most maxInt, 2^31-1 (RFC 4511 section 4.1.1)."""


DEPTH_LIMIT = 16
"""How deep elements may be nested that are passed over; controls need three levels."""


class MalformedMessage(PeerError):  # noqa: N818 - it names what was found
    """Octets that are not LDAP."""

    reason = "malformed-ldap"


def element(tag: int, *contents: bytes) -> bytes:
    """Write one element: tag, shortest length, contents."""
    content = contents[0] if len(contents) == 1 else b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Write an integer or enumerated of 0 to maxInt."""
    if value < 0x80:
        return bytes((tag, 1, value))
    return element(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def header(octets: bytes, at: int, stop: int) -> tuple[int, int, int]:
    """
    Read one element's tag and length.

    Returns:
        The tag, and where the contents start and end.

    Raises:
        MalformedMessage: the element does not end before *stop*, or its length is not definite.
    """
    start = at + 2
    if start > stop:
        raise MalformedMessage("found the end of the octets, wanted an element")
    tag = octets[at]
    length = octets[at + 1]
    if tag & 0x1F == 0x1F:
        raise MalformedMessage("found a tag of several octets, which LDAP has not")
    if length >= 0x80:
        count = length & 0x7F
        if not 0 < count <= LENGTH_OCTETS:
            raise MalformedMessage(f"found a length of {count} octets, wanted 1 to {LENGTH_OCTETS}")
        start += count
        if start > stop:
            raise MalformedMessage("found the end of the octets within a length")
        length = int.from_bytes(octets[at + 2 : start], "big")
    end = start + length
    if end > stop:
        raise MalformedMessage(f"found a length of {length}, wanted at most {stop - start}")
    return tag, start, end


def expect(octets: bytes, at: int, stop: int, wanted: int) -> tuple[int, int]:
    """Read the header of an element that must have this tag; give where its contents are."""
    start = at + 2
    if start <= stop and octets[at] == wanted:
        # Most elements are short, and every login reads some thirty of them.
        length = octets[at + 1]
        if length < 0x80 and start + length <= stop:
            return start, start + length
    tag, start, end = header(octets, at, stop)
    if tag != wanted:
        raise MalformedMessage(f"found tag {tag:#04x}, wanted {wanted:#04x}")
    return start, end


def read_integer(octets: bytes, at: int, stop: int, tag: int = INTEGER) -> tuple[int, int]:
    """Read an integer or enumerated of 0 to maxInt; give it and where the next element is."""
    start, end = expect(octets, at, stop, tag)
    return integer_content(octets, start, end), end


def integer_content(octets: bytes, start: int, end: int) -> int:
    """Read the contents of an integer of 0 to maxInt."""
    length = end - start
    if length == 1 and octets[start] < 0x80:
        return octets[start]
    if not 0 < length <= INTEGER_OCTETS:
        raise MalformedMessage(f"found an integer of {length} octets, wanted 1 to {INTEGER_OCTETS}")
    first = octets[start]
    if first >= 0x80:
        raise MalformedMessage("found a negative integer")
    if first == 0 and octets[start + 1] < 0x80:
        raise MalformedMessage("found an integer with a needless leading zero")
    return int.from_bytes(octets[start:end], "big")


def read_string(octets: bytes, at: int, stop: int, tag: int = OCTET_STRING) -> tuple[bytes, int]:
    """Read an octet string; give it and where the next element is."""
    start, end = expect(octets, at, stop, tag)
    return octets[start:end], end


def read_strings(octets: bytes, at: int, stop: int) -> list[bytes]:
    """Read octet strings up to *stop*."""
    values = []
    while at < stop:
        start, at = expect(octets, at, stop, OCTET_STRING)
        values.append(octets[start:at])
    return values


def skip(octets: bytes, at: int, stop: int) -> None:
    """
    Pass over elements that a later revision may have added (RFC 4511 section 4).

    Raises:
        MalformedMessage: they are not elements, or are nested deeper than `DEPTH_LIMIT`.
    """
    ends = [stop]
    while ends:
        if at == ends[-1]:
            ends.pop()
            continue
        tag, start, end = header(octets, at, ends[-1])
        at = end
        if tag & CONSTRUCTED:
            if len(ends) > DEPTH_LIMIT:
                raise MalformedMessage(f"found elements nested deeper than {DEPTH_LIMIT}")
            ends.append(end)
            at = start
