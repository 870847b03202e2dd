"""A phone tells where it is woken, and ends that."""

import json

import pytest

from proxy.store import devices, push_keys, subscriptions
from tests.peers.device_world import kind
from tests.peers.phone import API
from tests.peers.push_service import BrowserKeys

PATH = f"{API}/push-subscription"
ENDPOINT = "https://push.example.org/send/abc"
GOOD = BrowserKeys().subscription(ENDPOINT)


@pytest.fixture
def world(world):
    """The same, with a rule of which services may be called."""
    object.__setattr__(
        world.parts, "may_be_called", lambda endpoint: endpoint.host == "push.example.org"
    )
    return world


def put(phone, members, content_type="application/json"):
    body = members if isinstance(members, str) else json.dumps(members)
    status, _, octets = phone.proved("PUT", PATH, body, {"Content-Type": content_type})
    return status, kind(octets) if octets else None


def woken(world):
    """Give where a request wakes the phone; None: nowhere."""
    asked = world.ask()
    found = world.store.read(lambda s: subscriptions.wake_up(s, asked.approval_id, world.now()))
    return None if found is None else found[1].subscription.endpoint.url


def test_a_phone_subscribes_and_ends_it(world, phone):
    """204 for both, however often."""
    assert (204, None) == put(phone, GOOD) == put(phone, GOOD)
    assert ENDPOINT == woken(world)
    for _ in range(2):
        status, _, octets = phone.proved("DELETE", PATH)
        assert (204, b"") == (status, octets)
    assert world.write(lambda s: s.row(subscriptions.push_subscriptions.select())) is None


def test_the_key_that_a_browser_subscribes_with(world, phone):
    """In GET /me; made at first use, and the same ever after."""
    told = [json.loads(phone.proved("GET", f"{API}/me")[2])["push_key"] for _ in range(2)]
    kept = world.store.read(push_keys.public_point)
    assert [kept, kept] == told


def test_a_phone_learns_whether_it_is_woken(world, phone):
    """After a 410 it is not, and its browser has to subscribe anew."""

    def told():
        return json.loads(phone.proved("GET", f"{API}/me")[2])["push_subscribed"]

    assert told() is False
    put(phone, GOOD)
    assert told() is True
    world.write(lambda s: subscriptions.forget(s, phone.id, ENDPOINT))
    assert told() is False


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({**GOOD, "endpoint": "https://127.0.0.1/x"}, "bad-subscription"),
        ({**GOOD, "endpoint": "http://push.example.org/x"}, "bad-subscription"),
        ({**GOOD, "keys": {}}, "bad-subscription"),
        ({}, "bad-subscription"),
        ("[]", "malformed-json"),
        ('{"endpoint": 1, "endpoint": 2}', "malformed-json"),
    ],
)
def test_what_is_no_subscription(world, phone, members, problem):
    """Nothing is kept of it."""
    assert (400, problem) == put(phone, members)
    assert woken(world) is None


def test_another_media_type(phone):
    """The body is JSON."""
    assert (415, "media-type") == put(phone, GOOD, "text/plain")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_only_an_enrolled_phone(world, phone, method):
    """By its proof, as for every call."""
    status, _, octets = phone.call(method, PATH, json.dumps(GOOD))
    assert (401, "no-proof") == (status, kind(octets))
    world.write(lambda s: devices.retire(s, phone.id, "revoked", world.now()))
    status, _, octets = phone.proved(method, PATH, json.dumps(GOOD))
    assert (401, "device-retired") == (status, kind(octets))


def test_a_phone_that_is_retired_in_between(world, phone, monkeypatch):
    """The transaction has the last word."""
    monkeypatch.setattr(subscriptions, "subscribe", lambda *_: False)
    assert (401, "device-retired") == put(phone, GOOD)
