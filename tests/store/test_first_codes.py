"""The first recovery codes of an account, issued to a phone that has just enrolled."""

import pytest

from proxy.factors.recovery import CODES_A_SET
from proxy.store import accounts, recovery
from proxy.store.first_codes import JUST_ENROLLED, FirstCodes
from tests.peers.device_world import MASTER, SocketlessPhone, World


@pytest.fixture
def world(database):
    return World(database)


@pytest.fixture
def phone(world):
    phone = SocketlessPhone(world)
    phone.enroll(world.invite())
    return phone


@pytest.fixture
def codes(world):
    return FirstCodes(world.store, MASTER, world.clock)


def issued(codes, device_id):
    found = []
    codes.issue(device_id).addCallback(found.append)
    return found[0]


def test_codes_are_issued_once(codes, phone, world):
    """Ten that serve the account; a second set is refused."""
    device = world.parts.devices.find(phone.id)
    assert codes.may_have(device)
    found = issued(codes, phone.id)
    assert CODES_A_SET == len(set(found))
    assert world.write(lambda s: accounts.enrolments(s, device.account_id)).has("recovery")
    assert "has-codes" == issued(codes, phone.id)
    assert not codes.may_have(device)


def test_codes_that_were_printed_before_stay(codes, phone, world):
    """An admin's set is not ended by a phone."""
    world.write(lambda s: recovery.issue(s, MASTER, world.account.id, world.now()))
    assert "has-codes" == issued(codes, phone.id)


def test_later_it_is_too_late(codes, phone, world):
    """Whoever holds the phone then proves nothing more by it."""
    world.clock.advance(JUST_ENROLLED)
    assert codes.may_have(world.parts.devices.find(phone.id))
    world.clock.advance(1)
    assert "too-late" == issued(codes, phone.id)


def test_a_retired_phone_gets_none(codes, phone, world):
    """Nor does a key that was never enrolled."""
    SocketlessPhone(world).enroll(world.invite(replace=True))
    assert "not-enrolled" == issued(codes, phone.id)
    assert "not-enrolled" == issued(codes, "nobody")
