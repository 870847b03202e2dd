"""The device API in memory, and a phone that is enrolled there."""

import pytest
from twisted.logger import globalLogPublisher

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


@pytest.fixture(autouse=True)
def no_traceback():
    """Whatever a test sends, nothing of it is logged as a failure of ours."""
    failures = []

    def observe(event):
        if event.get("log_failure") is not None:
            failures.append(event["log_failure"])

    globalLogPublisher.addObserver(observe)
    yield
    globalLogPublisher.removeObserver(observe)
    assert failures == []
