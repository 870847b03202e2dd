"""EAP-MSCHAPv2."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.eap.inner import Concluded, Credentials, InnerRefused, Proof
from proxy.eap.mschapv2 import Mschapv2, hashed_name
from proxy.errors import PeerError
from proxy.secret import Secret

CHALLENGE, PEER, NT = bytes(range(16)), bytes(range(16, 32)), b"r" * 24
PROOF = Proof(b"S=" + b"0" * 40, Secret(bytes(64)))


def response(name=b"alice", *, identifier=0, value=PEER + bytes(8) + NT + b"\0"):
    """As a peer says it (section 2.2)."""
    rest = bytes((len(value),)) + value + name
    return bytes((2, identifier)) + (4 + len(rest)).to_bytes(2, "big") + rest


@pytest.fixture
def begun():
    method = Mschapv2(CHALLENGE)
    assert b"\1\0\0\x20\x10" + CHALLENGE + b"countersign" == method.start(b"alice")
    return method


@pytest.fixture
def known(begun):
    """A peer that has answered the challenge."""
    told = begun.hear(response())
    assert told.password.reveal() == CHALLENGE + b"\0\0" + PEER + bytes(8) + NT
    assert (b"alice", "mschapv2") == (told.username, told.method)
    return begun


def test_a_success_is_proved_and_acknowledged(known):
    """The peer sees that we know its password too; then the keys are there."""
    assert known.keys() is None
    said = known.conclude(passed=True, proof=PROOF)
    assert said == b"\3\0\0\x33" + PROOF.success + b" M=OK"
    assert Concluded() == known.hear(b"\3")
    assert bytes(64) == known.keys().reveal()


def test_a_failure_is_final(known):
    """The text of section 2.4: no second try; and there are no keys."""
    said = known.conclude(passed=False)
    wanted = rb"\x04\x00\x00.E=691 R=0 C=[0-9A-F]{32} V=3 M=Authentication failed"
    assert re.fullmatch(wanted, said, re.DOTALL)
    assert len(said) == said[3]
    assert Concluded() == known.hear(b"\4")
    assert known.keys() is None


@pytest.mark.parametrize("proof", [None, Proof(b""), Proof(b"S=00")])
def test_no_success_without_a_proof(known, proof):
    """The peer would not believe it."""
    with pytest.raises(InnerRefused, match="authenticator response"):
        known.conclude(passed=True, proof=proof)


@pytest.mark.parametrize("said", [b"\4", b"\2", b"", b"\7"])
def test_a_peer_that_does_not_believe_a_success(known, said):
    """Failure, another response, nothing, a change of its password."""
    known.conclude(passed=True, proof=PROOF)
    with pytest.raises(InnerRefused):
        known.hear(said)


def test_a_peer_that_takes_a_failure_for_a_success(known):
    """It does not get in by saying so."""
    known.conclude(passed=False)
    with pytest.raises(InnerRefused):
        known.hear(b"\3")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\3",
        response(identifier=1),
        response()[:-1],
        response() + b"x",
        response(b""),
        response(b"a" * 254),
        response(value=bytes(48)),
        response(b"bob"),
    ],
)
def test_what_is_no_response(begun, said):
    """Nothing, another OpCode, identifier, length or value; no name, a long or another one."""
    with pytest.raises(InnerRefused):
        begun.hear(said)


def test_nothing_can_be_asked(known):
    """A response is all that a peer gives."""
    assert 0 == known.asks
    with pytest.raises(ValueError, match="bears none"):
        known.ask(b"Code?")


@pytest.mark.parametrize(
    ("identity", "name", "wanted"),
    [
        (b"alice", b"alice", b"alice"),
        (b"CORP\\alice", b"alice", b"CORP\\alice"),
        (b"alice", b"CORP\\alice", b"CORP\\alice"),
        (b"CORP\\alice", b"corp\\Alice", b"corp\\Alice"),
        (b"alice@corp.example", b"alice@corp.example", b"alice@corp.example"),
    ],
)
def test_rfc2759_4_the_name_that_was_hashed(identity, name, wanted):
    """It stands as the response has it; the domain is taken from where there is one."""
    assert wanted == hashed_name(identity, name)


@pytest.mark.parametrize("name", [b"bob", b"", b"CORP\\", b"alice@corp.example", b"x\\y\\alice"])
def test_a_name_that_is_another(name):
    """One person answers for one name."""
    with pytest.raises(InnerRefused, match="another name"):
        hashed_name(b"alice", name)


def test_every_challenge_is_another():
    """And nobody's choice but ours."""
    assert len({Mschapv2().start(b"alice") for _ in range(20)}) == 20


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_arbitrary_octets(said):
    """They are refused, or a response that names whom the peer said it is."""
    method = Mschapv2(CHALLENGE)
    method.start(b"alice")
    for octets in said:
        try:
            told = method.hear(octets)
        except PeerError:
            return
        assert isinstance(told, Credentials)
        assert told.username.lower().endswith(b"alice")
        assert len(told.password.reveal()) == 66
