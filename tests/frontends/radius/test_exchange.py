import os

import pytest
from twisted.logger import globalLogPublisher

from proxy.frontends.radius.terms import Terms
from proxy.login.actions import Accept, Challenge, Reject, Unanswered
from proxy.login.request import LoginRequest, Resume
from proxy.radius.clients import Clients
from tests.peers.door import SECRET, SOURCE, WINDOW, Door
from tests.peers.nas import (
    ACCESS_ACCEPT,
    ACCESS_REJECT,
    CALLING_STATION_ID,
    EAP_MESSAGE,
    MESSAGE_AUTHENTICATOR,
    NAS_PORT,
    PROXY_STATE,
    REPLY_MESSAGE,
    STATE,
    STATUS_SERVER,
    USER_NAME,
    read_reply,
    request,
)

ALICE = [(USER_NAME, b"alice"), (CALLING_STATION_ID, b"198.51.100.7")]
ACCEPT = Accept("alice", "push", "staff", ())


def alice(*more, **parts):
    return request(SECRET, [*ALICE, *more], **{"password": b"pw", **parts})


@pytest.fixture
def lines():
    found = []
    globalLogPublisher.addObserver(found.append)
    yield found
    globalLogPublisher.removeObserver(found.append)


def test_a_request_becomes_a_login_and_its_answer_a_reply():
    """A good Access-Request begins a login; the answer comes back signed to its own Identifier."""
    door, sent = Door(), alice(identifier=77)
    door.receive(sent)
    (asked,) = door.runner.asked
    assert isinstance(asked, LoginRequest)
    assert door.sent == []
    door.answer(ACCEPT)
    reply = read_reply(door.sent[0], sent, SECRET)
    assert (ACCESS_ACCEPT, 77) == (reply.code, reply.identifier)
    assert ["accept"] == door.counted


def test_a_request_with_state_resumes():
    """State makes it the answer to a challenge, not a new login."""
    door = Door()
    door.receive(alice((STATE, b"s" * 24)))
    assert isinstance(door.runner.asked[0], Resume)


def test_proxy_state_comes_back_unchanged_and_in_order():
    """RFC 2865 section 5.33, a minute later too."""
    door, sent = Door(), alice((PROXY_STATE, b"two"), (NAS_PORT, bytes(4)), (PROXY_STATE, b"one"))
    door.receive(sent)
    door.clock.advance(60)
    door.answer()
    assert [b"two", b"one"] == read_reply(door.sent[0], sent, SECRET).values(PROXY_STATE)


@pytest.mark.parametrize(
    ("reason", "datagram", "terms"),
    [
        ("malformed", b"", {}),
        ("malformed", os.urandom(19), {}),
        ("malformed", alice()[:-1], {}),
        ("malformed", alice((MESSAGE_AUTHENTICATOR, bytes(16))), {}),
        ("malformed", alice((STATE, b"1"), (STATE, b"2")), {}),
        ("unsupported-code", alice(code=4), {}),
        ("unsupported-code", alice(code=2), {}),
        ("message-authenticator-missing", alice(signed=False), {}),
        ("message-authenticator-wrong", request(b"other", ALICE, password=b"pw"), {}),
        (
            "message-authenticator-wrong",
            request(b"other", ALICE, password=b"pw"),
            {"require_message_authenticator": False},
        ),
        (
            "proxy-state-unprotected",
            alice((PROXY_STATE, b"x"), signed=False),
            {"require_message_authenticator": False},
        ),
        (
            "message-authenticator-missing",
            request(SECRET, [*ALICE, (EAP_MESSAGE, b"\2\1\0\4")], signed=False),
            {"require_message_authenticator": False},
        ),
        (
            "message-authenticator-missing",
            request(SECRET, [], code=STATUS_SERVER, signed=False),
            {"require_message_authenticator": False},
        ),
    ],
)
def test_what_cannot_be_trusted_is_silence(reason, datagram, terms):
    """What is malformed or not proved is dropped before the hall hears of it, and counted."""
    door = Door(**terms)
    door.receive(datagram)
    assert ([], [], [reason]) == (door.sent, door.runner.asked, door.counted)
    assert 0 == len(door.duplicates)


def test_an_unknown_source_is_silence():
    """Who is not a client is not even decoded."""
    door = Door()
    door.receive(alice(), SOURCE._replace(address="203.0.113.9"))
    assert ([], ["unknown-client"]) == (door.sent, door.counted)


def test_a_wrong_secret_shows_in_the_password_where_nothing_else_shows_it():
    """Without Message-Authenticator, a password that is not text is silence, and not pending."""
    door = Door(require_message_authenticator=False)
    datagram = request(
        b"another secret", ALICE, password=b"pw", signed=False, authenticator=bytes(16)
    )
    door.receive(datagram)
    assert ([], [], ["wrong-secret"]) == (door.sent, door.runner.asked, door.counted)
    door.clock.advance(WINDOW)
    door.receive(datagram)
    assert ["wrong-secret"] * 2 == door.counted


def test_a_retransmission_of_a_pending_request_is_dropped():
    """RFC 5080 section 2.2.2: however long the phone takes."""
    door, sent = Door(), alice()
    door.receive(sent)
    door.clock.advance(120)
    door.receive(sent)
    assert 1 == len(door.runner.asked)
    assert ["duplicate-pending"] == door.counted


def test_a_retransmission_of_an_answered_request_gets_the_same_octets():
    """RFC 5080 section 2.2.2, for the window after the answer."""
    door, sent = Door(), alice()
    door.receive(sent)
    door.answer(ACCEPT)
    door.clock.advance(WINDOW - 1)
    door.receive(sent)
    assert door.sent[0] == door.sent[1]
    assert ["accept", "duplicate-answered"] == door.counted


def test_a_nas_counts_identifiers_for_each_of_our_addresses():
    """The same packet to our second address is a request of its own, and so is its answer."""
    door, sent = Door(), alice()
    door.receive(sent)
    door.receive(sent, SOURCE._replace(ours="our second address"))
    assert 2 == len(door.runner.asked)
    door.answer(Unanswered("superseded"), number=0)
    door.answer(ACCEPT, number=1)
    assert ["unanswered", "accept"] == door.counted


def test_a_new_authenticator_makes_the_old_request_forgotten():
    """The NAS uses the Identifier for another request now: the old one's answer is not sent."""
    door, old, new = Door(), alice(identifier=5), alice(identifier=5)
    door.receive(old)
    door.receive(new)
    door.answer(ACCEPT, number=0)
    assert ([], ["forgotten"]) == (door.sent, door.counted)
    door.answer(ACCEPT, number=1)
    assert ACCESS_ACCEPT == read_reply(door.sent[0], new, SECRET).code


def test_an_unanswered_login_frees_its_entry_after_the_window():
    """Silence stays silence for retransmissions, and then nothing is kept."""
    door, sent = Door(), alice()
    door.receive(sent)
    door.answer(Unanswered("superseded"))
    door.receive(sent)
    assert ([], ["unanswered", "duplicate-pending"]) == (door.sent, door.counted)
    door.clock.advance(WINDOW)
    door.receive(alice(identifier=2))
    assert 1 == len(door.duplicates)


def test_a_request_for_which_there_is_no_room_is_dropped():
    """When all that is held is pending, a new request waits for its NAS to ask again."""
    door = Door(limit=1)
    door.receive(alice(identifier=1))
    door.receive(alice(identifier=2))
    assert (1, ["full"]) == (len(door.runner.asked), door.counted)


def test_a_refusal_at_the_door_is_delayed_by_the_runner():
    """The hall gives the refusal its delay; the directory is never asked."""
    door, sent = Door(), request(SECRET, ALICE)
    door.receive(sent)
    assert [(door.clock.seconds(), "vpn", "bad-credentials")] == door.runner.asked
    assert ([], ["refused-no-password"]) == (door.sent, door.counted)
    door.answer()
    assert ACCESS_REJECT == read_reply(door.sent[0], sent, SECRET).code


def test_eap_is_refused_with_eap_failure():
    """RFC 3579 section 2.6.5: EAP-Failure to that Identifier, and no Reply-Message beside it."""
    door, sent = Door(), request(SECRET, [*ALICE, (EAP_MESSAGE, b"\2\x2a\0\x0a\1alice")])
    door.receive(sent)
    door.answer()
    reply = read_reply(door.sent[0], sent, SECRET)
    assert [b"\4\x2a\0\4"] == reply.values(EAP_MESSAGE)
    assert [] == reply.values(REPLY_MESSAGE)


def test_rfc5997_3_status_server_is_answered():
    """An Access-Accept at once, nothing kept, Proxy-State copied."""
    door, sent = Door(), request(SECRET, [(PROXY_STATE, b"p")], code=STATUS_SERVER)
    door.receive(sent)
    reply = read_reply(door.sent[0], sent, SECRET)
    assert (ACCESS_ACCEPT, [b"p"]) == (reply.code, reply.values(PROXY_STATE))
    assert (0, ["status-server"]) == (len(door.duplicates), door.counted)


def test_a_door_that_stops_begins_nothing_and_answers_what_it_holds():
    """New requests and Status-Server get silence; a held login still gets its answer."""
    door, held = Door(), alice(identifier=1)
    door.receive(held)
    door.exchange.stop()
    door.receive(alice(identifier=2))
    door.receive(request(SECRET, [], code=STATUS_SERVER))
    assert (1, []) == (len(door.runner.asked), door.sent)
    door.answer(ACCEPT)
    door.receive(held)
    assert ACCESS_ACCEPT == read_reply(door.sent[0], held, SECRET).code
    assert 2 == len(door.sent)


def test_our_own_bug_is_silence_logged_once_without_secrets(lines):
    """Whatever the hall raises, the socket lives on, nothing is sent and no password is shown."""
    door = Door()
    door.runner.fault = RuntimeError("bug")
    door.receive(alice(password=b"hunter2"))
    assert ([], ["failed"]) == (door.sent, door.counted)
    (line,) = lines
    assert "bug" in str(line["log_failure"])
    assert "hunter2" not in repr(line)


def test_a_reply_that_cannot_be_written_is_silence(lines):
    """A challenge without State cannot be: the request ends unanswered."""
    door = Door()
    door.receive(alice())
    door.answer(Challenge("enter-code", None, code=True, expires_at=0.0), None)
    assert ([], ["unanswered"]) == (door.sent, door.counted)
    assert 1 == len(lines)


def test_a_configuration_that_was_read_again_holds_for_the_next_packet():
    """What is pending goes on under the secret that it came with."""
    door, other = Door(), Door(require_message_authenticator=False)
    held = alice(identifier=1)
    door.receive(held)
    door.exchange.terms = other.exchange.terms
    door.receive(alice(identifier=2, signed=False))
    door.answer(Reject("bad-credentials"), number=0)
    assert 2 == len(door.runner.asked)
    assert ACCESS_REJECT == read_reply(door.sent[0], held, SECRET).code


def test_a_held_request_of_a_client_that_is_gone_gets_its_answer():
    """Signed with the secret that it came with; its next packet meets silence, whatever it is."""
    door, held = Door(), alice(identifier=1)
    before = door.exchange.terms
    door.receive(held)
    door.exchange.terms = Terms(Clients([]), before.reader, before.writer)
    door.receive(held)
    door.receive(alice(identifier=2))
    door.answer(ACCEPT)
    assert [ACCESS_ACCEPT] == [read_reply(octets, held, SECRET).code for octets in door.sent]
    assert 2 == door.counted.count("unknown-client")


def test_a_retransmission_across_a_new_configuration_is_still_the_same_request():
    """Dropped while it is pending, answered by the same octets after that."""
    door, held = Door(), alice()
    door.receive(held)
    door.exchange.terms = Door(challenge=True).exchange.terms
    door.receive(held)
    assert 1 == len(door.runner.asked)
    door.answer(ACCEPT)
    door.receive(held)
    assert 2 == len(door.sent) == door.sent.count(door.sent[0])


def test_terms_know_what_still_needs_them():
    """They are over when each request has its answer, was left without one, or failed."""
    door, over = Door(), []
    terms = door.exchange.terms
    terms.when_over(lambda: over.append(terms.pending))
    door.receive(alice(identifier=1))
    door.receive(alice(identifier=2))
    door.answer(ACCEPT, number=0)
    assert (1, []) == (terms.pending, over)
    door.answer(Unanswered("superseded"), number=1)
    door.runner.fault = ValueError("a bug")
    door.receive(alice(identifier=3))
    assert (0, [0, 0]) == (terms.pending, over)


def test_the_source_of_a_request_is_an_address_and_a_port():
    """The same octets from another port are another request."""
    door, sent = Door(), alice()
    door.receive(sent)
    door.receive(sent, SOURCE._replace(port=40001))
    assert 2 == len(door.runner.asked)
