"""
EAP from a hostile station: its packets, what it says inside a tunnel, and a real TLS client whose
packets are altered on the way.

Whatever comes, a conversation gives an outcome and never raises; credentials come of nothing but a
whole handshake, and what is granted has a key.
"""

from functools import cache

from proxy.eap import packet
from proxy.eap.conversation import (
    Again,
    Conversation,
    Failed,
    Granted,
    Ignored,
    Request,
)
from proxy.eap.fragments import MAX_MESSAGE, Assembly, BadFragment, cut, read_piece
from proxy.eap.inner import MAX_NAME, Concluded, Credentials, Proof, Say
from proxy.eap.mschapv2 import Mschapv2
from proxy.eap.packet import MalformedEap, Response, decode_response
from proxy.eap.peap import PeapInner
from proxy.eap.terms import Terms
from proxy.eap.ttls import TtlsInner
from proxy.errors import PeerError
from tests.eap.peer import Peer, pap
from tests.peers.eap_tls import server_context

ROUNDS = 20
ALL = ("mschapv2", "gtc", "pap")
CHALLENGE = bytes(range(16))


def challenge(label, length):
    """Give what a tunnel does."""
    return (CHALLENGE + b"\0")[:length]


@cache
def _terms():
    return Terms(server_context(), ("ttls", "peap"))


def response(octets):
    """What is read has the length that it tells; its data are pieces of a message or refused."""
    try:
        read = decode_response(octets)
    except MalformedEap:
        return
    assert len(read.data) + 5 == len(octets) == int.from_bytes(octets[2:4], "big")
    try:
        message = Assembly().add(read_piece(read.data))
    except BadFragment:
        return
    if message is not None:
        assert len(message) <= MAX_MESSAGE
        assert message == Assembly().add(read_piece(cut(message, MAX_MESSAGE + 10)[0]))


def inside(octets):
    """What is said inside is understood or refused; a name is never empty or long."""
    for inner in (TtlsInner(), PeapInner(), TtlsInner(ALL, challenge), PeapInner(ALL)):
        inner.begin()
        for said in octets.split(b"\xff\xfe"):
            try:
                heard = inner.hear(said)
            except PeerError:
                break
            assert isinstance(heard, Say | Credentials | Concluded) or heard.text is not None
            if isinstance(heard, Credentials):
                assert 0 < len(heard.username) <= MAX_NAME
                assert heard.method != "mschapv2" or len(heard.password.reveal()) == 66


def mschapv2(octets):
    """Identity, response, result: the name is one, and nobody who refused a result has heard it."""
    identity, *rest = octets.split(b"\xff\xfe", 2)
    method, passed = Mschapv2(CHALLENGE), len(octets) % 2 == 1
    method.start(identity[:MAX_NAME])
    for number, said in enumerate(rest):
        try:
            heard = method.hear(said)
        except PeerError:
            return
        if number == 1:
            assert isinstance(heard, Concluded)
            assert said[0] == (3 if passed else 4)
            return
        told = heard.password.reveal()
        assert (told[:16], told[16], told[18:42]) == (CHALLENGE, said[1], said[5:29])
        assert 0 < len(heard.username) <= MAX_NAME
        assert heard.username.rpartition(b"\\")[2].lower() in identity.lower()
        method.conclude(passed=passed, proof=Proof(b"S=" + b"0" * 40))


def conversation(octets):
    """A handshake of a real client, in which one response is altered, doubled or put in."""
    where, what, rest = (octets + b"\0\0")[0] % 8, (octets + b"\0\0")[1] % 4, octets[2:]
    peer, held = Peer(pap(b"alice", b"secret")), Conversation(_terms())
    response_now = peer.hello()
    for number in range(ROUNDS):
        sent = response_now
        if number == where:
            sent = _altered(response_now, what, rest)
        outcome = held.receive(sent)
        if isinstance(outcome, Credentials):
            granted = held.conclude(passed=True)
            assert isinstance(granted, Granted)
            assert len(granted.msk.reveal()) == 64
            assert outcome.username == b"alice" or number == where
            return
        if isinstance(outcome, Failed):
            assert outcome.octets[0] == packet.FAILURE
            return
        if isinstance(outcome, Ignored):
            outcome = held.receive(response_now)
        if not isinstance(outcome, Request | Again) or not outcome.octets:
            return
        try:
            response_now = peer.answer(outcome.octets)
        except Exception:  # noqa: BLE001 - the client does not like what became of its packets
            return


def _altered(response_now, what, rest):
    identifier, type_, data = response_now.identifier, response_now.type, response_now.data
    match what:
        case 0:
            return Response(identifier, type_, rest)
        case 1:
            at = (rest + b"\0")[0] % (len(data) + 1)
            return Response(identifier, type_, data[:at] + rest[1:] + data[at:])
        case 2:
            at = (rest + b"\0")[0] % (len(data) + 1)
            return Response(identifier, type_, data[:at] + rest[1:] + data[at + len(rest) :])
        case _:
            return Response((rest + b"\0")[0], (rest + b"\0\0")[1], data)
