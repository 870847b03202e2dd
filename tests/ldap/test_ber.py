"""Tags, lengths and integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber.encoder import encode
from pyasn1.type import univ

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage


@given(st.integers(0, 2**31 - 1))
def test_integers_are_written_and_read_as_pyasn1_does(value):
    """Every integer of LDAP is the same octets to both implementations."""
    octets = ber.integer(value)
    assert octets == encode(univ.Integer(value))
    assert ber.read_integer(octets, 0, len(octets)) == (value, len(octets))


@given(st.integers(0, 70_000))
def test_lengths_are_written_as_pyasn1_does(length):
    """An octet string of any length is the same octets to both implementations."""
    assert ber.element(ber.OCTET_STRING, bytes(length)) == encode(univ.OctetString(bytes(length)))


def test_a_length_may_have_four_octets_however_short():
    """Active Directory writes every length in four octets."""
    assert ber.header(b"\x04\x84\x00\x00\x00\x01a", 0, 7) == (4, 6, 7)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x04",
        b"\x04\x01",
        b"\x04\x80\x00\x00",
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x04\x84\x00\x00",
        b"\x04\xff" + bytes(127),
        b"\x04\x84\x7f\xff\xff\xff",
        b"\x1f\x81\x01a",
    ],
)
def test_what_is_no_element_is_refused(octets):
    """Truncated, indefinite and oversized lengths and long tags are malformed."""
    with pytest.raises(MalformedMessage):
        ber.header(octets, 0, len(octets))


@pytest.mark.parametrize(
    "octets",
    [b"\x02\x00", b"\x02\x01\x80", b"\x02\x02\x00\x01", b"\x02\x05\x00\xff\xff\xff\xff"],
)
def test_integers_are_minimal_and_not_negative(octets):
    """Empty, negative, padded and too large integers are malformed."""
    with pytest.raises(MalformedMessage):
        ber.read_integer(octets, 0, len(octets))


def test_another_tag_is_refused():
    """A string where an integer must be is malformed."""
    with pytest.raises(MalformedMessage):
        ber.read_integer(b"\x04\x01a", 0, 3)


def _nested(levels):
    octets = b""
    for _ in range(levels):
        octets = ber.element(ber.SEQUENCE, octets)
    return octets


def test_what_is_passed_over_may_be_nested_a_little():
    """Elements of later revisions are skipped, as deep as the limit and no deeper."""
    octets = _nested(ber.DEPTH_LIMIT) + b"\x04\x01a"
    assert ber.skip(octets, 0, len(octets)) is None
    octets = _nested(ber.DEPTH_LIMIT + 2)
    with pytest.raises(MalformedMessage):
        ber.skip(octets, 0, len(octets))


def test_elements_nested_5000_deep_are_refused():
    """Deep nesting is malformed, and found without recursion."""
    octets = _nested(5_000)
    with pytest.raises(MalformedMessage):
        ber.skip(octets, 0, len(octets))


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_strings_are_read_as_they_were_written(values):
    """A row of strings comes out as it went in."""
    octets = b"".join(ber.element(ber.OCTET_STRING, value) for value in values)
    ber.skip(octets, 0, len(octets))
    assert ber.read_strings(octets, 0, len(octets)) == values
