"""Methods without TLS: what IKEv2 gateways speak."""

import pytest

from proxy.eap import packet
from proxy.eap.bare import ASKS
from proxy.eap.conversation import Conversation, Failed, Granted, Refused
from proxy.eap.inner import Answered, Credentials, Proof
from proxy.eap.packet import Response
from proxy.eap.terms import Terms
from proxy.secret import Secret


@pytest.fixture
def conversation(context):
    return Conversation(Terms(context, ("gtc", "ttls"), bare_asks=True))


def begun(conversation, name=b"alice"):
    """Say who it is; give the first request."""
    return conversation.receive(Response(1, packet.IDENTITY, name))


def told(conversation, text=b"secret", identifier=2):
    return conversation.receive(Response(identifier, packet.GTC, text))


def test_a_password(conversation):
    """The peer is who it said to be; success comes without keys."""
    assert begun(conversation).octets[4:] == bytes((packet.GTC,)) + b"Password: "
    found = told(conversation)
    assert isinstance(found, Credentials)
    assert (found.username, found.password.reveal(), found.method) == (b"alice", b"secret", "gtc")
    granted = conversation.conclude(passed=True)
    assert granted == Granted(packet.encode_success(2), None)


def test_questions_after_it(conversation):
    """As many as there is room for, each a request of its own."""
    begun(conversation)
    told(conversation)
    for number in range(ASKS):
        assert conversation.asks == ASKS - number
        request = conversation.ask(b"Code: ")
        assert request.octets[4:] == bytes((packet.GTC,)) + b"Code: "
        answered = told(conversation, b"123456", request.octets[1])
        assert isinstance(answered, Answered)
        assert answered.text.reveal() == b"123456"
    assert conversation.asks == 0
    with pytest.raises(ValueError, match="no room"):
        conversation.ask(b"Code: ")


def test_a_peer_that_bears_no_question(context):
    """Nothing is asked after the password."""
    conversation = Conversation(Terms(context, ("gtc",)))
    begun(conversation)
    told(conversation)
    assert conversation.asks == 0


def test_a_login_that_did_not_pass(conversation):
    """The failure comes at once."""
    begun(conversation)
    told(conversation)
    assert isinstance(conversation.conclude(passed=False), Refused)


def test_a_peer_that_says_nothing_of_itself(conversation):
    """There is no tunnel in which it could."""
    failed = begun(conversation, b"")
    assert isinstance(failed, Failed)
    assert failed.reason == "inner-refused"


def test_a_peer_that_wants_a_tunnel(conversation):
    """It chooses it."""
    begun(conversation)
    second = conversation.receive(Response(2, packet.NAK, bytes((packet.TTLS,))))
    assert second.octets[4] == packet.TTLS


def test_an_answer_that_is_too_long(conversation):
    """No person types that."""
    begun(conversation)
    assert told(conversation, b"x" * 2000).reason == "inner-refused"


PROOF = Proof(b"S=" + b"0" * 40, Secret(bytes(range(64))))


def answered_challenge(context):
    """Give a conversation whose peer answered the challenge of MSCHAPv2."""
    conversation = Conversation(Terms(context, ("mschapv2",)))
    request = begun(conversation)
    identifier = request.octets[6]
    value = bytes(49)
    rest = bytes((len(value),)) + value + b"alice"
    data = bytes((2, identifier)) + (4 + len(rest)).to_bytes(2, "big") + rest
    found = conversation.receive(Response(2, packet.MSCHAPV2, data))
    assert (found.username, found.method, conversation.asks) == (b"alice", "mschapv2", 0)
    return conversation


def test_mschapv2_has_keys(context):
    """The peer acknowledges our proof; the keys come of the response, without a tunnel."""
    conversation = answered_challenge(context)
    said = conversation.conclude(passed=True, proof=PROOF)
    assert PROOF.success in said.octets
    granted = conversation.receive(Response(said.octets[1], packet.MSCHAPV2, b"\3"))
    assert granted.msk.reveal() == bytes(range(64))


def test_mschapv2_that_did_not_pass(context):
    """The peer acknowledges that too."""
    conversation = answered_challenge(context)
    said = conversation.conclude(passed=False)
    assert b"E=691" in said.octets
    refused = conversation.receive(Response(said.octets[1], packet.MSCHAPV2, b"\4"))
    assert isinstance(refused, Refused)
