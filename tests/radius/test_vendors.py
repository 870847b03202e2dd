"""What Vendor-Specific holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.radius.vendors import encode_vendor_attribute, vendor_attributes


@pytest.mark.parametrize("value", [b"", b"\x00\x00\x7e\xd9\x01", b"\x00\x00\x7e\xd9\x01\x01x"])
def test_what_has_no_vendor_form_holds_nothing(value: bytes):
    """A Vendor-Specific of another form holds nothing that is known."""
    assert list(vendor_attributes(value)) == []


def test_rfc2865_5_26_several_attributes():
    """One Vendor-Specific may hold several attributes; the first of another form ends them."""
    value = b"\x00\x00\x7e\xd9\x01\x03a\x02\x02\x03\x09b"
    assert list(vendor_attributes(value)) == [(32473, 1, b"a"), (32473, 2, b"")]


@given(st.integers(0, 2**32 - 1), st.integers(0, 255), st.binary(max_size=247))
def test_what_is_written_is_read(vendor: int, kind: int, value: bytes):
    """A vendor's attribute comes back as it was written."""
    octets = encode_vendor_attribute(vendor, kind, value)
    assert (octets[0], octets[1]) == (26, len(octets))
    assert list(vendor_attributes(octets[2:])) == [(vendor, kind, value)]


@given(st.binary(max_size=253))
def test_any_octets_can_be_looked_into(value: bytes):
    """A NAS may send anything in a Vendor-Specific; what is read is never more than what came."""
    held = list(vendor_attributes(value))
    assert sum(2 + len(part) for _, _, part in held) <= max(len(value) - 4, 0)
