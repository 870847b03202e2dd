"""Hiding of User-Password and of salted attributes, with pyrad as the oracle."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.packet import AuthPacket

from proxy.radius.packet import USER_PASSWORD, decode
from proxy.radius.password import (
    MalformedAttribute,
    hide_password,
    hide_salted,
    reveal_password,
    reveal_salted,
)
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.radius.test_packet import RFC2865_7_1

SECRET = b"xyzzy5461"
SHARED = SharedSecret(Secret(SECRET))
AUTHENTICATOR = bytes(range(16))
SALT = b"\x91\x07"


def pyrad() -> AuthPacket:
    packet = AuthPacket(secret=SECRET, authenticator=AUTHENTICATOR, id=4)
    packet.request_authenticator = AUTHENTICATOR
    return packet


def test_rfc2865_7_1():
    """The User-Password of RFC 2865 section 7.1 is `arctangent`."""
    packet = decode(RFC2865_7_1)
    hidden = packet.first(USER_PASSWORD)
    assert hidden is not None
    assert reveal_password(hidden, SHARED, packet.authenticator) == b"arctangent"
    assert hide_password(b"arctangent", SHARED, packet.authenticator) == hidden


@given(st.binary(max_size=128))
def test_hiding_is_undone(password: bytes):
    """What was hidden is revealed, less the NULs at its end."""
    hidden = hide_password(password, SHARED, AUTHENTICATOR)
    assert reveal_password(hidden, SHARED, AUTHENTICATOR) == password.rstrip(b"\0")


@given(st.text(max_size=30))
def test_pyrad_hides_the_same(password: str):
    """pyrad and we hide alike."""
    assert hide_password(password.encode(), SHARED, AUTHENTICATOR) == pyrad().PwCrypt(password)


def test_an_empty_password_is_a_block():
    """An empty password fills one block and is revealed as empty."""
    hidden = hide_password(b"", SHARED, AUTHENTICATOR)
    assert len(hidden) == 16
    assert reveal_password(hidden, SHARED, AUTHENTICATOR) == b""


@pytest.mark.parametrize("length", [0, 1, 15, 17, 130, 144])
def test_rfc2865_5_2_other_lengths_are_malformed(length: int):
    """A hidden password has 16 to 128 octets in blocks of 16."""
    with pytest.raises(MalformedAttribute):
        reveal_password(bytes(length), SHARED, AUTHENTICATOR)


def test_a_password_has_at_most_128_octets():
    """A longer password cannot be hidden."""
    with pytest.raises(ValueError, match="128"):
        hide_password(bytes(129), SHARED, AUTHENTICATOR)


@given(st.binary(max_size=239))
def test_pyrad_reveals_what_is_salted(plain: bytes):
    """pyrad reveals our salted values."""
    hidden = hide_salted(plain, SHARED, AUTHENTICATOR, SALT)
    assert hidden[:2] == SALT
    assert pyrad().SaltDecrypt(hidden) == plain


@given(st.binary(max_size=239))
def test_what_pyrad_salts_is_revealed(plain: bytes):
    """We reveal pyrad's salted values."""
    assert reveal_salted(pyrad().SaltCrypt(plain), SHARED, AUTHENTICATOR) == plain


def test_a_salted_value_has_at_most_239_octets():
    """More does not fit beside tag and salt."""
    with pytest.raises(ValueError, match="239"):
        hide_salted(bytes(240), SHARED, AUTHENTICATOR, SALT)


@pytest.mark.parametrize("length", [0, 2, 17, 19])
def test_rfc2868_3_5_other_lengths_are_malformed(length: int):
    """A salted value is its salt and blocks of 16 octets."""
    with pytest.raises(MalformedAttribute):
        reveal_salted(bytes(length), SHARED, AUTHENTICATOR)


@given(st.binary(min_size=16, max_size=16))
def test_a_salted_value_of_another_secret_is_no_crash(body: bytes):
    """Any octets are revealed as something or found malformed."""
    with suppress(MalformedAttribute):
        assert len(reveal_salted(SALT + body, SHARED, AUTHENTICATOR)) < 16
