"""Recovery codes."""

import re

import pytest

from proxy.factors import recovery


def test_a_set_is_ten_different_codes():
    """Ten codes of 80 bits, in four groups of four."""
    codes = recovery.new_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)


def test_a_code_may_be_typed_carelessly():
    """Case, spaces, hyphens and letters that look like digits do not matter."""
    assert recovery.normalise("0123-4567-89AB-CDEF") == "0123456789ABCDEF"
    assert recovery.normalise(" ol23 4567 89ab cdef ") == "0123456789ABCDEF"


@pytest.mark.parametrize(
    "typed", ["", "123456", "12345678", "push", "0123-4567-89AB-CDE", "é" * 16]
)
def test_other_texts_have_not_the_form(typed):
    """TOTP codes, `push` and mistyped codes are no recovery codes."""
    assert not recovery.has_form(typed)


def test_every_new_code_has_the_form():
    """What is printed is recognised when it is typed."""
    assert all(recovery.has_form(code) for code in recovery.new_codes())


def test_a_digest_belongs_to_one_account_and_key():
    """The same code digests differently for another account and another key."""
    digests = {
        recovery.digest(key, account_id, code)
        for key in (b"a" * 32, b"b" * 32)
        for account_id in (1, 2)
        for code in ("0123456789ABCDEF", "0123456789ABCDEG")
    }
    assert len(digests) == 8
