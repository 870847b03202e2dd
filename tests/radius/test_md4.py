"""MD4."""

import pytest

from proxy.radius.md4 import md4
from tests.peers import mschap


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        (b"a", "bde52cb31de33e46245e05fbdbd6fb24"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
        (b"message digest", "d9130a8164549fe818874806e1c7014b"),
        (b"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"),
        (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
    ],
)
def test_rfc1320_a_5(message, digest):
    """The test suite of the RFC."""
    assert digest == md4(message).hex()


def test_every_length_of_two_blocks():
    """As the tests' own peer has it."""
    for length in range(130):
        assert mschap.md4(bytes(length)) == md4(bytes(length))
