"""Phones woken by Web Push, through a push service that decrypts and verifies by itself."""

import json
import time
from itertools import pairwise

import pytest

from proxy.store.schema import push_subscriptions
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE
from tests.peers.phone import API
from tests.peers.push_service import BrowserKeys, verified_token
from tests.scenarios.conftest import ASKED, HELD, Someone

pytestmark = pytest.mark.scenario
PATH = f"{API}/push-subscription"
LATE = 1.5
"""Seconds in which a message that must not come would have come."""


class Woken(Someone):
    """Somebody whose phone's browser subscribed at a push service."""

    def __init__(self, daemon, name):
        super().__init__(daemon, name)
        self.enrol_phone()
        self.keys = BrowserKeys()
        self.push_key = json.loads(self.phone.proved("GET", f"{API}/me")[2])["push_key"]

    def subscribe(self, endpoint, **changed):
        body = json.dumps(self.keys.subscription(endpoint, **changed))
        return self.phone.proved("PUT", PATH, body, {"Content-Type": "application/json"})[0]

    def unsubscribe(self):
        return self.phone.proved("DELETE", PATH)[0]

    def log_in(self, source=HELD):
        """Begin a login; give the NAS that waits for its answer."""
        nas = self.nas(source)
        nas.send(self.packet())
        return nas

    def is_subscribed(self):
        found = push_subscriptions.select().where(push_subscriptions.c.device_id == self.phone.id)
        return self.daemon.database.now(lambda session: session.row(found)) is not None

    def answers(self, nas):
        """Approve what is asked and give the code of the NAS's answer."""
        assert 204 == self.phone.answer(self.asked())
        return nas.receive(5)[0]


@pytest.fixture
def woken(pushing, push_service, names):
    someone = Woken(pushing, next(names))
    assert 204 == someone.subscribe(push_service.url(path=f"/push/{someone.name}"))
    return someone


def said(daemon, words, before):
    """Wait until the daemon has logged something after so many characters."""
    return daemon.said(words, before)


def test_a_login_wakes_the_phone(woken, push_service):
    """The message says nothing; token, headers and encryption are as the RFCs ask."""
    with woken.log_in() as nas:
        message = push_service.message()
        assert f"/push/{woken.name}" == message.path
        assert {"v": 1} == json.loads(woken.keys.opened(message.body))
        claims = verified_token(
            message.headers["authorization"], woken.push_key, push_service.origin()
        )
        assert "mailto:it@example.org" == claims["sub"]
        assert ("high", "aes128gcm", "application/octet-stream") == (
            message.headers["urgency"],
            message.headers["content-encoding"],
            message.headers["content-type"],
        )
        assert 110 <= int(message.headers["ttl"]) <= 120
        assert 32 == len(message.headers["topic"])
        assert ACCESS_ACCEPT == woken.answers(nas)
    assert push_service.message(LATE) is None


def test_a_login_that_is_joined_wakes_it_once(woken, push_service):
    """One push a login, however often the NAS retries."""
    with woken.log_in() as first, woken.log_in() as second:
        assert push_service.message() is not None
        assert push_service.message(LATE) is None
        assert ACCESS_ACCEPT == woken.answers(second)
        assert first.receive(0.1) is None


def test_a_request_that_replaces_another_has_its_topic(woken, push_service):
    """So a message that has not arrived is replaced; it lives as long as the new request."""
    topics = []
    with woken.nas(ASKED) as nas:
        for _ in range(2):
            assert ACCESS_CHALLENGE == nas.ask(woken.packet(), 5).code
            message = push_service.message()
            topics.append(message.headers["topic"])
            assert 290 <= int(message.headers["ttl"]) <= 300
        assert ACCESS_CHALLENGE == nas.ask(woken.packet(caller=b"198.51.100.9"), 5).code
        topics.append(push_service.message().headers["topic"])
    assert topics[0] == topics[1] != topics[2]


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_dropped(woken, push_service, status):
    """The login goes on by itself, and the next one sends nothing."""
    push_service.answers = [status]
    with woken.log_in() as nas:
        assert push_service.message() is not None
        assert ACCESS_ACCEPT == woken.answers(nas)
    assert not woken.is_subscribed()
    with woken.log_in() as nas:
        assert push_service.message(LATE) is None
        assert ACCESS_ACCEPT == woken.answers(nas)


def test_a_service_in_trouble_is_tried_again(woken, push_service):
    """After a second, then when it says; until it takes the message."""
    push_service.answers = [503, (429, {"Retry-After": "3"}), (None, {})]
    with woken.log_in() as nas:
        came = [push_service.message() for _ in range(4)]
        assert all({"v": 1} == json.loads(woken.keys.opened(one.body)) for one in came)
        assert 1 == len({one.headers["topic"] for one in came})
        pauses = [late.at - early.at for early, late in pairwise(came)]
        assert 0.9 < pauses[0] < 2.5
        assert 2.9 < pauses[1] < 5.0
        assert 3.9 < pauses[2] < 8.0
        assert ACCESS_ACCEPT == woken.answers(nas)
    assert woken.is_subscribed()


def test_an_answered_request_is_not_sent_again(woken, push_service):
    """The person was faster than the service."""
    push_service.answers = [503]
    with woken.log_in() as nas:
        assert push_service.message() is not None
        assert ACCESS_ACCEPT == woken.answers(nas)
    assert push_service.message(2.5) is None


def test_a_redirection_is_not_followed(woken, push_service, pushing):
    """Nor is it tried again."""
    before = len(pushing.text())
    push_service.answers = [(307, {"Location": push_service.url(path="/elsewhere")})]
    with woken.log_in() as nas:
        assert push_service.message() is not None
        assert "status 307" in said(pushing, "push-refused", before)
        assert push_service.message(LATE) is None
        assert ACCESS_ACCEPT == woken.answers(nas)
    assert woken.is_subscribed()


def test_an_answer_without_an_end(woken, push_service):
    """What was said at its head counts, and nobody waits for the rest."""
    push_service.answers = [(201, {"Content-Length": "1000000"})]
    with woken.log_in() as nas:
        assert push_service.message() is not None
        assert push_service.message(4) is None
        assert ACCESS_ACCEPT == woken.answers(nas)


def test_connections_are_kept(woken, push_service, pushing):
    """Two messages, one handshake; those of before the configuration was read are closed."""
    pushing.read_again()
    connections = set()
    for _ in range(2):
        with woken.log_in() as nas:
            connections.add(push_service.message().connection)
            assert ACCESS_ACCEPT == woken.answers(nas)
        time.sleep(0.3)  # the service's answer is on its way
    assert 1 == len(connections)


def test_a_name_that_leads_inside_is_not_called(woken, push_service, pushing):
    """Where it is not one of the daemon's own: here the same host, at another port."""
    assert 204 == woken.subscribe("https://localhost/push/x")
    before = len(pushing.text())
    with woken.log_in() as nas:
        line = said(pushing, "push-refused", before)
        assert "localhost port 443 is no public address" in line
        assert push_service.message(LATE) is None
        assert ACCESS_ACCEPT == woken.answers(nas)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://localhost:1/push/x",
        "https://127.0.0.1/push/x",
        "https://[::ffff:127.0.0.1]/push/x",
        "https://169.254.169.254/latest/meta-data/",
        "http://localhost/push/x",
    ],
)
def test_an_endpoint_that_is_never_called_is_refused_at_once(woken, endpoint):
    """400, and the subscription before it stays."""
    assert 400 == woken.subscribe(endpoint)
    assert woken.is_subscribed()


def test_a_service_that_nobody_vouches_for(woken, impostor, pushing):
    """Gets no message, and no token; the login does not notice."""
    assert 204 == woken.subscribe(impostor.url())
    with woken.log_in() as nas:
        assert impostor.message(LATE) is None
        assert ACCESS_ACCEPT == woken.answers(nas)


def test_a_service_that_says_nothing_costs_a_login_nothing(woken, silent):
    """It hangs; the login is as quick as ever."""
    assert 204 == woken.subscribe(f"https://localhost:{silent}/push/x")
    began = time.monotonic()
    with woken.log_in() as nas:
        assert ACCESS_ACCEPT == woken.answers(nas)
    assert time.monotonic() - began < 3.0


def test_unsubscribed(woken, push_service):
    """Nothing is sent any more."""
    assert 204 == woken.unsubscribe()
    with woken.log_in() as nas:
        assert push_service.message(LATE) is None
        assert ACCESS_ACCEPT == woken.answers(nas)


def test_a_phone_that_is_revoked_is_told_once(woken, push_service, pushing):
    """It may have been stolen, or its person may wonder; then it is never woken again."""
    pushing.command("device", "revoke", woken.phone.id)
    message = push_service.message()
    assert {"v": 1} == json.loads(woken.keys.opened(message.body))
    assert push_service.message(LATE) is None
    assert not woken.is_subscribed()
    assert 401 == woken.subscribe(push_service.url())


def test_a_phone_that_is_revoked_while_the_daemon_is_stopped(woken, push_service, pushing):
    """It is told at the next start."""
    pushing.stop()
    pushing.command("device", "revoke", woken.phone.id)
    pushing.start()
    assert f"/push/{woken.name}" == push_service.message().path
    assert not woken.is_subscribed()


def test_the_key_is_the_same_after_a_restart_and_under_another_master_key(
    woken, push_service, pushing
):
    """Browsers are bound to it."""
    pushing.command("key", "rotate", "master")
    pushing.stop()
    pushing.start()
    with woken.log_in() as nas:
        message = push_service.message()
        verified_token(message.headers["authorization"], woken.push_key, push_service.origin())
        assert ACCESS_ACCEPT == woken.answers(nas)


def test_services_are_exchanged_while_it_runs(woken, push_service, pushing):
    """What is not named any more is not called any more, not even over a kept connection."""
    named = pushing.configuration["push"]
    pushing.configuration["push"] = {"contact": "mailto:it@example.org"}
    pushing.reload()
    try:
        assert 400 == woken.subscribe(push_service.url())
        before = len(pushing.text())
        with woken.log_in() as nas:
            assert "push.services" in said(pushing, "push-refused", before)
            assert push_service.message(LATE) is None
            assert ACCESS_ACCEPT == woken.answers(nas)
    finally:
        pushing.configuration["push"] = named
        pushing.reload()
    with woken.log_in() as nas:
        assert push_service.message() is not None
        assert ACCESS_ACCEPT == woken.answers(nas)
