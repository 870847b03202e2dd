"""One conversation, with a real TLS client as the peer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.conversation import (
    Again,
    Conversation,
    Failed,
    Granted,
    Ignored,
    Request,
)
from proxy.eap.inner import Credentials, Proof
from proxy.eap.packet import Response
from proxy.eap.terms import Terms
from proxy.eap.ttls import decode_pairs
from proxy.radius.mschap_sums import prove
from proxy.secret import Secret
from tests.eap.peer import Peer, mschapv2, pap
from tests.peers import mschap

BOTH = pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])


@pytest.fixture
def conversation(context):
    return Conversation(Terms(context, ("ttls",)))


@BOTH
@pytest.mark.parametrize("size", [200, 1000, 4000])
def test_ttls_pap(context, version, size):
    """Name and password come out, whatever pieces they came in; the keys are those of the peer."""
    conversation = Conversation(Terms(context, ("ttls",), size))
    peer = Peer(pap(b"alice", b"secret"), version=version, size=size)
    found = peer.talk(conversation)
    assert (found.username, found.password.reveal(), found.method) == (
        b"alice",
        b"secret",
        "pap",
    )
    assert conversation.outer_identity == b"anonymous"
    granted = conversation.conclude(passed=True)
    assert isinstance(granted, Granted)
    label, bound = b"ttls keying material", None
    if version == SSL.TLS1_3_VERSION:
        label, bound = b"EXPORTER_EAP_TLS_Key_Material", bytes((packet.TTLS,))
    assert granted.msk.reveal() == peer.tls.export_keying_material(label, 128, bound)[:64]
    assert granted.octets[0] == packet.SUCCESS
    assert peer.tls.get_protocol_version() == version


def test_a_peer_that_is_asked_who_it_is(conversation):
    """The identifier is the caller's; the next request has the one after it."""
    asked = conversation.greet(255)
    assert asked.octets == bytes((packet.REQUEST, 255, 0, 5, packet.IDENTITY))
    found = conversation.receive(Response(255, packet.IDENTITY, b"alice"))
    assert (found.octets[1], found.octets[4]) == (0, packet.TTLS)


def test_nothing_is_no_repetition(conversation):
    """What would equal an empty response answers nothing, as long as nothing was asked."""
    assert conversation.receive(Response(0, 0, b"")).reason == "no-identity"


@BOTH
def test_ttls_mschapv2(context, version):
    """The response answers the tunnel's challenge; the peer hears our proof before the success."""
    conversation = Conversation(Terms(context, ("ttls",), inner=("mschapv2",)))
    peer = Peer(mschapv2("alice", "secret"), version=version)
    found = peer.talk(conversation)
    assert (b"alice", "mschapv2", 0) == (found.username, found.method, conversation.asks)
    nt_hash = Secret(mschap.md4("secret".encode("utf-16-le")))
    proved = prove(found.password, found.username, nt_hash)
    said = conversation.conclude(passed=True, proof=Proof(proved.success))
    assert isinstance(said, Request)
    granted = conversation.receive(peer.answer(said.octets))
    assert isinstance(granted, Granted)
    (pair,) = decode_pairs(peer.tls.recv(1000))
    assert proved.success == pair.value[1:]


def test_mschapv2_that_cannot_be_proved(context):
    """It fails, though the login passed."""
    conversation = Conversation(Terms(context, ("ttls",), inner=("mschapv2",)))
    Peer(mschapv2("alice", "secret")).talk(conversation)
    assert isinstance(conversation.conclude(passed=True), Failed)


def test_a_second_empty_answer(context):
    """Nothing is acknowledged before it was said."""
    conversation = Conversation(Terms(context, ("ttls",), inner=("mschapv2",)))
    peer = Peer(mschapv2("alice", "secret"))
    assert isinstance(peer.talk(conversation), Credentials)
    assert Ignored("out-of-turn") == conversation.receive(Response(1, packet.TTLS, b"\0"))


@BOTH
def test_rounds_are_few(conversation, version):
    """Access points give up after 40 rounds; this takes five at most: a large hello of the peer is one."""
    peer = Peer(pap(b"alice", b"secret"), version=version)
    assert isinstance(peer.talk(conversation), Credentials)
    assert peer.requests <= 5


def test_a_repeated_response_never_reaches_tls(conversation):
    """It is answered by the same request; after the credentials too."""
    peer = Peer(pap(b"alice", b"secret"))
    response, outcome = None, conversation.receive(peer.hello())
    last = b""
    while isinstance(outcome, Request):
        last = outcome.octets
        response = peer.answer(last)
        outcome = conversation.receive(response)
        again = conversation.receive(response)
        assert again == Again(outcome.octets if isinstance(outcome, Request) else last)
    assert isinstance(outcome, Credentials)
    assert conversation.conclude(passed=True).octets == packet.encode_success(response.identifier)


def test_another_identifier_is_ignored(conversation):
    """RFC 3748 section 4.1: it answers none of our requests."""
    conversation.receive(Response(1, packet.IDENTITY, b"x"))
    assert conversation.receive(Response(9, packet.TTLS, b"\0")) == Ignored("another-identifier")


def test_nothing_comes_after_the_end(conversation):
    """Credentials are given once."""
    peer = Peer(pap(b"alice", b"secret"))
    assert isinstance(peer.talk(conversation), Credentials)
    assert conversation.receive(Response(77, packet.TTLS, b"\0more")) == Ignored("out-of-turn")


def test_a_nak_for_nothing_that_we_can(conversation):
    """The peer wants PEAP; it is refused."""
    request = conversation.receive(Response(1, packet.IDENTITY, b"x"))
    failed = conversation.receive(Response(request.octets[1], packet.NAK, bytes((packet.PEAP,))))
    assert failed == Failed(packet.encode_failure(request.octets[1]), "no-common-method")


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        (packet.GTC, b"secret", "another-method"),
        (packet.NOTIFICATION, b"", "another-method"),
        (packet.IDENTITY, b"bob", "another-method"),
        (packet.TTLS, b"", "bad-fragment: found no flags"),
        (packet.TTLS, b"\x20", "bad-fragment: found a start from a peer"),
        (packet.TTLS, b"\x01", "bad-fragment: found version 1, wanted 0"),
        (packet.TTLS, b"\x80\0\1\0\1abc", "bad-fragment: found 65537 octets, wanted at most 8192"),
        (packet.TTLS, b"\x40", "bad-fragment: found an empty piece of a longer message"),
        (packet.TTLS, b"\0", "nothing-said"),
    ],
)
def test_what_ends_it(conversation, type_, data, reason):
    """Whatever else comes in place of a handshake ends the conversation."""
    request = conversation.receive(Response(1, packet.IDENTITY, b"x"))
    failed = conversation.receive(Response(request.octets[1], type_, data))
    word, _, detail = reason.partition(": ")
    assert failed == Failed(packet.encode_failure(request.octets[1]), word, detail)


def test_a_first_response_that_is_no_identity(conversation):
    """A conversation begins with Identity."""
    assert conversation.receive(Response(1, packet.TTLS, b"\0")).reason == "no-identity"
    assert conversation.receive(Response(1, packet.TTLS, b"\0\0")) == Ignored("out-of-turn")


def test_octets_that_are_no_tls(conversation):
    """The peer hears an alert, then the failure."""
    request = conversation.receive(Response(1, packet.IDENTITY, b"x"))
    alert = conversation.receive(
        Response(request.octets[1], packet.TTLS, b"\0\x16\x03\x01\x00\x08\x01\0\0\x04what")
    )
    assert isinstance(alert, Request)
    assert b"\x15" == alert.octets[6:7]
    failed = conversation.receive(Response(alert.octets[1], packet.TTLS, b"\0"))
    assert failed.reason == "tls-failed"
    assert failed.detail


def test_fragments_that_never_end(conversation):
    """A bounded number of pieces is taken."""
    outcome = conversation.receive(Response(1, packet.IDENTITY, b"x"))
    taken = 0
    while isinstance(outcome, Request):
        taken += 1
        outcome = conversation.receive(Response(outcome.octets[1], packet.TTLS, b"\x40x"))
    assert outcome.reason == "too-many-rounds"
    assert taken <= 60


@pytest.mark.parametrize(
    "inner",
    [
        b"\0",
        pap(b"alice", b"secret")[:20],
        pap(b"alice", b"secret") * 2,
        pap(b"alice", b"")[:16],
    ],
)
def test_inner_data_that_tell_no_password(conversation, inner):
    """What is inside the tunnel is as hostile as what is outside."""
    assert isinstance(Peer(inner).talk(conversation), Failed)


def test_a_login_that_did_not_pass(conversation):
    """The failure carries the identifier of the last response."""
    Peer(pap(b"alice", b"secret")).talk(conversation)
    assert conversation.conclude(passed=False).octets[0] == packet.FAILURE


def test_no_success_without_credentials(conversation):
    """There is no key to give."""
    with pytest.raises(ValueError, match="waits for no login"):
        conversation.conclude(passed=True)


responses = st.builds(
    Response,
    st.integers(0, 4),
    st.sampled_from([packet.IDENTITY, packet.NAK, packet.TTLS, packet.PEAP, packet.GTC, 254]),
    st.one_of(
        st.binary(max_size=40),
        st.binary(max_size=40).map(lambda octets: b"\0\x16\x03\x01" + octets),
        st.binary(max_size=10).map(lambda octets: b"\x40" + octets),
    ),
)


@given(st.lists(responses, max_size=12))
def test_arbitrary_responses(context, sent):
    """Nothing but an outcome, whatever comes; and never a success."""
    conversation = Conversation(Terms(context, ("peap", "ttls")))
    for response in sent:
        outcome = conversation.receive(response)
        assert isinstance(outcome, Request | Failed | Again | Ignored)


def test_a_nak_for_the_other_method(context):
    """The peer chooses what both can do; it may choose once."""
    conversation = Conversation(Terms(context, ("peap", "ttls")))
    first = conversation.receive(Response(1, packet.IDENTITY, b"x"))
    assert first.octets[4] == packet.PEAP
    second = conversation.receive(Response(2, packet.NAK, bytes((packet.TTLS,))))
    assert second.octets[4] == packet.TTLS
    failed = conversation.receive(Response(3, packet.NAK, bytes((packet.PEAP,))))
    assert failed.reason == "late-nak"
