"""The hash states that begin with a shared secret."""

import hashlib
import hmac

from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret


def test_states_are_made_once_and_stay():
    """Each use starts from the secret alone, however often it is used."""
    shared_secret = SharedSecret(Secret(b"xyzzy5461"))
    for _ in range(2):
        assert shared_secret.keystream(b"abc") == hashlib.md5(b"xyzzy5461abc").digest()
        expected = hmac.digest(b"xyzzy5461", b"abc", "md5")
        assert shared_secret.message_authenticator(b"abc") == expected
        assert shared_secret.response_authenticator(b"abc") == hashlib.md5(b"abcxyzzy5461").digest()


def test_a_shared_secret_of_any_length_serves():
    """Secrets of 32 octets and more are supported, and those longer than a block of HMAC."""
    for length in (0, 1, 32, 63, 64, 65, 200):
        secret = bytes(range(1, length + 1))
        assert SharedSecret(Secret(secret)).message_authenticator(b"x") == hmac.digest(
            secret, b"x", "md5"
        )


def test_a_shared_secret_is_not_shown():
    """Its text form hides it; its length can be asked for."""
    shared_secret = SharedSecret(Secret(b"xyzzy5461"))
    assert repr(shared_secret) == "***"
    assert len(shared_secret) == 9
