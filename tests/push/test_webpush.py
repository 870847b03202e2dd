"""When a phone is woken, how often it is tried, and that nobody waits for it."""

import json
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from proxy.errors import Unavailable
from proxy.factors.jwk import SigningKey
from proxy.factors.subscription import WakeUp, parse_subscription
from proxy.push.connecting import NotCalled
from proxy.push.sending import Answer, NotSent
from proxy.push.webpush import AT_ONCE, AT_ONCE_TO_ONE, WebPush
from tests.peers.push_service import BrowserKeys, verified_token

NOW = 1_700_000_000.0
KEY = SigningKey.create()
ORIGIN = "https://push.example.org"
CONTACT = "https://mfa.example.org"


class Store:
    """Obeys Pushes: an open request by its id."""

    def __init__(self, keys):
        subscription = parse_subscription(keys.subscription(f"{ORIGIN}/send/abc"))
        self.good = WakeUp(subscription, "topic", NOW + 120)
        self.open = {"a": ("phone", self.good)}
        self.last = {}
        self.forgotten = []
        self.fault = None

    def key(self):
        return KEY

    def wake_up(self, approval_id):
        if self.fault:
            raise self.fault
        return self.open.get(approval_id)

    def untold(self):
        return list(self.last)

    def take_last(self, device_id):
        return succeed(self.last.pop(device_id, None))

    def forget(self, device_id, endpoint):
        self.forgotten.append((device_id, endpoint))
        self.open = {}
        return succeed(True)


class Service:
    """Obeys Posts: what is sent waits until the test gives its answer, or `says` gives it."""

    def __init__(self):
        self.sent = []
        self.waiting = []
        self.says = None

    def send(self, endpoint, headers, body):
        self.sent.append((endpoint, headers, body))
        if self.says is not None:
            return self.says()
        waiting = Deferred()
        self.waiting.append(waiting)
        return waiting

    def answer(self, status, asked=None):
        self.waiting.pop(0).callback(Answer(status, asked))


class World:
    def __init__(self):
        self.keys = BrowserKeys()
        self.store, self.service, self.clock = Store(self.keys), Service(), Clock()
        self.clock.advance(NOW)
        self.counted = []
        self.push = WebPush(
            self.store, self.service, CONTACT, self.clock, self.counted.append, lambda: 0.0
        )

    def open(self, approval_id="a"):
        self.push.opened(approval_id)
        self.clock.advance(0)


@pytest.fixture
def world():
    return World()


def test_a_request_wakes_its_phone(world):
    """RFC 8030 section 5; the message says nothing but that there is something."""
    world.open()
    world.service.answer(201)
    ((endpoint, headers, body),) = world.service.sent
    assert f"{ORIGIN}/send/abc" == endpoint.url
    verified_token(headers.pop("Authorization"), KEY.public.to_point(), ORIGIN, NOW)
    assert {
        "TTL": "120",
        "Urgency": "high",
        "Topic": "topic",
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
    } == headers
    assert {"v": 1} == json.loads(world.keys.opened(body))
    assert (["push-sent"], 0) == (world.counted, len(world.push))


def test_the_login_goes_on_before_anything_is_looked_at(world):
    """Even where the store or the sending fails at once."""
    world.store.fault = Unavailable("the store is away")
    world.push.opened("a")
    assert 0 == len(world.push)
    world.clock.advance(0)
    assert (0, []) == (len(world.push), world.service.sent)


def test_a_phone_without_a_subscription_is_not_woken(world):
    """It polls, or its app is opened."""
    world.open("b")
    assert ([], []) == (world.service.sent, world.counted)


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_dropped(world, status):
    """RFC 8030 section 7.3."""
    world.open()
    world.service.answer(status)
    assert [("phone", f"{ORIGIN}/send/abc")] == world.store.forgotten
    world.clock.advance(200)
    assert (1, ["push-gone"]) == (len(world.service.sent), world.counted)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 413])
def test_what_a_service_refuses_is_not_sent_again(world, status):
    """The subscription stays: the fault may be ours."""
    world.open()
    world.service.answer(status)
    world.clock.advance(200)
    assert (1, ["push-refused"], []) == (
        len(world.service.sent),
        world.counted,
        world.store.forgotten,
    )


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_a_service_cannot_take_now_is_sent_again(world, status):
    """With pauses that double, until it is taken; the time that is left goes with it."""
    world.open()
    left = []
    for wait in (1, 2, 4):
        world.service.answer(status)
        world.clock.advance(wait - 0.1)
        assert [] == world.service.waiting
        world.clock.advance(0.1)
        left.append(world.service.sent[-1][1]["TTL"])
    world.service.answer(201)
    assert ["119", "117", "113"] == left
    assert ["push-failed"] * 3 + ["push-sent"] == world.counted


def test_a_service_says_when(world):
    """Retry-After counts where it is longer than the pause."""
    world.open()
    world.service.answer(429, "20")
    world.clock.advance(19.9)
    assert 1 == len(world.service.sent)
    world.clock.advance(0.1)
    assert 2 == len(world.service.sent)


def test_nothing_is_sent_after_the_end_of_the_request(world):
    """However long the service asks to wait."""
    world.open()
    world.service.answer(503, "120")
    assert (["push-failed", "push-given-up"], 0) == (world.counted, len(world.push))


def test_a_service_that_is_down_is_tried_until_the_end(world):
    """And no longer."""
    world.service.says = lambda: fail(NotSent("no route"))
    world.open()
    world.clock.pump([1.0] * 300)
    assert "push-given-up" == world.counted[-1]
    assert 8 == len(world.service.sent)
    assert 0 == len(world.push)


def test_an_answered_request_is_not_sent_again(world):
    """Nor one that was withdrawn, or whose phone is gone."""
    world.open()
    world.service.answer(503)
    world.store.open = {}
    world.clock.advance(60)
    assert (1, 0) == (len(world.service.sent), len(world.push))


def test_an_endpoint_inside_is_not_called_and_not_tried_again(world):
    """And nothing is dropped: the name server may be wrong."""
    world.service.says = lambda: fail(NotCalled("inside"))
    world.open()
    world.clock.advance(200)
    assert (1, ["push-refused"], []) == (
        len(world.service.sent),
        world.counted,
        world.store.forgotten,
    )


def test_a_phone_that_was_retired_is_told_once(world):
    """By whichever process takes the message first."""
    world.store.last["phone"] = world.store.good
    world.push.retired("phone")
    world.push.retired("phone")
    world.service.answer(201)
    assert (1, ["push-sent"]) == (len(world.service.sent), world.counted)


def test_a_phone_that_was_retired_while_no_daemon_ran(world):
    """Is told at the next start."""
    world.store.last["phone"] = world.store.good
    world.push.start()
    world.service.answer(201)
    assert ["push-sent"] == world.counted


def test_a_retired_phone_is_tried_for_a_while(world):
    """Its message lives a day, but nobody waits for it."""
    world.store.last["phone"] = replace(world.store.good, expires_at=NOW + 86400)
    world.service.says = lambda: fail(NotSent("no route"))
    world.push.retired("phone")
    world.clock.pump([10.0] * 120)
    assert (0, "push-given-up") == (len(world.push), world.counted[-1])


def test_one_service_that_hangs_does_not_hold_up_another(world):
    """Each has its own places, and all together have a bound."""
    other = parse_subscription(world.keys.subscription("https://other.example.org/x"))
    for number in range(AT_ONCE_TO_ONE * 2):
        world.store.open[f"one {number}"] = ("phone", world.store.good)
        world.open(f"one {number}")
    assert AT_ONCE_TO_ONE == len(world.service.sent)
    world.store.open["other"] = ("phone", WakeUp(other, "topic", NOW + 120))
    world.open("other")
    assert "other.example.org" == world.service.sent[-1][0].host
    while world.service.waiting:
        world.service.answer(201)
    assert AT_ONCE_TO_ONE * 2 + 1 == world.counted.count("push-sent")
    assert 0 == len(world.push) == len(world.push._lanes)


def test_so_many_and_no_more_at_once(world):
    """However many services there are."""
    for number in range(AT_ONCE + 10):
        subscription = parse_subscription(world.keys.subscription(f"https://p{number}.example/x"))
        world.store.open[f"{number}"] = ("phone", WakeUp(subscription, "topic", NOW + 120))
        world.open(f"{number}")
    assert AT_ONCE == len(world.service.sent)
    while world.service.waiting:
        world.service.answer(201)
    assert AT_ONCE + 10 == world.counted.count("push-sent")


def test_a_request_that_ended_while_it_waited_its_turn_is_not_sent(world):
    """It was answered meanwhile."""
    for number in range(AT_ONCE_TO_ONE + 1):
        world.store.open[f"{number}"] = ("phone", world.store.good)
        world.open(f"{number}")
    world.store.open = {}
    while world.service.waiting:
        world.service.answer(201)
    assert AT_ONCE_TO_ONE == len(world.service.sent)


def test_the_end_of_the_daemon(world):
    """Nothing is sent any more, whatever was under way or waited."""
    world.open()
    world.service.answer(503)
    world.open("a")
    world.push.stop()
    world.open("a")
    world.clock.advance(200)
    assert (2, 0) == (len(world.service.sent), len(world.push))


def test_the_contact_may_change(world):
    """The next token has the new one."""
    world.open()
    world.push.contact = "mailto:it@example.org"
    world.open()
    told = [headers["Authorization"] for _, headers, _ in world.service.sent]
    claims = [verified_token(one, KEY.public.to_point(), ORIGIN, NOW) for one in told]
    assert [CONTACT, "mailto:it@example.org"] == [one["sub"] for one in claims]
