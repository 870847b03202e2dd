"""EAP that another server speaks, at the RADIUS door: what goes on, what is held, what is released."""

from dataclasses import replace

import pytest
from pyrad.packet import AuthPacket
from twisted.internet.defer import Deferred

from proxy.eap import packet
from proxy.eap.packet import Response
from proxy.eap.relayed import Accepted, Asked, Place, Rejected, Released, Silent
from proxy.eap.terms import Heartbeat, Terms
from proxy.frontends.radius.relay_terms import RelayTerms
from proxy.frontends.radius.talks import LIFETIME
from proxy.login.actions import Challenge, Reject
from proxy.login.request import LoginRequest, Proof
from proxy.radius.passing import PassedAttribute
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.sealing import MasterKey
from proxy.secret import Secret
from tests.frontends.radius.test_eap import (
    ACCEPT,
    CONTEXT,
    EVERY,
    VIRTUAL,
    WIRELESS,
    Station,
    eap_of,
)
from tests.peers.door import ATTRIBUTES, SECRET, WEB_URL, Door, Writer
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT, STATE

SEALS = UpstreamSeals(MasterKey(Secret(b"k" * 32)))
SUCCESS = packet.encode_success(200)
SEND, RECV = b"s" * 32, b"r" * 16
PASSED = SEALS.seal_attributes([PassedAttribute((None, 25), b"class")])
HELD = Released(SUCCESS, ((16, Secret(SEND)), (17, Secret(RECV))), PASSED)


class Upstream:
    """Obeys `EapUpstream`; the test gives the answers."""

    name = "nps"

    def __init__(self):
        self.turns = []
        self.waiting = []
        self.must_return = False

    def relay(self, turn):
        self.turns.append(turn)
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def says(self, said):
        self.waiting.pop().callback(said)

    def asks(self, identifier, data=b"what next?"):
        octets = packet.encode_request(identifier, packet.PEAP, data)
        self.says(Asked(octets, Place("192.0.2.1:1812", b"state %d" % identifier)))
        return octets


class Hello:
    """The device, as far as it says hello."""

    def hello(self):
        return Response(1, packet.IDENTITY, b"alice@example.org")


class Story:
    """A door that relays, and a device behind an access point there."""

    def __init__(self, heartbeat=None):
        self.upstream = Upstream()
        terms = RelayTerms(self.upstream, heartbeat)
        self.door = Door(eap={"vpn": terms, "other": terms}, challenge=True)
        self.door.exchange.terms.writer = Writer(ATTRIBUTES, WEB_URL, SEALS.open_attributes)
        self.station = Station(self.door, Hello())
        self.answer = Response(2, packet.PEAP, b"a reply")

    def begun(self):
        """Let the device say who it is and get the first request."""
        assert self.station.send() is None
        self.upstream.asks(2)
        self.station.reply()
        return self

    def held(self, user_name=b"alice"):
        """Let the other server let the device in."""
        assert self.begun().station.send(self.answer) is None
        self.upstream.says(Accepted(HELD, user_name))
        return self


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def patient():
    story = Story(Heartbeat(EVERY, 60.0))
    story.station.port_type = WIRELESS
    return story


def revealed(reply, kind, authenticator):
    """Reveal a key as another implementation does."""
    (value,) = [
        value[6 : 4 + value[5]]
        for found, value in reply.attributes
        if found == 26 and value[4] == kind
    ]
    nas = AuthPacket(secret=SECRET, authenticator=authenticator)
    return nas.SaltDecrypt(value), value[:2]


def test_a_conversation_goes_through(story):
    """Both ways octet for octet; each side has a State of its own."""
    story.station.send()
    (turn,) = story.upstream.turns
    assert (None, b"anonymous") == (turn.place, turn.user_name)
    octets = story.upstream.asks(2)
    reply = story.station.reply()
    assert (ACCESS_CHALLENGE, octets) == (reply.code, eap_of(reply.attributes))
    assert [b"state 2"] != reply.values(STATE)
    story.station.send(story.answer)
    assert Place("192.0.2.1:1812", b"state 2") == story.upstream.turns[1].place
    assert story.upstream.turns[1].eap.endswith(b"a reply")


def test_whom_the_server_lets_in_becomes_a_login(story):
    """With a proof in place of a password; nothing can be asked inside."""
    story.held()
    (asked,) = story.door.runner.asked
    assert isinstance(asked, LoginRequest)
    assert Proof("upstream", upstream="nps", passed=PASSED) == asked.proof
    assert ("alice", "eap") == (asked.login.username, asked.method)
    terms = asked.login.client
    assert (False, True, 25.0) == (terms.challenge, terms.mute, terms.most_wait)


def test_what_was_held_is_released(story):
    """EAP-Success as it came, the keys hidden anew for this NAS, and what passes of the rest."""
    story.held()
    sent = len(story.door.sent)
    assert sent == 1
    story.door.answer(ACCEPT)
    reply = story.station.reply()
    assert (ACCESS_ACCEPT, SUCCESS) == (reply.code, eap_of(reply.attributes))
    authenticator = story.station.sent[4:20]
    send, salt = revealed(reply, 16, authenticator)
    recv, other_salt = revealed(reply, 17, authenticator)
    assert (SEND, RECV) == (send, recv)
    assert salt != other_salt
    assert [b"class"] == reply.values(25)


def test_what_is_released_belongs_to_this_conversation(story):
    """The answer of a login that it joined has another conversation's attributes."""
    story.held()
    other = SEALS.seal_attributes([PassedAttribute((None, 25), b"other")])
    story.door.answer(replace(ACCEPT, passed=other))
    assert [b"class"] == story.station.reply().values(25)


def test_a_refused_login_releases_nothing(story):
    """EAP-Failure with the Identifier of the last response."""
    story.held()
    story.door.answer(Reject("denied"))
    reply = story.station.reply()
    assert ACCESS_REJECT == reply.code
    assert packet.encode_failure(2) == eap_of(reply.attributes)
    assert [] == reply.values(25) + reply.values(26)


def test_a_login_that_wants_to_ask_is_refused(story):
    """Nothing of ours has a place in a conversation of others."""
    story.held()
    story.door.answer(Challenge("enter-code", None, code=True, expires_at=0.0), b"state")
    assert ACCESS_REJECT == story.station.reply().code


def test_a_reject_of_the_server_goes_through_at_once(story):
    """No login begins; it is counted."""
    story.begun().station.send(story.answer)
    story.upstream.says(Rejected())
    reply = story.station.reply()
    assert (ACCESS_REJECT, packet.encode_failure(2)) == (reply.code, eap_of(reply.attributes))
    assert [] == story.door.runner.asked
    assert "refused-eap-upstream-refused" in story.door.counted


def test_an_answer_that_cannot_be_used_is_a_reject(story):
    """It is counted apart, for an operator must mend it."""
    story.begun().station.send(story.answer)
    story.upstream.says(Rejected("found an Access-Accept without EAP"))
    assert ACCESS_REJECT == story.station.reply().code
    assert "refused-eap-upstream-unusable" in story.door.counted


def test_a_server_that_is_silent(story):
    """No answer, and the conversation is over."""
    story.begun().station.send(story.answer)
    before = len(story.door.sent)
    story.upstream.says(Silent("no answer within 10 s"))
    assert before == len(story.door.sent)
    story.station.send(story.answer)
    assert "refused-eap-state" in story.door.counted
    assert "eap-upstream-silent" in story.door.counted


def test_a_fault_of_ours_is_silence(story):
    """It is logged, and the conversation is over."""
    story.begun().station.send(story.answer)
    story.upstream.waiting.pop().errback(RuntimeError("our own"))
    assert "unanswered" in story.door.counted


@pytest.mark.parametrize(
    ("user_name", "must_return"),
    [(None, True), (b"anonymous@example.org", True), (b"\xff", False)],
)
def test_nobody_is_named(story, user_name, must_return):
    """Then nobody can be asked for a second factor."""
    story.upstream.must_return = must_return
    story.held(user_name)
    ((_, client, reason),) = story.door.runner.asked
    assert ("vpn", "bad-credentials") == (client, reason)


def test_the_outer_identity_names_the_person_where_the_server_does_not(story):
    """Unless it is anonymous."""
    story.held(None)
    assert "alice@example.org" == story.door.runner.asked[0].login.username


def test_a_request_that_is_sent_again_is_not_forwarded_again(story):
    """The newest one gets the answer; the one before, whose NAS has stopped listening, none."""
    story.begun().station.send(story.answer)
    older = story.station.sent
    story.station.send()
    assert 2 == len(story.upstream.turns)
    octets = story.upstream.asks(3)
    assert octets == eap_of(story.station.reply().attributes)
    assert older != story.station.sent
    assert "unanswered" in story.door.counted


def test_a_response_that_was_answered_gets_the_last_request_again(story):
    """Under the State before the last, too."""
    story.begun()
    state = story.station.state
    story.station.send(story.answer)
    octets = story.upstream.asks(3)
    story.station.reply()
    reply = story.station.send(story.answer, state)
    assert octets == eap_of(reply.attributes)
    assert 2 == len(story.upstream.turns)


def test_a_device_is_kept_patient(patient):
    """The last *request* is repeated; its answer goes to nobody, and the phone's comes through."""
    patient.held()
    for _ in range(3):
        patient.door.clock.advance(EVERY)
        reply = patient.station.reply()
        asked = packet.encode_request(2, packet.PEAP, b"what next?")
        assert (ACCESS_CHALLENGE, asked) == (reply.code, eap_of(reply.attributes))
        assert patient.station.send() is None
    assert 2 == len(patient.upstream.turns)
    patient.door.answer(ACCEPT)
    assert ACCESS_ACCEPT == patient.station.reply().code
    assert 62.0 == patient.door.runner.asked[0].login.client.most_wait


def test_an_answer_waits_for_the_device(patient):
    """Where the phone answers between heartbeat and response."""
    patient.held()
    patient.door.clock.advance(EVERY)
    patient.station.reply()
    patient.door.answer(ACCEPT)
    assert SUCCESS == eap_of(patient.station.send().attributes)


def test_a_device_that_has_gone(patient):
    """Its login is left, so that the phone forgets it."""
    patient.held()
    patient.door.clock.advance(EVERY)
    patient.door.clock.advance(3)
    assert [0] == patient.door.runner.left


def test_gateways_bear_no_heartbeat(patient):
    """NAS-Port-Type Virtual."""
    patient.station.port_type = VIRTUAL
    patient.held()
    patient.door.clock.advance(20)
    assert 1 == len(patient.door.sent)


def test_a_conversation_that_was_given_up(story):
    """Its server answers too late; whoever waited is not answered."""
    story.begun().station.send(story.answer)
    story.door.clock.advance(LIFETIME + 1)
    Station(story.door, Hello()).send()
    newer = story.upstream.waiting.pop()
    before = len(story.door.sent)
    story.upstream.asks(3)
    assert before == len(story.door.sent)
    assert not newer.called


def test_a_client_whose_eap_is_spoken_here_from_now_on(story):
    """Conversations that the other server holds are over."""
    story.begun()
    story.door.exchange.terms.eap = {"vpn": Terms(CONTEXT, ("ttls",))}
    story.station.send(story.answer)
    assert 1 == len(story.upstream.turns)
    assert "refused-eap-state" in story.door.counted
