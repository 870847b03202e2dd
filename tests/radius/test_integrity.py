"""The rules of Message-Authenticator and Proxy-State, and signed replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.packet import AuthPacket

from proxy.radius.integrity import (
    ROOM,
    BadMessageAuthenticator,
    MissingMessageAuthenticator,
    UnprotectedProxyState,
    check_request,
    sign_reply,
)
from proxy.radius.packet import decode
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers import nas

SECRET = b"xyzzy5461"
SHARED = SharedSecret(Secret(SECRET))
AUTHENTICATOR = bytes(range(16))


def check(octets: bytes, *, require: bool = True, limit: bool = True) -> None:
    check_request(
        decode(octets),
        octets,
        SHARED,
        require_message_authenticator=require,
        limit_proxy_state=limit,
    )


def test_a_right_message_authenticator_passes():
    """A request signed with the client's secret passes by every rule."""
    octets = nas.request(SECRET, [(nas.USER_NAME, b"nemo"), (nas.PROXY_STATE, b"p")])
    check(octets)
    check(octets, require=False)


def test_its_place_in_the_request_is_not_judged():
    """Message-Authenticator may stand last in a request."""
    packet = AuthPacket(secret=SECRET, authenticator=AUTHENTICATOR, id=4)
    packet[1] = [b"nemo"]
    packet[33] = [b"a"]
    packet.add_message_authenticator()
    packet.move_to_end(80)
    octets = packet.RequestPacket()
    assert decode(octets).attributes[-1][0] == nas.MESSAGE_AUTHENTICATOR
    check(octets)


def test_padding_is_not_part_of_what_is_signed():
    """Octets beyond Length change nothing."""
    check(nas.request(SECRET, [(nas.USER_NAME, b"nemo")]) + b"padding")


@pytest.mark.parametrize("require", [True, False])
def test_a_wrong_message_authenticator_never_passes(require: bool):
    """Whatever the rule, a wrong value is discarded: another secret, or a changed octet."""
    with pytest.raises(BadMessageAuthenticator):
        check(nas.request(b"other", [(nas.USER_NAME, b"nemo")]), require=require)
    octets = nas.request(SECRET, [(nas.USER_NAME, b"nemo")])
    with pytest.raises(BadMessageAuthenticator):
        check(octets[:-1] + b"O", require=require)


def test_where_required_a_request_without_is_missing_it():
    """With require, a request without Message-Authenticator is not looked at."""
    octets = nas.request(SECRET, [(nas.USER_NAME, b"nemo")], signed=False)
    with pytest.raises(MissingMessageAuthenticator):
        check(octets)
    check(octets, require=False)


def test_proxy_state_is_limited():
    """Without require, a Proxy-State without Message-Authenticator is discarded, if limited."""
    octets = nas.request(SECRET, [(nas.PROXY_STATE, b"p")], signed=False)
    with pytest.raises(UnprotectedProxyState):
        check(octets, require=False)
    check(octets, require=False, limit=False)


def test_rfc3579_3_2_eap_message_must_be_signed():
    """An EAP-Message without Message-Authenticator is discarded by every rule."""
    octets = nas.request(SECRET, [(nas.EAP_MESSAGE, b"\x02\x00\x00\x04")], signed=False)
    with pytest.raises(MissingMessageAuthenticator):
        check(octets, require=False, limit=False)


def test_rfc5997_status_server_must_be_signed():
    """A Status-Server without Message-Authenticator is discarded by every rule."""
    octets = nas.request(SECRET, [], code=nas.STATUS_SERVER, signed=False)
    with pytest.raises(MissingMessageAuthenticator):
        check(octets, require=False, limit=False)
    check(nas.request(SECRET, [], code=nas.STATUS_SERVER))


@given(st.binary(max_size=253), st.sampled_from([2, 3, 11]))
def test_replies_are_signed_for_pyrad_too(value: bytes, code: int):
    """pyrad verifies both signatures of our replies; Message-Authenticator is first."""
    sent = AuthPacket(secret=SECRET, authenticator=AUTHENTICATOR, id=4)
    octets = sign_reply(code, 4, AUTHENTICATOR, nas.attribute(25, value), SHARED)
    assert decode(octets).attributes[0][0] == nas.MESSAGE_AUTHENTICATOR
    reply = sent.CreateReply(packet=octets)
    assert sent.VerifyReply(reply, octets, enforce_ma=True)


def test_a_reply_has_at_most_4096_octets():
    """A reply may fill its 4096 octets and no more."""
    body = nas.attribute(33, bytes(253)) * 15
    body += nas.attribute(33, bytes(ROOM - len(body) - 2))
    assert len(sign_reply(2, 4, AUTHENTICATOR, body, SHARED)) == 4096
    with pytest.raises(ValueError, match=str(ROOM)):
        sign_reply(2, 4, AUTHENTICATOR, body + b"\x21\x02", SHARED)
