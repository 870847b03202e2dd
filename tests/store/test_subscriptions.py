"""Where phones are woken, for how long, and by which requests."""

import re

import pytest

from proxy.factors.subscription import parse_subscription
from proxy.store import accounts, devices, subscriptions
from tests.peers.logins import NOW, client
from tests.peers.push_service import BrowserKeys
from tests.store.test_asking import World

CHALLENGING = client(challenge=True)
ENDPOINT = "https://push.example.org/send/abc"


def subscription(endpoint=ENDPOINT, **changed):
    return parse_subscription(BrowserKeys().subscription(endpoint, **changed))


@pytest.fixture
def world(session, master):
    world = World(session, master)
    assert subscriptions.subscribe(session, "phone", subscription(), NOW)
    return world


def woken(world, asked, now=NOW):
    """Give the message that a request sends; None: it sends none."""
    found = subscriptions.wake_up(world.session, asked.approval_id, now)
    return None if found is None else found[1]


def test_a_request_wakes_its_phone(world):
    """Until its end, as the browser told where."""
    told = subscription()
    subscriptions.subscribe(world.session, "phone", told, NOW)
    asked = world.ask()
    device_id, found = subscriptions.wake_up(world.session, asked.approval_id, NOW)
    assert ("phone", told, asked.expires_at) == (device_id, found.subscription, found.expires_at)


def test_a_phone_has_one_subscription(world):
    """The newest."""
    subscriptions.subscribe(world.session, "phone", subscription("https://other.example/"), NOW)
    assert "https://other.example/" == woken(world, world.ask()).subscription.endpoint.url


def test_a_topic_tells_nothing(world):
    """At most 32 characters of base64url (RFC 8030 section 5.4), not the request's id."""
    asked = world.ask()
    topic = woken(world, asked).topic
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", topic)
    assert topic != asked.approval_id


def test_a_request_that_replaces_another_has_its_topic(world):
    """However often, so that the push service drops the notice that is void."""
    topics = set()
    for number in (1, 2, 3):
        asked = world.ask(number, digits=6, client=CHALLENGING)
        topics.add(woken(world, asked).topic)
    assert 1 == len(topics)


def test_two_logins_have_two_topics(world):
    """Neither notice takes the place of the other."""
    one = world.ask(1, digits=6, client=CHALLENGING)
    other = world.ask(2, digits=6, client=CHALLENGING, caller="198.51.100.9", join_digest=b"o" * 32)
    assert woken(world, one).topic != woken(world, other).topic


def test_what_is_answered_withdrawn_or_over_wakes_nobody(world):
    """Looked at before each try."""
    asked = world.ask()
    assert woken(world, asked, asked.expires_at) is None
    world.answer(asked)
    assert woken(world, asked) is None
    assert subscriptions.wake_up(world.session, "unknown", NOW) is None


def test_a_blocked_account_is_not_woken(world):
    """Its requests are void anyway."""
    asked = world.ask()
    accounts.block(world.session, world.account.id, NOW)
    assert woken(world, asked) is None


def test_a_subscription_that_has_ended_is_not_called(world):
    """Where its browser told when."""
    ending = subscription(expirationTime=(NOW + 60) * 1000)
    subscriptions.subscribe(world.session, "phone", ending, NOW)
    asked = world.ask()
    assert woken(world, asked, NOW + 59) is not None
    assert woken(world, asked, NOW + 60) is None


def test_unsubscribed(world):
    """Nothing is left of it."""
    subscriptions.unsubscribe(world.session, "phone")
    assert woken(world, world.ask()) is None


def test_what_a_service_does_not_know_any_more_is_dropped(world):
    """Unless there is a newer one meanwhile."""
    assert not subscriptions.forget(world.session, "phone", "https://older.example/")
    assert subscriptions.forget(world.session, "phone", ENDPOINT)
    assert woken(world, world.ask()) is None


def test_only_an_enrolled_phone_subscribes(world):
    """Not one that was retired while its call was on the way."""
    devices.retire(world.session, "phone", "revoked", NOW)
    assert not subscriptions.subscribe(world.session, "phone", subscription(), NOW)
    assert not subscriptions.subscribe(world.session, "unknown", subscription(), NOW)


@pytest.mark.parametrize("reason", ["revoked", "replaced"])
def test_a_phone_that_is_retired_is_told_once(world, reason):
    """And never woken again."""
    asked = world.ask()
    assert [] == subscriptions.untold(world.session)
    devices.retire(world.session, "phone", reason, NOW)
    assert woken(world, asked) is None
    assert ["phone"] == subscriptions.untold(world.session)
    last = subscriptions.take_last(world.session, "phone", NOW, 60.0)
    assert (ENDPOINT, NOW + 60) == (last.subscription.endpoint.url, last.expires_at)
    assert subscriptions.take_last(world.session, "phone", NOW, 60.0) is None


def test_a_phone_that_unenrols_itself_is_not_told(world):
    """Its person knows."""
    devices.retire(world.session, "phone", "unenrolled", NOW)
    assert subscriptions.take_last(world.session, "phone", NOW, 60.0) is None


def test_an_enrolled_phone_gets_no_last_message(world):
    """Its subscription stays."""
    assert subscriptions.take_last(world.session, "phone", NOW, 60.0) is None
    assert woken(world, world.ask()) is not None


def test_a_subscription_that_has_ended_is_told_nothing(world):
    """And goes."""
    ending = subscription(expirationTime=(NOW + 60) * 1000)
    subscriptions.subscribe(world.session, "phone", ending, NOW)
    devices.retire(world.session, "phone", "revoked", NOW)
    assert subscriptions.take_last(world.session, "phone", NOW + 60, 60.0) is None
