"""EAP at the RADIUS door, by methods without a password in a tunnel."""

import pytest
from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.packet import Response
from proxy.eap.terms import Certificates, Heartbeat, Terms
from proxy.frontends.radius.eap_certificates import certificates_context
from proxy.login.actions import Accept, Challenge, Reject
from proxy.login.request import Proof
from tests.eap.tls_peer import TlsPeer
from tests.frontends.radius.test_eap import VIRTUAL, WIRELESS, Station, eap_of, keys_of
from tests.peers.authority import Authority, upn
from tests.peers.door import Door
from tests.peers.eap_tls import server_context
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT

CONTEXT = server_context()
ACCEPT = Accept("alice", "push", "staff", ())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def door(authority):
    server = authority.issue("radius.example.org")
    held = Certificates(certificates_context(*server, authority.file, ()), ("upn",))
    terms = Terms(CONTEXT, ("tls",), heartbeat=Heartbeat(2.5, 60.0), certificates=held)
    return Door(eap={"vpn": terms}, challenge=True)


@pytest.fixture
def station(door, authority):
    return Station(door, TlsPeer(authority.person(names=[upn("alice@example.org")])))


def test_a_certificate_is_the_proof_of_a_login(door, station):
    """The name is the certificate's, not that which was said in clear; nothing can be asked."""
    assert station.talk() is None
    (asked,) = door.runner.asked
    assert (asked.login.username, asked.proof, asked.method) == (
        "alice@example.org",
        Proof("certificate"),
        "eap",
    )
    assert not asked.password
    assert (asked.login.client.challenge, asked.login.client.mute) == (False, True)


def test_an_accept_by_certificate(door, station):
    """Our last flight is acknowledged first; then success and the keys, both ends the same."""
    station.talk()
    door.answer(ACCEPT)
    told = station.reply()
    assert told.code == ACCESS_CHALLENGE
    reply = station.send(station.peer.answer(eap_of(told.attributes)))
    assert reply.code == ACCESS_ACCEPT
    assert eap_of(reply.attributes)[0] == packet.SUCCESS
    bound = bytes((packet.TLS,))
    exported = station.peer.tls.export_keying_material(b"EXPORTER_EAP_TLS_Key_Material", 128, bound)
    keys = keys_of(reply, station.sent[4:20])
    assert (keys[17][1], keys[16][1]) == (exported[:32], exported[32:64])


def test_a_refused_certificate_login(door, station):
    """The failure comes at once, without our last flight."""
    station.talk()
    door.answer(Reject("denied"))
    reply = station.reply()
    assert reply.code == ACCESS_REJECT
    assert eap_of(reply.attributes)[0] == packet.FAILURE


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_device_with_a_certificate_is_kept_patient(door, authority, version):
    """The heartbeat repeats what was said before our last flight."""
    held = authority.person(names=[upn("alice@example.org")])
    station = Station(door, TlsPeer(held, version=version))
    station.port_type = WIRELESS
    station.talk()
    door.clock.advance(2.5)
    beat = station.reply()
    assert beat.code == ACCESS_CHALLENGE
    assert station.send(station.last) is None
    door.answer(ACCEPT)
    told = station.reply()
    reply = station.send(station.peer.answer(eap_of(told.attributes)))
    assert reply.code == ACCESS_ACCEPT


class Typist:
    """A peer that answers GTC."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def hello(self):
        return Response(1, packet.IDENTITY, b"alice")

    def answer(self, octets):
        assert octets[4] == packet.GTC
        self.asked.append(octets[5:])
        return Response(octets[1], packet.GTC, self.answers.pop(0))


def bare(*methods, port_type=VIRTUAL):
    terms = Terms(CONTEXT, methods, heartbeat=Heartbeat(2.5, 60.0), bare_asks=True)
    door = Door(eap={"vpn": terms})
    station = Station(door, Typist(b"secret", b"123456"))
    station.port_type = port_type
    return door, station


def test_a_password_without_a_tunnel():
    """A login that may be asked more; the accept has success and no keys."""
    door, station = bare("gtc")
    assert station.talk() is None
    (asked,) = door.runner.asked
    assert (asked.login.username, asked.password.reveal(), asked.method, asked.proof) == (
        "alice",
        b"secret",
        "eap",
        None,
    )
    terms = asked.login.client
    assert (terms.challenge, terms.mute, terms.most_wait) == (True, False, 25.0)
    door.answer(ACCEPT)
    reply = station.reply()
    assert reply.code == ACCESS_ACCEPT
    assert eap_of(reply.attributes)[0] == packet.SUCCESS
    assert keys_of(reply, station.sent[4:20]) == {}


def test_a_code_without_a_tunnel():
    """It is asked by a second request, and goes on with the same login."""
    door, station = bare("gtc")
    station.talk()
    door.answer(Challenge("enter-code", None, code=True, expires_at=0.0), b"s" * 18)
    question = station.reply()
    assert question.code == ACCESS_CHALLENGE
    assert station.send(station.peer.answer(eap_of(question.attributes))) is None
    resumed = door.runner.asked[1]
    assert (resumed.state, resumed.answer.reveal()) == (b"s" * 18, b"123456")
    door.answer(ACCEPT)
    assert station.reply().code == ACCESS_ACCEPT


@pytest.mark.parametrize("port_type", [18, WIRELESS])
def test_nothing_without_a_tunnel_on_the_air(port_type):
    """Anyone near could read it; whoever may speak nothing else is refused, and that is counted."""
    door, station = bare("gtc", port_type=port_type)
    station.talk()
    assert "refused-eap-wireless" in door.counted
    assert door.runner.asked[-1][2] == "bad-credentials"


def test_a_tunnel_on_the_air():
    """What has TLS is offered in place of what has none."""
    _, station = bare("gtc", "ttls", port_type=WIRELESS)
    reply = station.send()
    assert eap_of(reply.attributes)[4] == packet.TTLS
