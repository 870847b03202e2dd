"""Values between octets and text, by type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.radius.definitions import NUMBER_LENGTHS, STANDARD, Definition, read_definitions
from proxy.radius.values import decode_value, encode_value

KNOWN = read_definitions(STANDARD)
TYPES = [*NUMBER_LENGTHS, "octets", "string", "ipaddr", "ipv6addr", "ipv6prefix", "ifid", "ether"]


def of_type(datatype: str, *, tagged: bool = False) -> Definition:
    return Definition("Any", 200, None, datatype, tagged, 0, {}, {})


@given(st.sampled_from(sorted(KNOWN)), st.binary(max_size=253))
def test_any_octets_are_a_text_or_none(name: str, value: bytes):
    """Nothing that a NAS sends in an attribute raises."""
    assert isinstance(decode_value(KNOWN[name], value), str | None)


@given(st.sampled_from(TYPES), st.booleans(), st.binary(max_size=20))
def test_a_text_is_read_as_what_it_says(datatype: str, tagged: bool, value: bytes):
    """What is read from a text's octets is that text again, so policies can be compared."""
    text = decode_value(of_type(datatype, tagged=tagged), value)
    if text is not None:
        plain = of_type(datatype)
        assert decode_value(plain, encode_value(plain, text)) in {text, f"0x{text.encode().hex()}"}


@pytest.mark.parametrize(
    ("datatype", "value", "text"),
    [
        ("byte", b"\xff", "255"),
        ("short", b"\x01\x00", "256"),
        ("signed", b"\xff\xff\xff\xff", "-1"),
        ("integer64", bytes(7) + b"\x07", "7"),
        ("date", b"\x00\x00\x00\x01", "1"),
        ("ether", b"\x00\x11\x22\xaa\xbb\xcc", "00:11:22:aa:bb:cc"),
    ],
)
def test_types_that_vendors_use(datatype: str, value: bytes, text: str):
    """Numbers of all widths and MAC addresses are read and written."""
    assert decode_value(of_type(datatype), value) == text
    assert encode_value(of_type(datatype), text) == value


@pytest.mark.parametrize(
    ("datatype", "length"), [("ipaddr", 4), ("ipv6addr", 16), ("ifid", 8), ("ether", 6)]
)
def test_types_of_one_length_are_strict(datatype: str, length: int):
    """One octet less or more is not of the type; nothing is filled up."""
    assert decode_value(of_type(datatype), bytes(length)) is not None
    assert decode_value(of_type(datatype), bytes(length - 1)) is None
    assert decode_value(of_type(datatype), bytes(length + 1)) is None
