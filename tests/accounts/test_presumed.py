"""Names in a directory that cannot be searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.accounts.presumed import presumed_name, returned_name


@pytest.mark.parametrize("typed", ["alice", "ALICE", " Alice ", "alice\t"])
def test_one_person_has_one_name(typed):
    """However it is typed."""
    assert presumed_name(typed) == "alice"


@pytest.mark.parametrize("typed", ["o'brien-smith", "j.doe_2", "john smith", "svc$", "a~b(c)"])
def test_what_accounts_are_called_is_a_name(typed):
    """Punctuation that Windows and Unix allow in names."""
    assert presumed_name(typed) == typed


@pytest.mark.parametrize(
    "typed",
    [
        r"CORP\alice",
        "alice@corp.example",
        "corp/alice",
        "alice%corp",
        "josé",
        "al\u00adice",
        "al\u200bice",
        "ａlice",
        "alıce",
        "a\x00lice",
        "alice;x",
        '"alice"',
        "",
        "   ",
        "a" * 254,
    ],
)
def test_what_might_be_another_spelling_is_none(typed):
    """A realm, a letter that some directory takes for another, an invisible one."""
    assert presumed_name(typed) is None


@given(st.text(max_size=30))
def test_a_name_is_its_own(typed):
    """Typed as the account is called, it is the same account."""
    name = presumed_name(typed)
    if name is not None:
        assert (
            presumed_name(name) == name == presumed_name(name.upper()) == presumed_name(f" {name}")
        )
        assert name.isascii()


def test_a_returned_name_may_be_any():
    """It is the directory's own; only letter case does not count."""
    assert returned_name("CORP\\José".encode()) == "corp\\josé"
    assert returned_name(b"alice") == returned_name(b"ALICE ") == "alice"
    assert None is returned_name(b"\xff") is returned_name(b" ") is returned_name(b"a\0")
