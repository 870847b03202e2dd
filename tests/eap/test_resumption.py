"""TLS sessions: resumed only from what was kept, and never before that."""

import gc
from contextlib import suppress

import pytest
from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.conversation import Conversation, Granted, Refused, Request
from proxy.eap.inner import Credentials, Resumed
from proxy.eap.terms import Terms
from proxy.eap.tls_engine import TlsEngine, TlsFailed
from proxy.frontends.radius.eap_tls import BadCertificate, EapCertificate
from tests.eap.peer import Peer, pap
from tests.peers.authority import Authority

VERSIONS = pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return EapCertificate(*Authority(tmp_path_factory.mktemp("ca")).issue("radius.example.org"))


@pytest.fixture
def fresh(certificate):
    return lambda: certificate.context_of_one(3600)


class Device:
    """A TLS client that keeps its session."""

    def __init__(self, version):
        self.context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        self.context.set_min_proto_version(version)
        self.context.set_max_proto_version(version)
        self.session = None

    def shake(self, engine):
        """Do a handshake to its end; give our end of it."""
        tls = SSL.Connection(self.context, None)
        tls.set_connect_state()
        if self.session is not None:
            tls.set_session(self.session)
        heard = b""
        while True:
            if heard:
                tls.bio_write(heard)
            try:
                tls.do_handshake()
                tls.recv(1)
            except SSL.WantReadError:
                pass
            said = output(tls)
            if not said:
                assert engine.established
                self.session = tls.get_session()
                tls.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
                return tls
            assert engine.receive(said) == b""
            heard = engine.output()


def output(tls):
    try:
        return tls.bio_read(1 << 16)
    except SSL.WantReadError:
        return b""


@pytest.fixture
def kept(fresh):
    """Give what makes a device and the context that was kept for it."""

    def make(version):
        device, engine = Device(version), TlsEngine(fresh)
        device.shake(engine)
        assert not engine.resumed
        return device, engine.keep()

    return make


@VERSIONS
def test_a_session_that_was_kept_is_resumed(kept, fresh, version):
    """As often as the device comes, and both ends have the same keys."""
    device, context = kept(version)
    for _ in range(3):
        engine = TlsEngine(fresh, context)
        tls = device.shake(engine)
        assert engine.resumed
        assert tls.export_keying_material(b"x", 16, None) == engine.export(b"x", 16)
        assert engine.keep() is context


@VERSIONS
def test_a_session_that_was_not_kept_is_not(fresh, version):
    """It dies with its connection, even in a context that sees it again."""
    context, device = fresh(), Device(version)
    device.shake(TlsEngine(lambda: context))
    gc.collect()
    engine = TlsEngine(fresh, context)
    device.shake(engine)
    assert not engine.resumed


@VERSIONS
def test_a_session_is_resumed_in_no_other_context(kept, fresh, version):
    """What one device has says nothing where another's is kept."""
    device, _ = kept(version)
    _, others = kept(version)
    engine = TlsEngine(fresh, others)
    device.shake(engine)
    assert not engine.resumed


@VERSIONS
def test_a_full_handshake_leaves_nothing_in_what_was_kept(kept, fresh, version):
    """Whoever pretends to be the device and has no session gets none that could be resumed there."""
    device, context = kept(version)
    stranger, engine = Device(version), TlsEngine(fresh, context)
    stranger.shake(engine)
    assert not engine.resumed
    assert engine.keep() is not context
    again = TlsEngine(fresh, context)
    stranger.shake(again)
    assert not again.resumed
    last = TlsEngine(fresh, context)
    device.shake(last)
    assert last.resumed


@VERSIONS
def test_whoever_only_saw_the_session_named_resumes_nothing(kept, fresh, version):
    """The name of a session goes in clear; what it is made of does not."""
    device, context = kept(version)
    tls = SSL.Connection(device.context, None)
    tls.set_connect_state()
    tls.set_session(device.session)
    with pytest.raises(SSL.WantReadError):
        tls.do_handshake()
    engine = TlsEngine(fresh, context)
    engine.receive(output(tls))
    engine.output()
    with pytest.raises(TlsFailed):
        engine.receive(b"\x16\x03\x03\x00\x04\x14\x00\x00\x00")
    assert not engine.resumed


def test_octets_that_are_no_hello_fail_as_ever(kept, fresh):
    """With an alert, from a context that nothing is kept in."""
    _, context = kept(SSL.TLS1_3_VERSION)
    with pytest.raises(TlsFailed) as found:
        TlsEngine(fresh, context).receive(b"\x16\x03\x01\x00\x05hello")
    assert found.value.alert


def test_a_key_of_another_certificate(tmp_path):
    """Is told before anything listens."""
    authority = Authority(tmp_path)
    certificate, _ = authority.issue("radius.example.org")
    other = Authority(tmp_path, "other")
    (tmp_path / "kept.pem").write_bytes(certificate.read_bytes())
    _, key = other.issue("radius.example.org")
    with pytest.raises(BadCertificate, match="its own key"):
        EapCertificate(tmp_path / "kept.pem", key)
    with pytest.raises(BadCertificate, match="its own key"):
        EapCertificate(tmp_path / "missing.pem", key)


class OneSession:
    """Obeys `Sessions`, for one device."""

    def __init__(self, fresh):
        self.fresh, self.context = fresh, None

    def engine(self, type_):
        self.type = type_
        self.tls = TlsEngine(self.fresh, self.context)
        return self.tls

    def keep(self):
        self.context = self.tls.keep()


class Supplicant(Peer):
    """One that comes again with its session."""

    def __init__(self, version, before=None):
        super().__init__(pap(b"alice", b"secret"), version=version)
        self._session = None
        if before is not None:
            self.tls = SSL.Connection(before.tls.get_context(), None)
            self.tls.set_connect_state()
            self.tls.set_session(before.session())

    def session(self):
        """Give what it keeps of a connection that is over."""
        if self._session is None:
            with suppress(SSL.WantReadError):
                self.tls.recv(1)  # the tickets of TLS 1.3
            self._session = self.tls.get_session()
            self.tls.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
        return self._session


@VERSIONS
def test_a_conversation_that_resumes_says_nothing_inside(fresh, context, version):
    """It ends in a result in place of credentials, in fewer rounds, with keys of its own."""
    sessions = OneSession(fresh)
    terms = Terms(context, ("ttls",), sessions=sessions)
    first, conversation = Supplicant(version), Conversation(terms)
    assert isinstance(first.talk(conversation), Credentials)
    granted = conversation.conclude(passed=True)
    sessions.keep()
    second, conversation = Supplicant(version, first), Conversation(terms)
    assert second.talk(conversation) == Resumed()
    assert sessions.type == packet.TTLS
    assert second.requests < first.requests
    again = conversation.conclude(passed=True)
    if version == SSL.TLS1_3_VERSION:
        assert isinstance(again, Request)
        again = conversation.receive(second.answer(again.octets))
    assert isinstance(again, Granted)
    assert again.msk.reveal() != granted.msk.reveal()


@VERSIONS
def test_a_conversation_that_resumes_may_be_refused(fresh, context, version):
    """No octet says that it passed."""
    sessions = OneSession(fresh)
    terms = Terms(context, ("ttls",), sessions=sessions)
    first, conversation = Supplicant(version), Conversation(terms)
    first.talk(conversation)
    conversation.conclude(passed=True)
    sessions.keep()
    conversation = Conversation(terms)
    assert Supplicant(version, first).talk(conversation) == Resumed()
    assert isinstance(conversation.conclude(passed=False), Refused)
