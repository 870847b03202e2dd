"""Requests to another RADIUS server, and which answers are believed."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import PeerError
from proxy.radius.integrity import (
    BadMessageAuthenticator,
    MissingMessageAuthenticator,
    check_request,
)
from proxy.radius.packet import (
    ACCESS_ACCEPT,
    ACCESS_REJECT,
    ACCESS_REQUEST,
    EAP_MESSAGE,
    MESSAGE_AUTHENTICATOR,
    STATUS_SERVER,
    USER_NAME,
    USER_PASSWORD,
    MalformedPacket,
    decode,
)
from proxy.radius.password import reveal_password
from proxy.radius.requests import (
    BadResponseAuthenticator,
    NotAnAnswer,
    Sent,
    read_answer,
    write_request,
)
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers.radius_server import reply

SECRET = b"xyzzy5461"
SHARED = SharedSecret(Secret(SECRET))
AUTHENTICATOR = bytes(range(16))


def sent(code: int = ACCESS_REQUEST, identifier: int = 7, secret: SharedSecret = SHARED) -> Sent:
    password = Secret(b"arctangent") if code == ACCESS_REQUEST else None
    return write_request(code, identifier, AUTHENTICATOR, [(USER_NAME, b"nemo")], secret, password)


def test_a_request_is_signed_first_and_hides_the_password():
    """Message-Authenticator is the first attribute; a server that requires it takes the request."""
    asked = sent()
    packet = decode(asked.octets)
    assert (ACCESS_REQUEST, 7, AUTHENTICATOR) == (
        packet.code,
        packet.identifier,
        packet.authenticator,
    )
    assert [MESSAGE_AUTHENTICATOR, USER_NAME, USER_PASSWORD] == [
        one for one, _ in packet.attributes
    ]
    hidden = packet.first(USER_PASSWORD) or b""
    assert reveal_password(hidden, SHARED, AUTHENTICATOR) == b"arctangent"
    check_request(
        packet,
        asked.octets,
        SHARED,
        require_message_authenticator=True,
        limit_proxy_state=True,
    )


def test_what_has_no_room_is_not_written():
    """A packet has at most 4096 octets, a password 128."""
    with pytest.raises(ValueError, match="4096"):
        write_request(ACCESS_REQUEST, 1, AUTHENTICATOR, [(26, bytes(250))] * 17, SHARED)
    with pytest.raises(ValueError, match="128"):
        write_request(ACCESS_REQUEST, 1, AUTHENTICATOR, [], SHARED, Secret(bytes(129)))


def test_a_right_answer_is_read():
    """Identifier, code and both authenticators fit; octets after Length are padding."""
    octets = reply(SECRET, sent().octets, ACCESS_ACCEPT, [(25, b"staff")])
    assert read_answer(octets + b"padding", sent(), SHARED).first(25) == b"staff"


def test_message_authenticator_may_stand_anywhere_in_an_answer():
    """Its place is not judged."""
    octets = reply(SECRET, sent().octets, ACCESS_ACCEPT, [(25, b"staff"), (25, b"more")])
    body = octets[20:]
    moved = bytearray(octets[:4] + AUTHENTICATOR + body[18:] + body[:2] + bytes(16))
    moved[-16:] = SHARED.message_authenticator(bytes(moved))
    authenticator = hashlib.md5(bytes(moved) + SECRET).digest()
    octets = bytes(moved[:4]) + authenticator + bytes(moved[20:])
    assert read_answer(octets, sent(), SHARED).all(25) == [b"staff", b"more"]


@pytest.mark.parametrize(
    ("octets", "wrong"),
    [
        (reply(b"other", sent().octets, ACCESS_ACCEPT, []), BadResponseAuthenticator),
        (reply(SECRET, sent(identifier=8).octets, ACCESS_ACCEPT, []), NotAnAnswer),
        (reply(SECRET, sent().octets, 2, [], signed=False), MissingMessageAuthenticator),
        (reply(SECRET, sent().octets, STATUS_SERVER, []), NotAnAnswer),
        (reply(SECRET, sent().octets, ACCESS_ACCEPT, [])[:-1], MalformedPacket),
        (b"", MalformedPacket),
    ],
)
def test_any_other_packet_is_none(octets, wrong):
    """Another secret, another request, no Message-Authenticator, another code, cut short."""
    with pytest.raises(wrong):
        read_answer(octets, sent(), SHARED)


def test_a_wrong_message_authenticator_is_never_passed():
    """Not even where none is required: the Response Authenticator alone can be forged."""
    octets = bytearray(reply(SECRET, sent().octets, ACCESS_ACCEPT, []))
    octets[-1] ^= 1
    signed = bytes(octets[:4]) + AUTHENTICATOR + bytes(octets[20:])
    octets[4:20] = hashlib.md5(signed + SECRET).digest()
    with pytest.raises(BadMessageAuthenticator):
        read_answer(bytes(octets), sent(), SHARED, require_message_authenticator=False)


def test_where_it_is_not_required_an_answer_may_have_none():
    """As older servers answer."""
    octets = reply(SECRET, sent().octets, ACCESS_ACCEPT, [], signed=False)
    packet = read_answer(octets, sent(), SHARED, require_message_authenticator=False)
    assert packet.code == ACCESS_ACCEPT


def test_rfc3579_3_2():
    """An answer with EAP-Message has a Message-Authenticator, whatever is required otherwise."""
    success = [(EAP_MESSAGE, bytes((3, 1, 0, 4)))]
    octets = reply(SECRET, sent().octets, ACCESS_ACCEPT, success, signed=False)
    with pytest.raises(MissingMessageAuthenticator):
        read_answer(octets, sent(), SHARED, require_message_authenticator=False)


def test_rfc5997_3():
    """Status-Server is answered by Access-Accept, and by nothing else."""
    asked = sent(STATUS_SERVER)
    assert read_answer(reply(SECRET, asked.octets, ACCESS_ACCEPT, []), asked, SHARED)
    with pytest.raises(NotAnAnswer):
        read_answer(reply(SECRET, asked.octets, ACCESS_REJECT, []), asked, SHARED)


@given(st.binary(max_size=200))
def test_nothing_but_faults_of_the_peer_comes_of_any_octets(octets):
    """Whatever comes, it is told as the peer's fault."""
    with pytest.raises(PeerError):
        read_answer(octets, sent(), SHARED)


@given(st.integers(0, 57), st.integers(1, 255))
def test_no_octet_of_an_answer_can_be_changed(at, change):
    """One bit more or less, anywhere, and it is no answer."""
    octets = bytearray(reply(SECRET, sent().octets, ACCESS_ACCEPT, [(25, b"staff"), (6, bytes(4))]))
    octets[at % len(octets)] ^= change
    with pytest.raises(PeerError):
        read_answer(bytes(octets), sent(), SHARED)
