"""EAP at the RADIUS door, by methods without a password in a tunnel."""

import pytest
from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.terms import Certificates, Heartbeat, Terms
from proxy.frontends.radius.eap_certificates import certificates_context
from proxy.login.actions import Accept, Reject
from proxy.login.request import Proof
from tests.eap.tls_peer import TlsPeer
from tests.frontends.radius.test_eap import WIRELESS, Station, eap_of, keys_of
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
