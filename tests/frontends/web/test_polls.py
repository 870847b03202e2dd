"""The list that a phone waits for: long polls and the event stream."""

import json

import pytest

from proxy.store import accounts, devices, notices
from tests.peers.device_world import kind
from tests.peers.phone import API


def test_a_poll_waits_for_a_request(world, phone):
    """And is answered when it comes."""
    proof = phone.proof("GET", f"{API}/approvals")
    answers = world.call("GET", f"{API}/approvals?wait=60", headers={"DPoP": proof})
    assert answers.answer is None
    world.ask()
    world.inbox.changed(phone.id)
    assert 1 == len(answers.answer[1]["approvals"])


def test_a_poll_ends_empty_when_its_time_is_over(world, phone):
    """The phone asks again."""
    proof = phone.proof("GET", f"{API}/approvals")
    answers = world.call("GET", f"{API}/approvals?wait=20", headers={"DPoP": proof})
    world.clock.advance(20)
    assert (200, {"approvals": [], "others": []}) == answers.answer


def test_a_poll_ends_when_the_phone_is_retired(world, phone):
    """With the reason."""
    proof = phone.proof("GET", f"{API}/approvals")
    answers = world.call("GET", f"{API}/approvals?wait=60", headers={"DPoP": proof})
    world.write(lambda s: devices.retire(s, phone.id, "revoked", world.now()))
    world.inbox.changed(phone.id)
    assert (401, "device-retired") == (answers.answer[0], kind(answers.answer[1]))


def test_sixteen_polls_a_phone(world, phone):
    """One more is refused."""
    for _ in range(16):
        proof = phone.proof("GET", f"{API}/approvals")
        assert world.call("GET", f"{API}/approvals?wait=60", headers={"DPoP": proof}).answer is None
    status, _, octets = phone.proved("GET", f"{API}/approvals", query="?wait=60")
    assert (429, "too-many-polls") == (status, kind(octets))


def test_every_poll_gets_the_same_octets(world, phone):
    """Signed once and kept."""
    world.ask()
    assert phone.approvals() == phone.approvals()


def test_another_origin_is_shown(world, phone):
    """A login that has to wait."""
    world.ask()
    world.ask(number=2, caller="198.51.100.9", origin="198.51.100.9", join_digest=b"o" * 32)
    _, _, octets = phone.proved("GET", f"{API}/approvals")
    assert ["198.51.100.9"] == json.loads(octets)["others"]


def test_a_poll_ends_when_the_account_is_blocked(world, phone):
    """Who may not log in has nothing to answer; the store's notice wakes the poll."""
    last = world.store.read(notices.newest)
    poll = phone.waiting(f"{API}/approvals?wait=60")
    world.write(lambda s: accounts.block(s, world.account.id, world.now()))
    news = world.store.read(lambda s: notices.since(s, last))
    assert ("inbox-changed", phone.id) in [(row["kind"], row["subject"]) for row in news]
    world.inbox.changed(phone.id)
    assert (403, "account-blocked") == (poll.answer[0], kind(poll.answer[1]))


def _tag(world, phone):
    octets = phone.waiting(f"{API}/approvals").octets
    return octets.partition(b"ETag: ")[2].partition(b"\r\n")[0].decode()


def test_who_has_seen_the_list_waits_for_another(world, phone):
    """A poll that names the list's tag is answered when the list is another."""
    world.ask()
    poll = phone.waiting(f"{API}/approvals?wait=60", **{"If-None-Match": _tag(world, phone)})
    assert poll.answer is None
    world.ask(number=2, caller="198.51.100.9", origin="198.51.100.9", join_digest=b"o" * 32)
    world.inbox.changed(phone.id)
    assert poll.answer[1]["others"] == ["198.51.100.9"]


def test_an_unchanged_list_is_not_sent_again(world, phone):
    """When the time is over and nothing is new, the answer says so and is empty."""
    world.ask()
    poll = phone.waiting(f"{API}/approvals?wait=30", **{"If-None-Match": _tag(world, phone)})
    world.clock.advance(30)
    assert (304, None) == poll.answer


def test_a_request_that_expires_leaves_the_list_at_once(world, phone):
    """Nobody tells of the passing of time, yet whoever waits hears of it."""
    world.ask()
    world.clock.advance(100)
    poll = phone.waiting(f"{API}/approvals?wait=60", **{"If-None-Match": _tag(world, phone)})
    world.clock.advance(21)
    assert (200, {"approvals": [], "others": []}) == poll.answer


def test_the_origins_of_others_are_safe_to_show(world, phone):
    """What another NAS sent as its caller is cleaned and cut like every text."""
    world.ask()
    hostile = "\u202eevil\n" + "x" * 99
    world.ask(number=2, caller="other", origin=hostile, join_digest=b"o" * 32)
    _, _, octets = phone.proved("GET", f"{API}/approvals")
    assert ["evil" + "x" * 60] == json.loads(octets)["others"]


def test_a_phone_that_goes_away_leaves_nothing_behind(world, phone):
    """Its poll is no longer open, and no listener is kept."""
    for path in ("/approvals?wait=60", "/events"):
        for _ in range(20):
            phone.waiting(API + path).hang_up()
    assert world.inbox.listening() == 0
    assert phone.approvals() == []


def _events(call):
    octets = call.octets.partition(b"\r\n\r\n")[2]
    return [
        json.loads(line.removeprefix(b"data: "))
        for line in octets.split(b"\n")
        if line.startswith(b"data: ")
    ]


def test_a_stream_sends_the_list_and_each_change(world, phone):
    """The same JSON as a poll, as events named `approvals`."""
    stream = phone.waiting(f"{API}/events")
    assert b"Content-Type: text/event-stream" in stream.octets
    assert _events(stream) == [{"approvals": [], "others": []}]
    world.ask()
    world.inbox.changed(phone.id)
    assert _events(stream)[1] == {"approvals": phone.approvals(), "others": []}
    assert stream.octets.count(b"event: approvals\n") == 2


def test_a_silent_stream_says_that_it_is_alive(world, phone):
    """A comment every 15 s; the list is not sent again."""
    stream = phone.waiting(f"{API}/events")
    for _ in range(3):
        world.clock.advance(15)
    assert stream.octets.count(b": still here\n\n") == 3
    assert len(_events(stream)) == 1


def test_a_stream_is_ended_after_ten_minutes(world, phone):
    """Its phone opens another."""
    stream = phone.waiting(f"{API}/events")
    for _ in range(39):
        world.clock.advance(15)
    assert not stream.octets.endswith(b"\r\n0\r\n\r\n")
    world.clock.advance(15)
    assert stream.octets.endswith(b"\r\n0\r\n\r\n")


def test_a_stream_ends_when_the_phone_is_retired(world, phone):
    """At once."""
    stream = phone.waiting(f"{API}/events")
    world.write(lambda s: devices.retire(s, phone.id, "revoked", world.now()))
    world.inbox.changed(phone.id)
    assert stream.octets.endswith(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize("query", ["wait=-1", "wait=", "wait=x", "wait=1&wait=2", "wait=99999"])
def test_a_wait_that_is_no_number_of_seconds_is_refused(phone, query):
    """A whole number, said once."""
    status, _, octets = phone.proved("GET", f"{API}/approvals", query=f"?{query}")
    assert (400, "malformed") == (status, kind(octets))
