"""The keys that sign approval requests."""

import os

import pytest

from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import server_keys

NOW = 1_800_000_000.0
MASTER = MasterKey(Secret(os.urandom(32)))


def test_the_first_key_is_made_once(session):
    """The first use makes the key, later ones find it."""
    key = server_keys.signing_key(session, MASTER, NOW)
    assert server_keys.signing_key(session, MASTER, NOW + 5).kid == key.kid
    assert server_keys.public_keys(session, NOW) == [key.public]


def test_a_new_key_is_published_long_before_it_signs(session):
    """Phones have 30 days to learn a key before it signs."""
    old = server_keys.signing_key(session, MASTER, NOW)
    new = server_keys.add_key(session, MASTER, NOW)
    assert server_keys.public_keys(session, NOW) == [old.public, new.public]
    month = 30 * 24 * 3600
    assert server_keys.signing_key(session, MASTER, NOW + month - 1).kid == old.kid
    assert server_keys.signing_key(session, MASTER, NOW + month).kid == new.kid


def test_another_master_key_does_not_open_it(session):
    """A key sealed under one master key is of no use with another."""
    server_keys.signing_key(session, MASTER, NOW)
    with pytest.raises(NotSealed):
        server_keys.signing_key(session, MasterKey(Secret(os.urandom(32))), NOW)
