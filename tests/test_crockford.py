"""Random codes that people read out and type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.crockford import ALPHABET, code_length, encode, normalise


def test_five_bits_a_character():
    """10 octets are 16 characters, 16 octets 26: the rest is rounded up."""
    assert [code_length(octets) for octets in (0, 1, 10, 16)] == [0, 2, 16, 26]


def test_the_highest_bits_come_first():
    """Octets are spelled as one number, with leading zeros."""
    assert encode(bytes(9) + b"\x21") == "0" * 14 + "11"
    assert encode(b"\xff" * 5) == "ZZZZZZZZ"


@given(st.binary(min_size=1, max_size=40))
def test_what_is_spelled_is_read(octets):
    """Every code is read as itself, however it is grouped and whatever its case."""
    code = encode(octets)
    assert normalise(code, len(code)) == code
    assert normalise("-".join(code).lower()[: 2 * len(code)], len(code)) == code


def test_what_looks_alike_is_the_same():
    """I and L are 1, O is 0, spaces and hyphens are nothing."""
    assert normalise("oIl-0 11z", 7) == "011011Z"


@pytest.mark.parametrize("typed", ["", "0123456", "012345678", "0123456U", "0123456é", "0123456\n"])
def test_other_texts_are_no_code(typed):
    """Another length, U, or anything outside the alphabet is no code."""
    assert normalise(typed, 8) is None


@given(st.text(max_size=40), st.integers(1, 20))
def test_nothing_else_comes_out(typed, length):
    """Whatever was typed, what comes out is a code of that length or nothing."""
    code = normalise(typed, length)
    assert code is None or (len(code) == length and set(code) <= set(ALPHABET))
