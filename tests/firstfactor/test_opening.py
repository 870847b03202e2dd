"""How a connection comes about: nothing but the request for TLS goes out in clear."""

import pytest
from cryptography import x509
from OpenSSL.crypto import X509

from proxy.ldap import requests, responses
from proxy.ldap.message import encode_message
from proxy.login.events import DirectoryFailed, PersonFound
from tests.peers.authority import Authority
from tests.peers.ldap_network import LdapServer, Logins, Network, options, result

START_TLS = requests.encode_start_tls()
GRANTED = result(responses.EXTENDED)


def logins(server, **changed):
    """Give logins against one server."""
    return Logins(Network(server), options(**changed))


def granted(wire, message):
    """Answer StartTLS with success."""
    wire.say(message.message_id, GRANTED)


def issued(folder, *names):
    """Give a certificate for hosts as Twisted shows it."""
    pem = Authority(folder).issue(*names)[0].read_bytes()
    return X509.from_cryptography(x509.load_pem_x509_certificate(pem))


def test_start_tls_comes_first():
    """The service account is not named before TLS is up."""
    server = LdapServer(on_start_tls=granted)
    asking = logins(server, tls="starttls")
    asking.find()
    asking.network.pass_time(1)
    (wire,) = server.wires
    assert [START_TLS[0]] == [message.operation for message in wire.heard]
    assert 1 == wire.tls


@pytest.mark.parametrize(
    "behind",
    [
        encode_message(2, result(responses.BIND)),
        encode_message(2, result(responses.BIND))[:5],
        encode_message(0, GRANTED),
        b"\x30",
        b"\x16\x03\x03",
    ],
    ids=lambda octets: octets.hex(),
)
def test_octets_in_clear_behind_the_answer_end_the_connection(behind):
    """RFC 4513 section 3.1.1: they are somebody else's, and TLS is not even begun."""

    def inject(wire, message):
        wire.say_octets(encode_message(message.message_id, GRANTED) + behind)

    server = LdapServer(on_start_tls=inject)
    asking = logins(server, tls="starttls")
    assert isinstance(asking.found(), DirectoryFailed)
    wires = server.wires
    assert not wires[0].open
    assert {0} == {wire.tls for wire in wires}
    assert {START_TLS[0]} == {message.operation for message in server.heard}


@pytest.mark.parametrize("code", [1, 2, 52, 53])
def test_a_refused_start_tls_is_no_connection(code):
    """The login does not go on in clear."""

    def refuse(wire, message):
        wire.say(message.message_id, result(responses.EXTENDED, code, b"no TLS"))

    server = LdapServer(on_start_tls=refuse)
    answer = logins(server, tls="starttls").found()
    assert isinstance(answer, DirectoryFailed)
    assert "StartTLS was refused: no TLS" in answer.reason
    assert {START_TLS[0]} == {message.operation for message in server.heard}


def test_start_tls_without_an_answer_has_its_time():
    """One time limit for all of it."""
    asking = logins(LdapServer(), tls="starttls")
    assert isinstance(asking.found(), DirectoryFailed)
    assert 4.9 < asking.took < 5.3


def test_tls_that_is_never_up_has_its_time():
    """A server that accepts and says nothing to the handshake."""
    server = LdapServer()
    asking = logins(server, tls="ldaps")
    assert isinstance(asking.found(), DirectoryFailed)
    assert 4.9 < asking.took < 5.3
    assert 1 == server.wires[0].tls
    assert [] == server.heard


@pytest.mark.parametrize("shown", [("elsewhere.test",), None])
def test_the_certificate_is_looked_at_once_more_after_the_handshake(tmp_path, shown):
    """Whatever the handshake let pass: another name, or no certificate, is no server of ours."""
    server = LdapServer(on_start_tls=granted)
    asking = logins(server, tls="starttls")
    asking.find()
    asking.network.pass_time()
    (wire,) = server.wires
    certificate = None
    if shown is not None:
        certificate = issued(tmp_path, *shown)
    wire.getPeerCertificate = lambda: certificate
    wire.protocol.handshakeCompleted()
    asking.network.pass_time()
    assert not wire.open
    assert [START_TLS[0]] == [message.operation for message in wire.heard]


def test_with_the_right_certificate_the_service_account_binds(tmp_path):
    """Over TLS, then the search goes out."""
    server = LdapServer(on_start_tls=granted)
    asking = logins(server, tls="starttls")
    asked = asking.find()
    asking.network.pass_time()
    (wire,) = server.wires
    certificate = issued(tmp_path, "127.0.0.1")
    wire.getPeerCertificate = lambda: certificate
    wire.protocol.handshakeCompleted()
    asking.network.pass_time()
    assert isinstance(asked.answers[0], PersonFound)
    operations = [message.operation for message in wire.heard]
    assert [START_TLS[0], requests.BIND, requests.SEARCH] == operations


def test_a_service_account_that_is_refused_is_a_failure():
    """No search goes out unbound in its place."""

    class Refusing(LdapServer):
        def receive(self, wire, message):
            wire.say(message.message_id, result(responses.BIND, 49, b"who?"))

    server = Refusing()
    answer = logins(server).found()
    assert isinstance(answer, DirectoryFailed)
    assert "the service account was refused: who? (49)" in answer.reason
    assert [] == server.searches


def test_without_a_service_account_searches_are_anonymous():
    """No bind at all before the search."""
    server = LdapServer()
    asking = logins(server, bind_dn=None, bind_password=None)
    assert isinstance(asking.found(), PersonFound)
    assert [requests.SEARCH] == [message.operation for message in server.heard]
