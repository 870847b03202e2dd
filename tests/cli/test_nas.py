"""The NAS for a terminal, its requests and what it believes."""

from collections.abc import Iterator

import pytest

from proxy.cli.nas import BadRequest, Nas, Reply
from tests.peers import nas as peer
from tests.peers.radius_server import Answering, attributes_of, reply

SECRET = b"a secret of more than 12 octets"


class ToldUdp:
    """Obeys `Udp`: gives the datagrams that it was told, keeps what was sent."""

    def __init__(self, *answers: Answering) -> None:
        self.sent: list[bytes] = []
        self._answers = answers

    def exchange(self, octets: bytes) -> Iterator[bytes]:
        self.sent.append(octets)
        for answer in self._answers:
            datagram = answer(octets)
            if datagram is not None:
                yield datagram


def accept(request: bytes) -> bytes:
    return reply(SECRET, request, peer.ACCESS_ACCEPT, [])


def ask(*answers: Answering, attributes: tuple[tuple[str, str], ...] = ()) -> Reply | None:
    return Nas(ToldUdp(*answers), SECRET, attributes).ask("alice", "secret")


def test_message_authenticator_is_the_first_attribute_of_a_request():
    """A request is signed, and carries name, hidden password and what was asked for."""
    udp = ToldUdp(accept)
    Nas(udp, SECRET, [("NAS-Identifier", "n1"), ("NAS-Port", "7")]).ask("alice", "secret")
    (sent,) = udp.sent
    expected = peer.request(
        SECRET,
        [
            (1, b"alice"),
            (2, peer.hide_password(b"secret", SECRET, sent[4:20])),
            (32, b"n1"),
            (5, b"\x00\x00\x00\x07"),
        ],
        identifier=sent[1],
        authenticator=sent[4:20],
    )
    assert sent == expected


def test_the_state_goes_back_as_it_came():
    """A State that looks like hex digits is echoed unchanged; an empty answer fills a block."""
    udp = ToldUdp(accept)
    Nas(udp, SECRET, []).ask("alice", "", b"0x12")
    attributes = dict(attributes_of(udp.sent[0]))
    assert attributes[24] == b"0x12"
    assert len(attributes[2]) == 16


def test_requests_have_authenticators_of_their_own():
    """No two requests have the same Request Authenticator."""
    udp = ToldUdp()
    for _ in range(5):
        Nas(udp, SECRET, []).ask("alice", "secret")
    assert len({sent[4:20] for sent in udp.sent}) == 5


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: reply(SECRET, request, 2, [], signed=False),
        lambda request: reply(b"another secret", request, 2, []),
        lambda request: reply(SECRET, bytes((1, request[1] ^ 1)) + request[2:], 2, []),
        lambda request: reply(SECRET, request[:4] + bytes(16), 2, []),
        lambda request: reply(SECRET, request, 5, []),
        lambda request: reply(SECRET, request, 2, [(18, b"x")])[:-1] + b"y",
        lambda request: b"",
        lambda request: b"\x02" * 300,
    ],
    ids=[
        "no Message-Authenticator",
        "another secret",
        "another Identifier",
        "another request",
        "another code",
        "changed",
        "empty",
        "no packet",
    ],
)
def test_what_does_not_verify_is_no_reply(answer: Answering):
    """A reply that fails its check is no reply; the right one after it counts."""
    assert ask(answer) is None
    verified = ask(answer, accept)
    assert verified is not None
    assert verified.outcome == "accept"


def test_a_reply_comes_as_texts():
    """Reply-Message and attributes come by name; what is the protocol's own does not."""
    body = [
        (18, "Prüfung".encode()),
        (6, b"\x00\x00\x00\x02"),
        (25, b"ab"),
        (25, b"\xff\x00"),
        (64, b"\x01\x00\x00\x0d"),
        (241, b"\x01"),
        (76, b"\x00\x00\x00\x00"),
        (24, b"state"),
    ]
    found = ask(lambda request: reply(SECRET, request, peer.ACCESS_CHALLENGE, body))
    assert found == Reply(
        outcome="challenge",
        messages=("Prüfung",),
        attributes=(
            ("Service-Type", "Framed-User"),
            ("Class", "ab"),
            ("Class", "0xff00"),
            ("Tunnel-Type", "VLAN"),
            ("241", "0x01"),
            ("Prompt", "No-Echo"),
        ),
        state=b"state",
        hidden=True,
    )


def test_attributes_of_equipment_come_by_name():
    """In the order and number in which they came; what no dictionary has, by its numbers."""
    body = [
        (26, b"\x00\x00\x00\x09\x01\x13shell:priv-lvl=15"),
        (26, b"\x00\x00\x00\x09\x01\x12ip:addr-pool=vpn"),
        (26, b"\x00\x00\x30\x44\x01\x07staff"),
        (26, b"\x00\x00\x01\x37\x1c\x06\xc0\x00\x02\x35"),
        (26, b"\x00\x00\xfd\xe7\x01\x03x"),
    ]
    found = ask(lambda request: reply(SECRET, request, 2, body))
    assert found is not None
    assert found.attributes == (
        ("Cisco-AVPair", "shell:priv-lvl=15"),
        ("Cisco-AVPair", "ip:addr-pool=vpn"),
        ("Fortinet-Group-Name", "staff"),
        ("MS-Primary-DNS-Server", "192.0.2.53"),
        ("26.64999.1", "x"),
    )


def test_attributes_of_equipment_are_sent():
    """What a NAS tells of itself, for policies that look at it."""
    udp = ToldUdp(accept)
    Nas(udp, SECRET, [("Fortinet-Vdom-Name", "root")]).ask("alice", "secret")
    assert (26, b"\x00\x00\x30\x44\x03\x06root") in attributes_of(udp.sent[0])


def test_a_value_of_another_type_is_told():
    """A verified reply with a value that is not of its type is shown all the same."""
    found = ask(lambda request: reply(SECRET, request, 2, [(27, b"\x01")]))
    assert found is not None
    assert found.attributes == (("Session-Timeout", "a value that is not of the attribute's type"),)


@pytest.mark.parametrize(
    ("attributes", "password", "message"),
    [
        ((("Nas-Prt", "1"),), "secret", "found attribute Nas-Prt"),
        ((("NAS-Port", "x"),), "secret", "found 'x' for NAS-Port"),
        ((), "x" * 129, "129"),
    ],
)
def test_what_cannot_be_sent_is_told(
    attributes: tuple[tuple[str, str], ...], password: str, message: str
):
    """Unknown names, bad values and long passwords are wrong use."""
    udp = ToldUdp()
    with pytest.raises(BadRequest, match=message):
        Nas(udp, SECRET, attributes).ask("alice", password)
    assert udp.sent == []
