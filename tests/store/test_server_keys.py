"""The keys that sign approval requests."""

import os

import pytest

from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import server_keys
from proxy.store.server_keys import NextKeyWaits

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


MONTH = 30 * 24 * 3600


def listed(session, now):
    return [key.thumbprint for key in server_keys.public_keys(session, now)]


def vouching(session, now, *, enrolled_at=NOW, known=()):
    return server_keys.vouching_key(session, MASTER, known, enrolled_at, now).kid


def test_the_old_key_stays_published_until_its_last_request_has_ended(session):
    """An hour after the new one has begun to sign; then it is published no more."""
    old = server_keys.signing_key(session, MASTER, NOW).kid
    new = server_keys.add_key(session, MASTER, NOW).kid
    assert listed(session, NOW + MONTH + 3599) == [old, new]
    assert listed(session, NOW + MONTH + 3600) == [new]
    assert server_keys.signing_key(session, MASTER, NOW + MONTH + 3600).kid == new


def test_one_key_waits_at_a_time(session):
    """A second one is refused until the first one signs; then the old end does not move."""
    server_keys.signing_key(session, MASTER, NOW)
    waiting = server_keys.add_key(session, MASTER, NOW).kid
    with pytest.raises(NextKeyWaits) as raised:
        server_keys.add_key(session, MASTER, NOW + MONTH - 1)
    assert (raised.value.kid, raised.value.signs_from) == (waiting, NOW + MONTH)
    third = server_keys.add_key(session, MASTER, NOW + MONTH + 60).kid
    assert listed(session, NOW + MONTH + 3600) == [waiting, third]


def test_the_key_that_signs_is_opened_once_and_exchanged_when_it_is_time(session):
    """Which one it is stands in the store, as the transaction sees it."""
    signing = server_keys.Signing(MASTER)
    first = signing.key(session, NOW)
    assert signing.key(session, NOW + 1) is first
    new = server_keys.add_key(session, MASTER, NOW).kid
    assert signing.key(session, NOW + 1) is first
    assert signing.key(session, NOW + MONTH).kid == new
    compromised = server_keys.replace_compromised(session, MASTER, NOW + MONTH).kid
    assert signing.key(session, NOW + MONTH).kid == compromised


def test_a_compromised_key_ends_at_once(session):
    """With the one that waits, which lay beside it; later requests are another key's."""
    server_keys.signing_key(session, MASTER, NOW)
    server_keys.add_key(session, MASTER, NOW)
    new = server_keys.replace_compromised(session, MASTER, NOW + 5).kid
    assert listed(session, NOW + 5) == [new]
    assert server_keys.signing_key(session, MASTER, NOW + 5).kid == new
    states = [key.state for key in server_keys.list_keys(session, NOW + 5)]
    assert sorted(states) == ["ended", "ended", "signs"]


def test_a_list_is_signed_by_a_key_that_the_phone_had_when_it_enrolled(session):
    """While the key changes, after it has, and when the old one ended at once."""
    old = server_keys.signing_key(session, MASTER, NOW).kid
    new = server_keys.add_key(session, MASTER, NOW + 5).kid
    after = NOW + 5 + MONTH + 3600
    for now in (NOW, NOW + MONTH, after, after + MONTH - 1):
        assert vouching(session, now, enrolled_at=NOW) == old
    assert vouching(session, after, enrolled_at=NOW + 5) == new
    assert vouching(session, after + MONTH, enrolled_at=NOW) == new
    third = server_keys.replace_compromised(session, MASTER, after).kid
    assert vouching(session, after, enrolled_at=NOW + 5) == new
    assert vouching(session, after, enrolled_at=after) == third
    assert vouching(session, after + MONTH, enrolled_at=NOW + 5) == third


def test_a_list_is_signed_by_a_key_that_the_phone_names(session):
    """The one that signs requests if it may; one that ended a month ago vouches for nothing."""
    old = server_keys.signing_key(session, MASTER, NOW).kid
    middle = server_keys.replace_compromised(session, MASTER, NOW + 5).kid
    new = server_keys.replace_compromised(session, MASTER, NOW + 10).kid
    assert vouching(session, NOW + 10, known=[old, middle]) == middle
    assert vouching(session, NOW + 10, known=[old]) == old
    assert vouching(session, NOW + 10, known=[old, new, "nonsense"]) == new
    assert vouching(session, NOW + 10, known=["nonsense"]) == old
    assert vouching(session, NOW + 10 + MONTH, known=[old, middle]) == new
