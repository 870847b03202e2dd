"""EAP on its way to an upstream server and back."""

import pytest
from pyrad.packet import AuthPacket
from twisted.internet.defer import Deferred

from proxy.eap import packet
from proxy.eap.relayed import Accepted, Asked, Place, Rejected, Silent, Turn
from tests.firstfactor.test_upstream import SEALS, World
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.radius_server import attributes_of, reply
from tests.peers.upstream_network import SECRET, values

USER_NAME, FRAMED_MTU, STATE, VENDOR, CALLING, PROXY_STATE = 1, 12, 24, 26, 31, 33
EAP_MESSAGE, MESSAGE_AUTHENTICATOR = 79, 80
RESPONSE = b"\2\1\0\x0a\x01alice"
REQUEST = packet.encode_request(2, packet.PEAP, b"x" * 600)
SUCCESS = packet.encode_success(7)
NAS = ((PROXY_STATE, b"p"), (STATE, b"ours"), (FRAMED_MTU, b"\0\0\4\0"), (CALLING, b"02-00"))
SEND, RECV = b"s" * 32, b"r" * 48


def pieces(octets):
    return [(EAP_MESSAGE, octets[at : at + 253]) for at in range(0, len(octets), 253)]


def keys(octets):
    """Write MS-MPPE-Send-Key and -Recv-Key as another implementation hides them."""
    theirs = AuthPacket(secret=SECRET, authenticator=octets[4:20])
    for kind, key in ((16, SEND), (17, RECV)):
        hidden = theirs.SaltCrypt(key)
        inner = bytes((kind, 2 + len(hidden))) + hidden
        yield (VENDOR, (311).to_bytes(4, "big") + inner)


def relay(world, place=None, eap=RESPONSE, seconds=30):
    """Send a response on; give what is said."""
    found = []
    turn = Turn(eap, b"alice", NAS, place)
    Deferred.fromCoroutine(world.upstream.eap.relay(turn)).addBoth(found.append)
    world.network.pass_time(seconds)
    return found[0]


def test_what_reaches_the_server():
    """Signed, with name, response and what `send` names; never what belongs to the NAS's hop."""
    world = World(send=("Calling-Station-Id",))
    world.answers(ACCESS_REJECT)
    relay(world, Place("192.0.2.1:1812", b"theirs"), b"\2\1\1\x2c\x19" + bytes(295))
    (octets,) = world.server.heard
    assert MESSAGE_AUTHENTICATOR == attributes_of(octets)[0][0]
    assert [b"alice"] == values(octets, USER_NAME)
    assert [b"theirs"] == values(octets, STATE)
    assert [b"02-00"] == values(octets, CALLING)
    assert [b"\0\0\4\0"] == values(octets, FRAMED_MTU)
    assert [] == values(octets, PROXY_STATE)
    assert [253, 47] == [len(one) for one in values(octets, EAP_MESSAGE)]


def test_the_first_response_has_no_state():
    """None of ours, above all."""
    world = World()
    world.answers(ACCESS_REJECT)
    relay(world)
    assert [] == values(world.server.heard[0], STATE)


def test_what_it_asks_is_put_together():
    """One EAP packet, and where its conversation goes on."""
    world = World()
    world.answers(ACCESS_CHALLENGE, [*pieces(REQUEST), (STATE, b"next")])
    assert Asked(REQUEST, Place("192.0.2.1:1812", b"next")) == relay(world)


def test_an_accept_is_taken_apart():
    """EAP-Success as it came, the keys revealed, what passes sealed, and who it is."""
    world = World(attributes=("Class",))
    more = [*pieces(SUCCESS), (USER_NAME, b"Alice"), (25, b"class"), (11, b"filter")]
    world.server.on_request = lambda octets: reply(
        SECRET, octets, ACCESS_ACCEPT, [*more, *keys(octets)]
    )
    said = relay(world)
    assert isinstance(said, Accepted)
    assert b"Alice" == said.user_name
    assert SUCCESS == said.held.octets
    assert [(16, SEND), (17, RECV)] == [(kind, key.reveal()) for kind, key in said.held.keys]
    (passed,) = SEALS.open_attributes(said.held.passed)
    assert b"class" == passed.value


def test_an_accept_without_keys():
    """Some methods have none."""
    world = World()
    world.answers(ACCESS_ACCEPT, pieces(SUCCESS))
    said = relay(world)
    assert ((), None, None) == (said.held.keys, said.held.passed, said.user_name)


def test_a_reject():
    """The server refuses."""
    world = World()
    world.answers(ACCESS_REJECT, pieces(packet.encode_failure(1)))
    assert Rejected() == relay(world)


@pytest.mark.parametrize(
    ("code", "attributes"),
    [
        (ACCESS_ACCEPT, []),
        (ACCESS_ACCEPT, pieces(packet.encode_failure(1))),
        (ACCESS_ACCEPT, [*pieces(SUCCESS), (VENDOR, b"\0\0\1\x37\x10\x13" + bytes(17))]),
        (ACCESS_CHALLENGE, [(STATE, b"s")]),
        (ACCESS_CHALLENGE, pieces(SUCCESS)),
    ],
)
def test_answers_that_let_nobody_in(code, attributes):
    """No EAP, another EAP packet, keys that cannot be revealed: told, and refused."""
    world = World()
    world.answers(code, attributes)
    said = relay(world)
    assert isinstance(said, Rejected)
    assert said.detail


def test_silence():
    """After all its transmissions."""
    world = World()
    world.server.reachable = False
    assert isinstance(relay(world), Silent)


def test_a_response_that_has_no_room():
    """A packet has 4096 octets."""
    assert relay(World(), None, bytes(4080)).detail.startswith("a request has no room")


def test_eap_without_message_authenticator_is_no_answer():
    """RFC 3579 section 3.2, whatever is required of answers otherwise."""
    world = World(require_message_authenticator=False)
    world.server.on_request = lambda octets: reply(
        SECRET, octets, ACCESS_ACCEPT, pieces(SUCCESS), signed=False
    )
    assert isinstance(relay(world), Silent)


def test_another_server_may_begin():
    """Where the first one is dead."""
    world = World(count=2)
    first, second = world.network.servers
    first.reachable = False
    second.on_request = lambda octets: reply(
        SECRET, octets, ACCESS_CHALLENGE, [*pieces(REQUEST), (STATE, b"s")]
    )
    assert "192.0.2.2:1812" == relay(world).place.server


def test_no_other_server_goes_on():
    """The conversation is with the one that has its State."""
    world = World(count=2)
    first, second = world.network.servers
    first.reachable = False
    assert isinstance(relay(world, Place("192.0.2.1:1812", b"s")), Silent)
    assert [] == second.heard


def test_a_server_that_is_configured_no_more():
    """Its conversations are over."""
    assert isinstance(relay(World(), Place("192.0.2.9:1812", b"s")), Silent)
