"""EAP-TLS, with a real TLS client as the peer and a CA that is made on the spot."""

import pytest
from cryptography import x509
from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.conversation import Conversation, Failed, Granted, Refused, Request
from proxy.eap.inner import Certified
from proxy.eap.packet import Response
from proxy.eap.terms import Certificates, Terms
from proxy.frontends.radius.eap_certificates import certificates_context
from tests.eap.tls_peer import TlsPeer
from tests.peers.authority import Authority, upn

BOTH = pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
ALICE = [upn("alice@corp.example.org")]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority):
    return authority.issue("radius.example.org")


def terms_of(server, authority, context, *revoked, fragment=1000):
    held = Certificates(
        certificates_context(*server, authority.file, revoked), ("upn", "email", "cn")
    )
    return Terms(context, ("tls", "ttls"), fragment, certificates=held)


@pytest.fixture
def conversation(server, authority, context):
    return Conversation(terms_of(server, authority, context))


@BOTH
@pytest.mark.parametrize("size", [200, 1000])
def test_a_certificate_names_its_person(server, authority, context, version, size):
    """The handshake yields a name; the login's yes is our last flight, and keys are the peer's."""
    conversation = Conversation(terms_of(server, authority, context, fragment=size))
    certificate, key = authority.person(names=ALICE)
    peer = TlsPeer((certificate, key), version=version, size=size)
    found = peer.talk(conversation)
    assert isinstance(found, Certified)
    assert found.username == b"alice@corp.example.org"
    assert conversation.asks == 0
    granted = peer.talk(conversation, conversation.conclude(passed=True))
    assert isinstance(granted, Granted)
    assert peer.established
    label, bound = b"client EAP encryption", None
    if version == SSL.TLS1_3_VERSION:
        label, bound = b"EXPORTER_EAP_TLS_Key_Material", bytes((packet.TLS,))
        assert peer.heard == b"\0"
    assert granted.msk.reveal() == peer.tls.export_keying_material(label, 128, bound)[:64]


@BOTH
def test_rounds_are_few(conversation, authority, version):
    """Six at most; this peer's hello is one that needs two packets."""
    peer = TlsPeer(authority.person(names=ALICE), version=version)
    peer.talk(conversation)
    assert isinstance(peer.talk(conversation, conversation.conclude(passed=True)), Granted)
    assert peer.requests <= 6


@BOTH
def test_a_login_that_did_not_pass(conversation, authority, version):
    """The peer is never told that it came in, and gets the failure at once."""
    peer = TlsPeer(authority.person(names=ALICE), version=version)
    peer.talk(conversation)
    assert isinstance(conversation.conclude(passed=False), Refused)
    assert peer.heard == b""
    assert peer.established == (version == SSL.TLS1_3_VERSION)


def refused_because(conversation, held, version=SSL.TLS1_3_VERSION):
    found = TlsPeer(held, version=version).talk(conversation)
    assert isinstance(found, Failed)
    return found.reason, found.detail


@BOTH
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"days": -1}, "the certificate has expired"),
        (
            {"usage": [x509.ExtendedKeyUsageOID.SERVER_AUTH]},
            "the certificate is not for clients of TLS",
        ),
    ],
)
def test_certificates_that_tls_refuses(conversation, authority, version, said, why):
    """The peer hears an alert, the log the reason."""
    held = authority.person(names=ALICE, **said)
    assert refused_because(conversation, held, version) == ("tls-failed", why)


@BOTH
def test_no_certificate(conversation, version):
    """A peer without one does not come in."""
    reason, why = refused_because(conversation, None, version)
    assert (reason, why) == ("tls-failed", "peer did not return a certificate")


@BOTH
def test_another_authority(conversation, tmp_path, version):
    """Certificates of whoever else, of the same name too, are worth nothing."""
    held = Authority(tmp_path).person(names=ALICE)
    assert refused_because(conversation, held, version) == (
        "tls-failed",
        "the certificate is of another authority",
    )


@BOTH
def test_a_revoked_certificate(server, authority, context, version):
    """Its neighbour comes in."""
    held, other = authority.person(names=ALICE), authority.person(names=ALICE)
    terms = terms_of(server, authority, context, authority.revocation_list(held[0]))
    assert refused_because(Conversation(terms), held, version) == (
        "tls-failed",
        "the certificate is revoked",
    )
    assert isinstance(TlsPeer(other, version=version).talk(Conversation(terms)), Certified)


def test_a_revocation_list_that_has_expired(server, authority, context):
    """Nobody comes in until there is a new one."""
    terms = terms_of(server, authority, context, authority.revocation_list(days=-1))
    assert refused_because(Conversation(terms), authority.person(names=ALICE)) == (
        "tls-failed",
        "the revocation list has expired",
    )


def test_a_revocation_list_of_another_authority(server, authority, context, tmp_path):
    """It says nothing about ours."""
    revoked = Authority(tmp_path, "other").revocation_list()
    reason, why = refused_because(
        Conversation(terms_of(server, authority, context, revoked)), authority.person(names=ALICE)
    )
    assert (reason, why) == ("tls-failed", "there is no revocation list of its authority")


def test_a_certificate_that_does_not_say_what_it_is_for(conversation, authority):
    """It may be a server's: TLS takes it, we do not."""
    assert refused_because(conversation, authority.person(names=ALICE, usage=())) == (
        "certificate",
        "found no extended key usage clientAuth",
    )


def test_data_inside(conversation, authority):
    """There is nothing to say there."""
    peer = TlsPeer(authority.person(names=ALICE))
    outcome = conversation.receive(peer.hello())
    while isinstance(outcome, Request):
        response = peer.answer(outcome.octets)
        if peer.established:
            peer.tls.send(b"hello")
            response = Response(response.identifier, response.type, response.data + peer._output())
        outcome = conversation.receive(response)
    assert (outcome.reason, outcome.detail) == ("inner-refused", "found data inside EAP-TLS")


def test_an_answer_to_the_success_that_is_no_acknowledgement(conversation, authority):
    """The peer does not agree; it is not let in."""
    peer = TlsPeer(authority.person(names=ALICE))
    peer.talk(conversation)
    told = conversation.conclude(passed=True)
    outcome = conversation.receive(Response(told.octets[1], packet.TLS, b"\0\x15\x03\x03\0\2\2\0"))
    while isinstance(outcome, Request):
        outcome = conversation.receive(peer.answer(outcome.octets))
    assert isinstance(outcome, Failed)


def test_a_peer_that_wants_a_tunnel_instead(conversation):
    """It may choose another of our methods."""
    first = conversation.receive(Response(1, packet.IDENTITY, b"x"))
    assert first.octets[4] == packet.TLS
    second = conversation.receive(Response(2, packet.NAK, bytes((packet.TTLS,))))
    assert second.octets[4] == packet.TTLS
