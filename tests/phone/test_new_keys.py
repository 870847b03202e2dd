"""A phone over the real API while the server's keys change: it goes on, without a person."""

import pytest

from proxy.factors.jwk import SigningKey
from proxy.factors.key_list import parse_jwks
from proxy.phone.client import Refused
from proxy.phone.home import Enrolled, Home
from proxy.phone.inbox import Inbox
from proxy.store import server_keys
from tests.peers.device_world import MASTER, URL, World
from tests.phone.test_client import SocketlessClient

MONTH = 30 * 24 * 3600


class Phone:
    """The terminal phone's inbox and what it keeps."""

    def __init__(self, world, folder):
        key = SigningKey.create()
        self.client = SocketlessClient(world, key)
        told = self.client.enroll(world.invite(), "mine")
        kept = {kid: one.to_jwk() for kid, one in parse_jwks(told["server_keys"]).items()}
        self.home = Home(folder)
        enrolled = Enrolled(URL, URL, key.kid, "alice", kept, None)
        self.home.keep(key, enrolled)
        self.inbox = Inbox(self.client, self.home, enrolled)

    def known(self):
        return set(self.home.load()[1].server_keys)


@pytest.fixture
def world(database):
    return World(database)


@pytest.fixture
def phone(world, tmp_path):
    return Phone(world, tmp_path)


def rotate(world, how):
    return world.write(lambda s: how(s, MASTER, world.now())).kid


def test_a_new_key_is_learnt_when_it_begins_to_sign(world, phone):
    """However long the phone was away since, up to a month more."""
    new = rotate(world, server_keys.add_key)
    world.clock.advance(2 * MONTH)
    world.ask()
    assert 1 == len(phone.inbox.open())
    assert {new} == phone.known()


def test_a_compromised_key_is_forgotten(world, phone):
    """The phone learns the new key by the old one and then trusts the new one alone; twice."""
    for number in (1, 2):
        new = rotate(world, server_keys.replace_compromised)
        world.clock.advance(200)
        world.ask(number=number)
        assert 1 == len(phone.inbox.open())
        assert {new} == phone.known()


def test_what_a_phone_says_it_has_is_limited(world, phone):
    """More names than there can be keys are refused."""
    phone.client.me(["nonsense"] * 16)
    with pytest.raises(Refused) as caught:
        phone.client.me(["nonsense"] * 17)
    assert 400 == caught.value.status
