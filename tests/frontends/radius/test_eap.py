"""EAP at the RADIUS door: a station that is a real TLS client, a hall that only notes."""

import hashlib

import pytest
from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.terms import Heartbeat, Terms
from proxy.frontends.radius.talks import LIFETIME
from proxy.login.actions import Accept, Challenge, Reject, Unanswered
from proxy.login.request import LoginRequest, Resume
from tests.eap.peap_peer import PeapPeer
from tests.eap.peer import Peer, mschapv2, pap
from tests.peers.door import SECRET, SOURCE, Door
from tests.peers.eap_tls import server_context
from tests.peers.nas import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    CALLING_STATION_ID,
    EAP_MESSAGE,
    STATE,
    USER_NAME,
    read_reply,
    request,
)

CONTEXT = server_context()
NAS_PORT_TYPE = 61
WIRELESS, VIRTUAL = 19, 5
EVERY = 2.5
ACCEPT = Accept("alice", "push", "staff", ())


def eap_of(attributes):
    return b"".join(value for kind, value in attributes if kind == EAP_MESSAGE)


def octets_of(response):
    length = (5 + len(response.data)).to_bytes(2, "big")
    head = bytes((packet.RESPONSE, response.identifier)) + length
    return head + bytes((response.type,)) + response.data


class Station:
    """A device and its access point, which sends each response in a request of its own."""

    def __init__(self, door, peer, source=SOURCE):
        self.door, self.peer, self.source = door, peer, source
        self.state = None
        self.identifier = 0
        self.port_type = None
        self.station = b"02-00-00-00-00-01:ssid"
        self.more = []
        """What else the access point tells."""
        self.last = peer.hello()

    def send(self, response=None, state=None):
        """Send a response; give the reply, None: there is none yet."""
        self.last = response or self.last
        octets = octets_of(self.last)
        attributes = [(USER_NAME, b"anonymous"), (CALLING_STATION_ID, self.station), *self.more]
        if self.port_type is not None:
            attributes.append((NAS_PORT_TYPE, self.port_type.to_bytes(4, "big")))
        attributes += [(EAP_MESSAGE, octets[at : at + 253]) for at in range(0, len(octets), 253)]
        state = state or self.state
        if state is not None:
            attributes.append((STATE, state))
        self.identifier += 1
        self.sent = request(SECRET, attributes, identifier=self.identifier % 256)
        before = len(self.door.sent)
        self.door.receive(self.sent, self.source)
        return self.reply() if len(self.door.sent) > before else None

    @property
    def asked_identifier(self):
        """Give the Identifier of the EAP request that came last."""
        return eap_of(self.reply().attributes)[1]

    def beat(self, every):
        """Wait for a heartbeat; give what came."""
        self.door.clock.advance(every)
        return self.reply()

    def reply(self):
        """Read what was sent last."""
        reply = read_reply(self.door.sent[-1], self.sent, SECRET)
        for kind, value in reply.attributes:
            if kind == STATE:
                self.state = value
        return reply

    def talk(self):
        """Go on until nothing comes back at once, or something that is no challenge."""
        reply = self.send(self.peer.hello())
        while reply is not None and reply.code == ACCESS_CHALLENGE:
            reply = self.send(self.peer.answer(eap_of(reply.attributes)))
        return reply


@pytest.fixture
def door():
    return Door(eap={"vpn": Terms(CONTEXT, ("ttls",))}, challenge=True)


@pytest.fixture
def station(door):
    return Station(door, Peer(pap(b"alice", b"secret")))


def keys_of(reply, authenticator):
    """Give MS-MPPE-Recv-Key and MS-MPPE-Send-Key of a reply, revealed (RFC 2548 section 2.4.2)."""
    found = {}
    for kind, value in reply.attributes:
        if kind == 26 and value[:4] == (311).to_bytes(4, "big"):
            salt, hidden = value[6:8], value[8 : 4 + value[5]]
            plain, vector = b"", authenticator + salt
            for at in range(0, len(hidden), 16):
                stream = hashlib.md5(SECRET + vector).digest()
                vector = hidden[at : at + 16]
                plain += bytes(a ^ b for a, b in zip(vector, stream, strict=True))
            found[value[4]] = (salt, plain[1 : 1 + plain[0]])
    return found


def test_what_is_inside_becomes_a_login(door, station):
    """The inner name decides; the caller is the station without its network's name."""
    assert station.talk() is None
    (asked,) = door.runner.asked
    assert isinstance(asked, LoginRequest)
    assert (asked.login.username, asked.password.reveal(), asked.method) == (
        "alice",
        b"secret",
        "eap",
    )
    assert asked.login.caller == "020000000001"
    terms = asked.login.client
    assert (terms.challenge, terms.mute, terms.most_wait) == (False, True, 25.0)


def test_a_device_that_a_switch_asks_about(door):
    """MAC authentication by EAP: refused at once, before TLS or any method, with EAP-Failure."""
    identity = b"\2\7\0\x11\x010010a42319c0"
    call_check = (6, (10).to_bytes(4, "big"))
    sent = request(SECRET, [(USER_NAME, b"0010a42319c0"), call_check, (EAP_MESSAGE, identity)])
    door.receive(sent)
    assert ["refused-mac-authentication"] == door.counted
    door.answer(Reject("bad-credentials"))
    reply = read_reply(door.sent[0], sent, SECRET)
    assert (ACCESS_REJECT, b"\4\7\0\4") == (reply.code, eap_of(reply.attributes))


def test_an_accept_carries_success_and_the_keys_of_the_tunnel(door, station):
    """What the station derives is what the access point gets, under two salts."""
    station.talk()
    door.answer(ACCEPT)
    reply = station.reply()
    assert reply.code == ACCESS_ACCEPT
    assert eap_of(reply.attributes)[0] == packet.SUCCESS
    keys = keys_of(reply, station.sent[4:20])
    exported = station.peer.tls.export_keying_material(
        b"EXPORTER_EAP_TLS_Key_Material", 128, bytes((packet.TTLS,))
    )
    assert (keys[17][1], keys[16][1]) == (exported[:32], exported[32:64])
    assert keys[17][0] != keys[16][0]
    assert all(salt[0] & 0x80 for salt, _ in keys.values())


def test_a_reject_carries_failure(door, station):
    """And no key."""
    station.talk()
    door.answer(Reject("denied"))
    reply = station.reply()
    assert reply.code == ACCESS_REJECT
    assert eap_of(reply.attributes)[0] == packet.FAILURE
    assert keys_of(reply, station.sent[4:20]) == {}


def test_a_challenge_that_nothing_can_show_is_a_reject(door, station):
    """The core knows that nothing can be asked; if it asked all the same, nobody gets in."""
    station.talk()
    door.answer(Challenge("enter-code", None, code=True, expires_at=0.0), b"s" * 24)
    assert station.reply().code == ACCESS_REJECT


def test_every_challenge_has_a_state_of_its_own(door, station):
    """The one before the last is dead."""
    reply, states = station.send(station.peer.hello()), []
    while reply is not None:
        states.append(station.state)
        reply = station.send(station.peer.answer(eap_of(reply.attributes)))
    assert len(set(states)) == len(states) > 2
    reply = station.send(state=states[0])
    assert reply is None
    assert door.runner.asked[-1][2] == "bad-credentials"
    assert "refused-eap-eap-state" not in door.counted
    assert "refused-eap-state" in door.counted


def test_a_request_that_comes_again_as_a_new_one(door, station):
    """A NAS may restart it: the same question comes back, and TLS never sees it twice."""
    first = station.send(station.peer.hello())
    response = station.peer.answer(eap_of(first.attributes))
    before = station.state
    second = station.send(response)
    again = station.send(response, state=before)
    assert eap_of(second.attributes) == eap_of(again.attributes)
    reply = again
    while reply is not None:
        reply = station.send(station.peer.answer(eap_of(reply.attributes)))
    assert isinstance(door.runner.asked[0], LoginRequest)


def test_the_newest_request_gets_the_answer(door, station):
    """While a login is held, a restarted request takes the place of the older one."""
    station.talk()
    older = station.sent
    assert station.send() is None
    assert len(door.runner.asked) == 1
    door.answer(ACCEPT)
    assert station.reply().code == ACCESS_ACCEPT
    assert older != station.sent
    assert "unanswered" in door.counted


def test_a_state_serves_its_client_alone(door, station):
    """Whoever hears a State cannot go on with it elsewhere."""
    other = Door(eap={"vpn": Terms(CONTEXT, ("ttls",))})
    station.send(station.peer.hello())
    stranger = Station(other, Peer(pap(b"alice", b"secret")))
    assert stranger.send(station.last, state=station.state) is None
    assert "refused-eap-state" in other.counted


def test_conversations_end_by_themselves(door, station):
    """Nothing is kept of a station that went away."""
    reply = station.send(station.peer.hello())
    door.clock.advance(LIFETIME + 1)
    assert station.send(station.peer.answer(eap_of(reply.attributes))) is None
    assert "refused-eap-state" in door.counted


def test_no_time_for_a_handshake(door, station, monkeypatch):
    """The packet stays unanswered, and is served when it comes again and there is time."""
    reply = station.send(station.peer.hello())
    hello = station.peer.answer(eap_of(reply.attributes))
    talks = door.exchange._eap._talks
    with monkeypatch.context() as patched:
        patched.setattr(talks, "has_time_for", lambda _: False)
        assert station.send(hello) is None
        door.receive(station.sent)
        assert ["eap-busy"] * 2 == [word for word in door.counted if word == "eap-busy"]
    door.receive(station.sent)
    assert station.reply().code == ACCESS_CHALLENGE


def test_another_identity_in_mid_conversation(door, station):
    """Who somebody is is said once, first; a second word ends the conversation."""
    station.send(station.peer.hello())
    second = Peer(b"", identity=b"mallory").hello(identifier=station.asked_identifier)
    assert station.send(second) is None
    assert "refused-eap-another-method" in door.counted
    assert station.send(station.last) is None
    assert "refused-eap-state" in door.counted


def test_too_many_conversations(door, monkeypatch):
    """The oldest gives way; one whose login has begun does not, and then a newcomer is refused."""
    monkeypatch.setattr(door.exchange._eap._talks, "_limit", 2)
    stations = [Station(door, Peer(pap(b"alice", b"secret"))) for _ in range(5)]
    for number, one in enumerate(stations):
        one.identifier = 50 * number
    first, second, third, fourth, late = stations
    replies = [one.send(one.peer.hello()) for one in (first, second, third)]
    assert None not in replies
    assert ["eap-evicted"] == [word for word in door.counted if word == "eap-evicted"]
    assert first.send(first.peer.answer(eap_of(replies[0].attributes))) is None
    assert "refused-eap-state" in door.counted
    assert second.send(second.peer.answer(eap_of(replies[1].attributes))) is not None
    for one in (third, fourth):
        assert one.talk() is None
    assert [LoginRequest] * 2 == [type(one) for one in door.runner.asked if type(one) is not tuple]
    assert late.send(late.peer.hello()) is None
    assert "refused-eap-too-many" in door.counted


def test_a_flood_from_one_station_and_an_honest_device(door):
    """Ten thousand are begun, and one by another comes to its login among them."""
    honest = Station(door, Peer(pap(b"alice", b"secret")))
    reply = honest.send(honest.peer.hello())
    flood = [Station(door, Peer(b"")) for _ in range(4)]
    for number, one in enumerate(flood):
        one.source = SOURCE._replace(port=50_000 + number)
        one.station = b"02-00-00-00-00-02:ssid"
    while reply is not None:
        for one in flood:
            for _ in range(300):
                one.state = None
                one.send()
        reply = honest.send(honest.peer.answer(eap_of(reply.attributes)))
    assert isinstance(door.runner.asked[-1], LoginRequest)


@pytest.mark.parametrize("octets", [b"\x02", b"\x01\x01\x00\x05\x01", b"\x02\x01\x00\x09\x01"])
def test_what_is_no_eap(door, octets):
    """Silence, counted."""
    door.receive(request(SECRET, [(USER_NAME, b"x"), (EAP_MESSAGE, octets)]))
    assert door.sent == []
    assert "malformed-eap" in door.counted


@pytest.mark.parametrize("named", [(), ((USER_NAME, b"anonymous"),)])
def test_an_access_point_that_does_not_ask_who_it_is(door, station, named):
    """EAP-Start: the device is asked from here, and goes on as any other."""
    station.sent = request(SECRET, [*named, (EAP_MESSAGE, b"")], identifier=200)
    door.receive(station.sent)
    reply = station.reply()
    assert reply.code == ACCESS_CHALLENGE
    asked = eap_of(reply.attributes)
    assert (asked[0], asked[4], len(asked)) == (packet.REQUEST, packet.IDENTITY, 5)
    reply = station.send(station.peer.hello(asked[1]))
    while reply is not None:
        reply = station.send(station.peer.answer(eap_of(reply.attributes)))
    (login,) = door.runner.asked
    assert login.login.username == "alice"


def test_an_identity_that_answers_no_question(door, station):
    """Asked from here, the device must answer that; the request can still be answered."""
    station.sent = request(SECRET, [(EAP_MESSAGE, b"")], identifier=200)
    door.receive(station.sent)
    asked = eap_of(station.reply().attributes)[1]
    assert station.send(station.peer.hello((asked + 1) % 256)) is None
    assert "eap-ignored" in door.counted
    assert station.send(station.peer.hello(asked)).code == ACCESS_CHALLENGE


def test_starting_opens_a_conversation(door, monkeypatch):
    """It counts as any other; with a State it starts nothing."""
    monkeypatch.setattr(door.exchange._eap._talks, "_limit", 1)
    for number in range(2):
        door.receive(request(SECRET, [(EAP_MESSAGE, b"")], identifier=number))
    assert (len(door.sent), len(door.exchange._eap._talks)) == (2, 1)
    door.receive(request(SECRET, [(EAP_MESSAGE, b""), (STATE, b"x" * 24)], identifier=3))
    assert "malformed-eap" in door.counted


def test_eap_without_message_authenticator_is_discarded():
    """Whatever the client's setting (RFC 3579 section 3.2)."""
    door = Door(eap={"vpn": Terms(CONTEXT, ("ttls",))}, require_message_authenticator=False)
    hello = octets_of(Peer(b"").hello())
    door.receive(request(SECRET, [(USER_NAME, b"x"), (EAP_MESSAGE, hello)], signed=False))
    assert door.sent == []
    assert door.runner.asked == []


def test_a_client_without_eap():
    """It is refused as it ever was."""
    door = Door()
    Station(door, Peer(b"")).send()
    assert "refused-eap" in door.counted


@pytest.mark.parametrize(("name", "password"), [(b"\xff", b"secret"), (b"alice", b"a\0b")])
def test_credentials_that_no_directory_is_asked(door, name, password):
    """A name that is no text, a password with a NUL inside."""
    Station(door, Peer(pap(name, password))).talk()
    assert door.runner.asked[-1][2] == "bad-credentials"


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_stopping_daemon_leaves_it_unanswered(door, version):
    """The NAS turns elsewhere."""
    station = Station(door, Peer(pap(b"alice", b"secret"), version=version))
    station.talk()
    door.answer(Unanswered("stopping"))
    assert "unanswered" in door.counted


def test_resume_is_not_reached(door, station):
    """A State of a conversation never goes to the hall."""
    station.talk()
    assert not any(isinstance(asked, Resume) for asked in door.runner.asked)


@pytest.fixture
def patient():
    """A station at an access point, whose device is kept patient."""
    terms = Terms(CONTEXT, ("ttls",), heartbeat=Heartbeat(EVERY, 60.0))
    station = Station(Door(eap={"vpn": terms}), Peer(pap(b"alice", b"secret")))
    station.port_type = WIRELESS
    return station


def test_a_heartbeat_is_the_last_request_again(patient):
    """Octet for octet, under a new State; the device's answer never reaches TLS."""
    door = patient.door
    assert patient.talk() is None
    terms = door.runner.asked[0].login.client
    assert (terms.wait, terms.most_wait) == (62.0, 62.0)
    seen, states = set(), set()
    for _ in range(5):
        door.clock.advance(EVERY)
        beat = patient.reply()
        assert beat.code == ACCESS_CHALLENGE
        seen.add(eap_of(beat.attributes))
        states.add(patient.state)
        assert patient.send() is None
    assert (len(seen), len(states)) == (1, 5)
    assert len(door.runner.asked) == 1
    door.answer(ACCEPT)
    reply = patient.reply()
    assert reply.code == ACCESS_ACCEPT
    assert len(keys_of(reply, patient.sent[4:20])) == 2
    assert door.runner.left == []
    assert door.clock.getDelayedCalls() == []


def test_an_answer_between_two_packets_waits_for_the_device(patient):
    """There is no request to answer until the device has answered the heartbeat."""
    door = patient.door
    patient.talk()
    door.clock.advance(EVERY)
    patient.reply()
    before = len(door.sent)
    door.answer(ACCEPT)
    assert len(door.sent) == before
    assert patient.send().code == ACCESS_ACCEPT


def test_a_device_that_has_gone(patient):
    """It does not answer a heartbeat within three seconds: the login is left."""
    door = patient.door
    patient.talk()
    door.clock.advance(EVERY)
    door.clock.advance(2.9)
    assert door.runner.left == []
    door.clock.advance(0.2)
    assert door.runner.left == [0]
    assert patient.send() is None
    assert "refused-eap-state" in door.counted


@pytest.mark.parametrize("port_type", [None, VIRTUAL])
def test_no_heartbeat_elsewhere(patient, port_type):
    """A gateway's client takes a repeated request for an attack; 25 seconds are all."""
    patient.port_type = port_type
    patient.talk()
    before = len(patient.door.sent)
    patient.door.clock.advance(10)
    assert len(patient.door.sent) == before
    assert patient.door.runner.asked[0].login.client.most_wait == 25.0


@pytest.mark.parametrize(
    ("every", "most", "beats", "wait"),
    [
        (2.5, 60.0, 36, 62.0),
        (2.5, 90.0, 36, 90.0),
        (0.5, 90.0, 40, 20.0),
        (2.0, 90.0, 40, 80.0),
        (20.0, 90.0, 4, 80.0),
        (20.0, 10.0, 4, 12.0),
    ],
)
def test_the_most_of_heartbeats(every, most, beats, wait):
    """At most 40 and 90 seconds, whatever is configured."""
    heartbeat = Heartbeat(every, most)
    assert (heartbeat.beats, heartbeat.wait) == (beats, wait)


@pytest.mark.parametrize("every", [0.5, 2.5, 20.0])
def test_heartbeats_end(every):
    """A login that would go on for ever: the last request is refused, and nobody is waited for."""
    terms = Terms(CONTEXT, ("ttls",), heartbeat=Heartbeat(every, 90.0))
    station = Station(Door(eap={"vpn": terms}), Peer(pap(b"alice", b"secret")))
    station.port_type, door = WIRELESS, station.door
    station.talk()
    began, beats = door.clock.seconds(), 0
    while (reply := station.beat(every)).code == ACCESS_CHALLENGE:
        beats += 1
        assert station.send() is None
    assert reply.code == ACCESS_REJECT
    assert beats == min(40, 90 // every)
    assert door.clock.seconds() - began <= 90 + every
    assert door.runner.left == [0]
    assert door.clock.getDelayedCalls() == []


def test_a_notification_keeps_it_patient_too():
    """The device answers each; once the push is approved it hears that, and is let in."""
    terms = Terms(CONTEXT, ("peap",), heartbeat=Heartbeat(EVERY, 60.0, notice=True))
    station = Station(Door(eap={"vpn": terms}), PeapPeer(b"alice", b"secret"))
    station.port_type, door = WIRELESS, station.door
    assert station.talk() is None
    for _ in range(3):
        beat = station.beat(EVERY)
        assert station.send(station.peer.answer(eap_of(beat.attributes))) is None
    assert len(station.peer.notices) == 3
    door.answer(ACCEPT)
    reply = station.send(station.peer.answer(eap_of(station.reply().attributes)))
    assert reply.code == ACCESS_ACCEPT
    assert len(keys_of(reply, station.sent[4:20])) == 2
    assert door.runner.left == []
    assert door.clock.getDelayedCalls() == []


def test_a_device_that_answers_no_notification():
    """It has gone, as after any other heartbeat."""
    terms = Terms(CONTEXT, ("peap",), heartbeat=Heartbeat(EVERY, 60.0, notice=True))
    station = Station(Door(eap={"vpn": terms}), PeapPeer(b"alice", b"secret"))
    station.port_type, door = WIRELESS, station.door
    station.talk()
    station.beat(EVERY)
    door.clock.advance(3.1)
    assert door.runner.left == [0]


# --- MSCHAPv2 inside ---


@pytest.fixture
def responding():
    door = Door(eap={"vpn": Terms(CONTEXT, ("ttls",), inner=("mschapv2",))})
    return Station(door, Peer(mschapv2("alice", "secret")))


def test_a_response_becomes_a_login(responding):
    """It came by EAP, nothing can be asked, and it is no password."""
    assert responding.talk() is None
    (asked,) = responding.door.runner.asked
    assert ("eap", True, "alice") == (asked.method, asked.response, asked.login.username)
    assert 66 == len(asked.password.reveal())
    assert asked.login.client.mute


def test_an_accept_that_proves_nothing(responding):
    """The device would not believe it, so the access point is not told either."""
    responding.talk()
    responding.door.answer(ACCEPT)
    reply = responding.reply()
    assert reply.code == ACCESS_REJECT
    assert eap_of(reply.attributes)[0] == packet.FAILURE
