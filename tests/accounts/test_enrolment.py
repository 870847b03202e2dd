"""Invitations: how the code is made and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.accounts.enrolment import enrolment_url, make_code, normal_code
from proxy.crockford import ALPHABET


def test_a_code_is_26_characters_of_crockfords_alphabet():
    """A new code is its own normal form."""
    code = make_code()
    assert normal_code(code) == code
    assert len(code) == 26


def test_codes_differ():
    """Each code is new."""
    assert len({make_code() for _ in range(100)}) == 100


def test_a_code_may_be_typed_loosely():
    """Case, hyphens and spaces do not matter; I, L and O are read as the digits."""
    assert normal_code("0123-4567 89ab-cdef-ghjk-mnpq-oi") == "0123456789ABCDEFGHJKMNPQ01"


@pytest.mark.parametrize("typed", ["", "0" * 25, "0" * 27, "U" * 26, "é" * 26, "0" * 10_000])
def test_what_cannot_be_a_code_is_none(typed):
    """Another length or alphabet is no code."""
    assert normal_code(typed) is None


@given(st.text())
def test_a_normal_code_is_stable(typed):
    """Reading a code again changes nothing."""
    code = normal_code(typed)
    assert code is None or (normal_code(code) == code and set(code) <= set(ALPHABET))


def test_the_code_stands_in_the_fragment():
    """The link carries the code where no server and no log sees it."""
    assert enrolment_url("https://mfa.example.org", "C") == "https://mfa.example.org/enroll#C"
