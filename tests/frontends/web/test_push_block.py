"""DELETE /push-block: a person's word, from their phone, that they are there."""

import json

import pytest

from proxy.login.fatigue import DEFAULT
from proxy.store import accounts, announcements, fatigue
from tests.peers.device_world import kind
from tests.peers.phone import API

PATH = f"{API}/push-block"


@pytest.fixture
def fail(world):
    """Count pushes that failed."""

    def fail(*ends):
        for end in ends:
            world.write(
                lambda s, end=end: fatigue.count(
                    s, world.account.id, "vpn", end, DEFAULT, world.now()
                )
            )

    return fail


def blocked(phone):
    _, _, octets = phone.proved("GET", f"{API}/me")
    return json.loads(octets)["push_blocked"]


def test_the_phone_is_told_and_ends_it(phone, world, fail):
    """Since when and why; a letter tells that it was ended."""
    assert blocked(phone) is None
    fail("denied", "denied", "denied")
    assert {"by": "denials", "since": int(world.now()), "locked": False} == blocked(phone)
    assert 204 == phone.proved("DELETE", PATH)[0]
    assert blocked(phone) is None
    told = world.store.read(lambda s: announcements.due(s, world.now(), 9))
    assert "push-confirmed" == told[-1].kind


def test_where_nothing_is_blocked_nothing_happens(phone, world):
    """A phone that did not hear the answer may ask again."""
    assert 204 == phone.proved("DELETE", PATH)[0]
    told = world.store.read(lambda s: announcements.due(s, world.now(), 9))
    assert "push-confirmed" not in {one.kind for one in told}


def test_a_hundred_failures_are_an_admins_to_forget(phone, fail):
    """409."""
    fail(*["unanswered"] * 100)
    status, _, octets = phone.proved("DELETE", PATH)
    assert (409, "push-locked") == (status, kind(octets))
    assert blocked(phone)["locked"]


def test_without_a_proof_nothing_is_confirmed(phone, world, fail):
    """401; and 401 or 403 for a phone whose account is blocked."""
    fail("reported")
    assert 401 == world.call("DELETE", PATH).answer[0]
    world.write(lambda s: accounts.block(s, world.account.id, world.now()))
    assert phone.proved("DELETE", PATH)[0] in {401, 403}
    assert world.store.read(lambda s: fatigue.of_account(s, world.account.id)).is_blocked
