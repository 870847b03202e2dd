"""What the master key does."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.sealing import (
    UNMARKED,
    BadMasterKey,
    MasterKey,
    NotSealed,
    UnknownMasterKey,
    keyed_digest,
)
from proxy.secret import Secret

KEY = MasterKey(Secret(bytes(range(32))))
OTHER = MasterKey(Secret(b"x" * 32))


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_in_its_context(plain, context):
    """The same key and the same context give the octets back."""
    assert KEY.open(KEY.seal(Secret(plain), context), context) == Secret(plain)


def test_a_sealed_value_shows_nothing_and_is_never_the_same():
    """Sealing twice gives different octets, of which none is the plain text."""
    sealed = [KEY.seal(Secret(b"a seed of a person"), "totp 1") for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert all(b"seed" not in octets for octets in sealed)


def test_another_key_or_context_does_not_open_it():
    """A sealed value cannot be moved to another row or another store."""
    sealed = KEY.seal(Secret(b"seed"), "totp 1")
    with pytest.raises(NotSealed, match="totp 2"):
        KEY.open(sealed, "totp 2")
    with pytest.raises(NotSealed, match="another master key"):
        OTHER.open(sealed, "totp 1")


@given(st.data())
def test_a_changed_value_does_not_open(data):
    """One changed bit anywhere is noticed."""
    sealed = bytearray(KEY.seal(Secret(b"a seed"), "totp 1"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NotSealed):
        KEY.open(bytes(sealed), "totp 1")


@given(st.binary(max_size=60))
def test_whatever_is_no_sealed_value_is_refused(octets):
    """Short, empty and random octets are NotSealed, never another error."""
    with pytest.raises(NotSealed):
        KEY.open(octets, "totp 1")


def test_each_purpose_has_a_key_of_its_own():
    """Derived keys differ by purpose and by master key, and stay the same."""
    keys = {key.derive(purpose) for key in (KEY, OTHER) for purpose in ("seal", "join", "recovery")}
    assert len(keys) == 6
    assert KEY.derive("join") == MasterKey(Secret(bytes(range(32)))).derive("join")
    assert {len(key) for key in keys} == {32}


def test_a_new_master_key_is_read_again():
    """The text that `key create` writes is the key, with or without a newline."""
    text = MasterKey.create()
    assert MasterKey.parse(text.encode() + b"\n").derive("a") == MasterKey.parse(
        text.encode()
    ).derive("a")
    assert MasterKey.create() != text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", "found 0 octets"),
        (base64.b64encode(b"x" * 31), "found 31 octets, wanted 32"),
        (base64.b64encode(b"x" * 33), "found 33 octets, wanted 32"),
        (b"not base64 at all!", "not base64"),
        (b"\xff\xfe", "not base64"),
    ],
)
def test_a_text_that_is_no_master_key_is_told_without_showing_it(text, found):
    """The message says what was found and what was wanted, and holds nothing of it."""
    with pytest.raises(BadMasterKey, match=found) as raised:
        MasterKey.parse(text)
    assert not text or text.decode("latin-1") not in str(raised.value)


def test_the_key_is_in_no_text_form():
    """Neither repr nor str of a master key holds the key."""
    assert "\\x01" not in repr(KEY)
    assert repr(Secret(b"x")) == "***"


def test_parts_of_a_digest_cannot_run_into_each_other():
    """Moving a border between parts changes the digest; so does another key."""
    digests = [
        keyed_digest(b"k", b"ab", b"c"),
        keyed_digest(b"k", b"a", b"bc"),
        keyed_digest(b"k", b"abc"),
        keyed_digest(b"k", b"abc", b""),
        keyed_digest(b"k"),
        keyed_digest(b"l", b"abc"),
    ]
    assert len(set(digests)) == 6
    assert {len(digest) for digest in digests} == {32}


def test_a_sealed_value_says_which_key_sealed_it():
    """By the key's mark, which tells nothing of the key."""
    assert KEY.seal(Secret(b"a"), "totp 1").startswith(KEY.prefix)
    assert (len(KEY.mark), KEY.mark == OTHER.mark) == (16, False)
    with pytest.raises(UnknownMasterKey) as raised:
        OTHER.open(KEY.seal(Secret(b"a"), "totp 1"), "totp 1")
    assert raised.value.mark == KEY.mark


def test_a_key_opens_what_a_key_that_it_knows_has_sealed():
    """And seals for itself alone."""
    key = MasterKey(Secret(b"y" * 32))
    key.learn(OTHER)
    assert key.open(OTHER.seal(Secret(b"a"), "totp 1"), "totp 1") == Secret(b"a")
    with pytest.raises(NotSealed):
        OTHER.open(key.seal(Secret(b"a"), "totp 1"), "totp 1")


def test_a_key_that_is_not_known_is_looked_for_where_this_one_was_read():
    """Another stands there by now; or none that can be used."""
    found = [None, OTHER]
    key = MasterKey(Secret(b"y" * 32), lambda: found.pop(0))
    sealed = OTHER.seal(Secret(b"a"), "totp 1")
    with pytest.raises(UnknownMasterKey):
        key.open(sealed, "totp 1")
    assert key.open(sealed, "totp 1") == key.open(sealed, "totp 1") == Secret(b"a")


def test_a_value_from_before_marks_opens():
    """With whichever of the known keys sealed it."""
    unmarked = UNMARKED + OTHER.seal(Secret(b"a"), "totp 1")[9:]
    key = MasterKey(Secret(b"y" * 32))
    with pytest.raises(NotSealed, match="another master key"):
        key.open(unmarked, "totp 1")
    key.learn(OTHER)
    assert key.open(unmarked, "totp 1") == Secret(b"a")


def test_the_text_of_a_key_is_read_again():
    """As it is written to a file when keys are exchanged."""
    assert MasterKey.parse(KEY.text().encode()).octets() == KEY.octets()
