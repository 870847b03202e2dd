"""Notifications in a conversation, which keep a device patient."""

import pytest

from proxy.eap import packet
from proxy.eap.conversation import NOTICE, Again, Conversation, Granted, Ignored, Refused
from proxy.eap.packet import Response
from proxy.eap.terms import Heartbeat, Terms
from tests.eap.peap_peer import PeapPeer
from tests.eap.peer import Peer, pap

HEARTBEAT = Heartbeat(2.5, 60.0, notice=True)


@pytest.fixture
def conversation(context):
    return Conversation(Terms(context, ("peap",), heartbeat=HEARTBEAT))


@pytest.fixture
def peer(conversation):
    """A peer that has told its credentials, and waits."""
    peer = PeapPeer(b"alice", b"secret", b"123456")
    peer.talk(conversation)
    return peer


def test_each_has_an_identifier_of_its_own(conversation, peer):
    """The real request after them has the next one; success has that of the last response."""
    last = conversation._response.identifier
    for number in range(1, 4):
        notice = conversation.beat()
        assert (notice[1], notice[4], notice[5:]) == (
            last + number,
            packet.NOTIFICATION,
            NOTICE,
        )
        assert isinstance(conversation.receive(peer.answer(notice)), Again)
    asked = conversation.conclude(passed=True)
    assert (asked.octets[1], asked.octets[4]) == (last + 4, packet.PEAP)
    granted = conversation.receive(peer.answer(asked.octets))
    assert isinstance(granted, Granted)
    assert granted.octets[1] == last + 4
    exported = peer.tls.export_keying_material(
        b"EXPORTER_EAP_TLS_Key_Material", 128, bytes((packet.PEAP,))
    )
    assert granted.msk.reveal() == exported[:64]


def test_it_is_no_short_message():
    """Of packets below 20 octets wpa_supplicant bears no more than 50."""
    assert len(NOTICE) >= 15


def test_a_question_after_one(conversation, peer):
    """What the person is asked then is answered as ever."""
    conversation.receive(peer.answer(conversation.beat()))
    asked = conversation.ask(b"Code?")
    found = conversation.receive(peer.answer(asked.octets))
    assert found.text.reveal() == b"123456"
    assert peer.asked[-1] == b"Code?"


def test_a_refusal_after_one(conversation, peer):
    """It is said inside, acknowledged, and ends with the identifier of that."""
    conversation.receive(peer.answer(conversation.beat()))
    said = conversation.conclude(passed=False)
    refused = conversation.receive(peer.answer(said.octets))
    assert isinstance(refused, Refused)
    assert refused.octets[1] == said.octets[1]


def test_one_that_has_no_answer_is_sent_again(conversation, peer):
    """A NAS that never got it brings the answer before it once more."""
    notice = conversation.beat()
    assert isinstance(conversation.receive(conversation._response), Again)
    assert conversation.beat() == notice
    assert conversation.conclude(passed=True).octets[1] == notice[1] + 1


def test_its_answer_may_come_twice(conversation, peer):
    """As that of any request; and late, when the next question is there already."""
    answer = peer.answer(conversation.beat())
    for _ in range(2):
        assert isinstance(conversation.receive(answer), Again)
    asked = conversation.conclude(passed=True)
    assert conversation.receive(answer) == Again(asked.octets)
    assert isinstance(conversation.receive(peer.answer(asked.octets)), Granted)


@pytest.mark.parametrize(("moved", "type_"), [(1, packet.NOTIFICATION), (0, packet.PEAP)])
def test_what_does_not_answer_it(conversation, peer, moved, type_):
    """Another identifier, or another type: nothing is done, TLS sees nothing."""
    notice = conversation.beat()
    wrong = Response((notice[1] + moved) % 256, type_, b"")
    assert conversation.receive(wrong) == Ignored("out-of-turn")
    assert isinstance(conversation.receive(peer.answer(notice)), Again)
    assert isinstance(
        conversation.receive(peer.answer(conversation.conclude(passed=True).octets)), Granted
    )


def test_nobody_answers_what_was_not_asked(conversation, peer):
    """A Notification in answer to none."""
    late = Response((conversation._response.identifier + 1) % 256, packet.NOTIFICATION, b"")
    assert conversation.receive(late) == Ignored("out-of-turn")


def test_other_methods_bear_none(context):
    """In TTLS the last request is sent again."""
    conversation = Conversation(Terms(context, ("ttls",), heartbeat=HEARTBEAT))
    Peer(pap(b"alice", b"secret")).talk(conversation)
    assert conversation.beat() == conversation._request
    assert isinstance(conversation.receive(conversation._response), Again)
