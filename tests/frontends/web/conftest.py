"""The device API in memory, and a phone that is enrolled there."""

import pytest

from tests.peers.device_world import URL, SocketlessPhone, World


@pytest.fixture
def world(database):
    return World(database)


@pytest.fixture
def phone(world):
    phone = SocketlessPhone(world)
    status, told = phone.enroll(world.invite())
    assert (201, phone.id, "alice", URL) == (
        status,
        told["device_id"],
        told["account"],
        told["issuer"],
    )
    return phone
