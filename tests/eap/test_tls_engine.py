"""TLS from a hostile peer: what would take memory or time without end."""

import time
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from OpenSSL import SSL

from proxy.eap.tls_engine import (
    MAX_HANDSHAKE,
    MAX_INNER,
    TlsEngine,
    TlsFailed,
    check_hello,
)
from proxy.frontends.radius.eap_tls import eap_context
from tests.peers.authority import Authority


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """Give the daemon's own."""
    return eap_context(*Authority(tmp_path_factory.mktemp("ca")).issue("radius.example.org"))


class Client:
    """A TLS client over memory buffers that writes down its secrets."""

    def __init__(self, version):
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
        self.secrets = {}
        context.set_keylog_callback(self._note)
        self.tls = SSL.Connection(context, None)
        self.tls.set_connect_state()

    def _note(self, _, line):
        kind, _, secret = line.split()
        self.secrets[kind] = bytes.fromhex(secret.decode())

    def flight(self, heard=b""):
        """Go on with the handshake; give what is to be sent."""
        if heard:
            self.tls.bio_write(heard)
        with suppress(SSL.WantReadError):
            self.tls.do_handshake()
        return self.output()

    def output(self):
        try:
            return self.tls.bio_read(1 << 20)
        except SSL.WantReadError:
            return b""

    def shake(self, engine):
        """Bring the handshake to its end on both sides."""
        said = self.flight()
        while said:
            engine.receive(said)
            said = self.flight(engine.output())
        assert engine.established


def record(kind, octets):
    return bytes((kind, 3, 3)) + len(octets).to_bytes(2, "big") + octets


def handshake(kind, octets):
    return bytes((kind,)) + len(octets).to_bytes(3, "big") + octets


def in_records(octets, size):
    return b"".join(record(22, octets[at : at + size]) for at in range(0, len(octets), size))


def expand(secret, label, length):
    """HKDF-Expand-Label without a context (RFC 8446 section 7.1)."""
    label = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes((len(label),)) + label + b"\0"
    return HKDFExpand(SHA384(), length, info).derive(secret)


def key_updates(secret, octets):
    """Write so many octets of KeyUpdate records, each asking for one of ours (RFC 8446, 4.6.3)."""
    records = b""
    while len(records) < octets - 30:
        key, iv = expand(secret, b"key", 32), expand(secret, b"iv", 12)
        plain = handshake(24, b"\1") + b"\x16"
        head = b"\x17\x03\x03" + (len(plain) + 16).to_bytes(2, "big")
        records += head + AESGCM(key).encrypt(iv, plain, head)
        secret = expand(secret, b"traffic upd", 48)
    return records


VERSIONS = pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])


@VERSIONS
def test_a_whole_hello(version):
    """In one record or in hundreds."""
    hello = Client(version).flight()
    check_hello(hello)
    check_hello(in_records(hello[5:], 3))


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.0",
        b"\x16\x03\x01",
        record(22, b""),
        record(21, b"\2\x28"),
        record(22, handshake(1, b"x" * 50))[:-1],
        record(22, handshake(1, b"x" * 50) + b"more"),
        record(22, handshake(1, b"x" * 50)[:-1]),
        record(22, handshake(2, b"x" * 50)),
        record(22, handshake(1, b"x" * 50)) + record(23, b"early data"),
    ],
)
def test_what_is_no_whole_hello(octets):
    """It is refused before anything is kept for it."""
    with pytest.raises(TlsFailed):
        check_hello(octets)


@VERSIONS
def test_a_hello_in_hundreds_of_records(context, version):
    """TLS reads it, in little time."""
    engine, client = TlsEngine(lambda: context), Client(version)
    begun = time.process_time()
    engine.receive(in_records(client.flight()[5:], 3))
    assert engine.output()[:1] == b"\x16"
    assert time.process_time() - begun < 0.1


@VERSIONS
def test_a_handshake_without_end(context, version):
    """Hellos, certificates, whatever it is: it ends where no handshake is longer."""
    engine, client = TlsEngine(lambda: context), Client(version)
    engine.receive(client.flight())
    engine.output()
    part = handshake(11, bytes(10 * MAX_HANDSHAKE))
    with pytest.raises(TlsFailed):
        engine.receive(in_records(part[:MAX_HANDSHAKE], 4000))


def test_no_octet_too_many(context):
    """The limit is the engine's own, whatever OpenSSL bears."""
    with pytest.raises(TlsFailed, match="65537"):
        TlsEngine(lambda: context).receive(bytes(MAX_HANDSHAKE + 1))


def test_renegotiation(context):
    """It is refused; the peer hears why (CVE-2009-3555, and a handshake for a packet)."""
    engine, client = TlsEngine(lambda: context), Client(SSL.TLS1_2_VERSION)
    client.shake(engine)
    assert client.tls.renegotiate()
    assert engine.receive(client.flight()) == b""
    refused = engine.output()
    with pytest.raises(SSL.Error, match="no renegotiation"):
        client.flight(refused)


def test_key_updates(context):
    """A message full of them is read in little time, and more than that is refused."""
    engine, client = TlsEngine(lambda: context), Client(SSL.TLS1_3_VERSION)
    client.shake(engine)
    engine.output()
    said = key_updates(client.secrets[b"CLIENT_TRAFFIC_SECRET_0"], MAX_INNER)
    begun = time.process_time()
    assert engine.receive(said) == b""
    assert len(engine.output()) < MAX_INNER
    assert time.process_time() - begun < 0.1
    with pytest.raises(TlsFailed, match="wanted at most 4096"):
        engine.receive(bytes(MAX_INNER + 1))


@VERSIONS
def test_empty_records(context, version):
    """Records with nothing inside end it after some (a processor's time for nothing)."""
    engine, client = TlsEngine(lambda: context), Client(version)
    client.shake(engine)
    with pytest.raises(TlsFailed):
        engine.receive(record(23, b"") * 1000)
