"""A conversation that another server holds: turns, repetitions, and what is held back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.eap import packet
from proxy.eap.conversation import Again, Failed, Ignored, Refused, Request
from proxy.eap.packet import MalformedEap, Response
from proxy.eap.relayed import (
    MAX_ROUNDS,
    Asked,
    Forward,
    Place,
    Relayed,
    Released,
    check_request,
    check_success,
    is_anonymous,
    person,
)
from proxy.secret import Secret

HELD = Released(packet.encode_success(9), ((17, Secret(b"r" * 32)),), None)


def asked(identifier, data=b"", state=b"s"):
    return Asked(
        packet.encode_request(identifier, packet.PEAP, data), Place("192.0.2.1:1812", state)
    )


def hello(name=b"alice", identifier=1):
    return Response(identifier, packet.IDENTITY, name)


def begun():
    """Give a conversation whose device has got a first request."""
    relayed = Relayed()
    assert Forward() == relayed.receive(hello())
    assert isinstance(relayed.asked(asked(2)), Request)
    return relayed


def test_what_the_server_asks_goes_on_unchanged():
    """With its Identifier; where it is and its State are kept."""
    relayed = Relayed()
    assert Forward() == relayed.receive(hello())
    said = asked(77, b"anything")
    assert Request(said.octets) == relayed.asked(said)
    assert (said.place, said.octets) == (relayed.place, relayed.beat())
    assert b"alice" == relayed.outer_identity


def test_a_peer_is_asked_who_it_is_where_its_authenticator_did_not():
    """The other server hears the answer, as from any authenticator (RFC 3579 section 2.1)."""
    relayed = Relayed()
    assert Request(packet.encode_request(7, packet.IDENTITY, b"")) == relayed.greet(7)
    assert Ignored("another-identifier") == relayed.receive(hello())
    assert Forward() == relayed.receive(hello(identifier=7))
    assert (None, b"alice") == (relayed.place, relayed.outer_identity)


def test_a_response_goes_on_once():
    """What repeats gets the last request again; there is none yet while the server is asked."""
    relayed = begun()
    answer = Response(2, packet.PEAP, b"hello")
    assert Forward() == relayed.receive(answer)
    assert Again(relayed.beat()) == relayed.receive(answer)
    relayed.asked(asked(3))
    assert Again(asked(3).octets) == relayed.receive(answer)


@pytest.mark.parametrize("kind", [packet.NAK, packet.PEAP])
def test_another_response_while_the_server_is_asked(kind):
    """It is no answer to anything."""
    relayed = begun()
    relayed.receive(Response(2, packet.PEAP, b"hello"))
    assert Ignored("out-of-turn") == relayed.receive(Response(2, kind, b"other"))


def test_a_response_with_another_identifier():
    """RFC 3748 section 4.1."""
    assert Ignored("another-identifier") == begun().receive(Response(1, packet.PEAP, b"x"))


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (Response(1, packet.NAK, b"\x15"), "no-identity"),
        (hello(b"x" * 254), "long-identity"),
    ],
)
def test_it_begins_with_an_identity(first, reason):
    """The other server is not asked."""
    assert Failed(packet.encode_failure(1), reason) == Relayed().receive(first)


def test_an_identity_does_not_change():
    """Where the other server asks again, the device says the same, or it is over."""
    relayed = begun()
    assert Forward() == relayed.receive(hello(identifier=2))
    relayed.asked(asked(3))
    assert "another-identity" == relayed.receive(hello(b"bob", 3)).reason


def test_a_conversation_has_an_end():
    """However long the other server goes on."""
    relayed = begun()
    for number in range(2, MAX_ROUNDS + 1):
        assert Forward() == relayed.receive(Response(number % 256, packet.PEAP, b"x"))
        said = relayed.asked(asked((number + 1) % 256))
    assert isinstance(said, Request)
    relayed.receive(Response((MAX_ROUNDS + 1) % 256, packet.PEAP, b"x"))
    assert "too-many-rounds" == relayed.asked(asked(1)).reason


def test_nothing_is_released_before_it_is_held():
    """Nor twice."""
    relayed = begun()
    with pytest.raises(ValueError, match="waits for no login"):
        relayed.conclude(passed=True)
    relayed.receive(Response(2, packet.PEAP, b"x"))
    relayed.hold(HELD)
    assert HELD == relayed.conclude(passed=True)
    with pytest.raises(ValueError, match="waits for no login"):
        relayed.conclude(passed=True)


def test_a_refusal_has_the_identifier_of_the_last_response():
    """RFC 3748 section 4.2; what was held is gone."""
    relayed = begun()
    relayed.receive(Response(2, packet.PEAP, b"x"))
    relayed.hold(HELD)
    assert Refused(packet.encode_failure(2)) == relayed.conclude(passed=False)


def test_while_a_phone_is_awaited_nothing_goes_on():
    """The answer to a heartbeat repeats; anything else is ignored."""
    relayed = begun()
    answer = Response(2, packet.PEAP, b"x")
    relayed.receive(answer)
    relayed.hold(HELD)
    assert Again(asked(2).octets) == relayed.receive(answer)
    assert Ignored("out-of-turn") == relayed.receive(Response(2, packet.PEAP, b"y"))


def test_no_key_is_shown():
    """Where a conversation is printed."""
    assert "rrrr" not in repr(HELD)


@pytest.mark.parametrize(
    "identity",
    [b"", b"  ", b"@x.org", b"anonymous", b"Anonymous@x.org", b"anonymous-wifi", b"X\\anonymous"],
)
def test_identities_that_name_nobody(identity):
    """RFC 7542 section 2.4, and what supplicants are told to say."""
    assert is_anonymous(identity)


@pytest.mark.parametrize("identity", [b"alice", b"alice@example.org", b"CORP\\alice"])
def test_identities_that_name_somebody(identity):
    """As far as they are to be believed."""
    assert not is_anonymous(identity)


@pytest.mark.parametrize(
    ("returned", "outer", "must_return", "name"),
    [
        (b"alice", b"bob", False, b"alice"),
        (b"alice", b"anonymous", True, b"alice"),
        (None, b"bob", False, b"bob"),
        (None, b"bob", True, None),
        (None, b"anonymous@example.org", False, None),
        (b"anonymous", b"bob", False, b"bob"),
        (b"anonymous", b"bob", True, None),
        (b"", b"", False, None),
    ],
)
def test_who_it_is(returned, outer, must_return, name):
    """The server's word, else the device's where that may be believed, else nobody."""
    assert name == person(returned, outer, must_return=must_return)


@pytest.mark.parametrize(
    "octets",
    [b"", b"\1", b"\1\2\0\4", b"\1\2\0\6\x19", b"\2\2\0\5\x19", packet.encode_success(1)],
)
def test_what_is_no_request(octets):
    """It does not go on to a device."""
    with pytest.raises(MalformedEap):
        check_request(octets)


@pytest.mark.parametrize(
    "octets",
    [b"", b"\3\1\0\5", b"\3\1\0\4\0", packet.encode_failure(1), packet.encode_request(1, 4, b"")],
)
def test_what_is_no_success(octets):
    """It releases nothing."""
    with pytest.raises(MalformedEap):
        check_success(octets)


@given(st.binary(max_size=300))
def test_whatever_another_server_says(octets):
    """A request that passes is read by a peer as one of its length; all else is malformed."""
    for check, code in ((check_request, packet.REQUEST), (check_success, packet.SUCCESS)):
        try:
            check(octets)
        except MalformedEap:
            continue
        assert (code, len(octets)) == (octets[0], int.from_bytes(octets[2:4], "big"))


RESPONSES = st.builds(
    Response,
    st.integers(0, 255),
    st.sampled_from([packet.IDENTITY, packet.NAK, packet.PEAP]),
    st.binary(max_size=3),
)


@given(st.lists(st.tuples(RESPONSES, st.booleans()), max_size=40))
def test_whatever_a_device_says(history):
    """At most one response is with the server at a time, and none goes on twice in a row."""
    relayed, forwarded, waiting = Relayed(), [], False
    for number, (response, answers) in enumerate(history):
        if isinstance(relayed.receive(response), Forward):
            assert not waiting
            assert [response] != forwarded[-1:]
            forwarded.append(response)
            waiting = True
        if waiting and answers:
            relayed.asked(asked(number % 256))
            waiting = False
