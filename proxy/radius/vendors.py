"""A vendor's attributes: inside Vendor-Specific, with numbers of their own (RFC 2865, 5.26)."""

from collections.abc import Iterator
from struct import Struct

from proxy.radius.packet import VENDOR_SPECIFIC, encode_attribute

_HEAD = Struct("!IBB")
_VENDOR = Struct("!I")
VENDOR_HEAD_LENGTH = _HEAD.size
VENDOR_NUMBER_LENGTH = _VENDOR.size


def vendor_attributes(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """
    Give vendor, type and value of what a Vendor-Specific attribute holds.

    Stops at what has not the recommended form: that form is no duty of a vendor's.

    RFC 2865 section 5.26.
    """
    if len(value) < VENDOR_HEAD_LENGTH:
        return
    (vendor,) = _VENDOR.unpack_from(value)
    at = _VENDOR.size
    while at + 2 <= len(value):
        kind, length = value[at], value[at + 1]
        if length < 2 or at + length > len(value):
            return
        yield vendor, kind, value[at + 2 : at + length]
        at += length


def encode_vendor_attribute(vendor: int, kind: int, value: bytes) -> bytes:
    """Write one vendor's attribute. Raises ValueError: *value* is longer than 247 octets."""
    head = _HEAD.pack(vendor, kind, len(value) + 2)
    return encode_attribute(VENDOR_SPECIFIC, head + value)
