"""MS-CHAPv2 taken out of one request and put into another."""

import pytest

from proxy.radius.mschap import error_attribute, find_error, find_response, response_attributes
from proxy.radius.packet import Packet
from tests.peers import mschap

CHALLENGE, PEER = bytes(range(16)), bytes(range(16, 32))
RESPONSE = mschap.attributes(CHALLENGE, PEER, b"r" * 24)
NAME = (1, b"alice")


def packet(*attributes):
    return Packet(1, 7, bytes(16), (NAME, *attributes))


def microsoft(kind, value):
    return 26, mschap.vendor(kind, value)


def test_challenge_and_response_come_out_as_they_went_in():
    """In two attributes or in one, in any order."""
    found = find_response(packet(*RESPONSE))
    assert found == CHALLENGE + b"\x05\0" + PEER + bytes(8) + b"r" * 24
    assert response_attributes(found) == RESPONSE
    assert found == find_response(packet(*reversed(RESPONSE)))
    together = (26, RESPONSE[0][1] + RESPONSE[1][1][4:])
    assert found == find_response(packet(together, microsoft(10, b"CORP")))


@pytest.mark.parametrize(
    "attributes",
    [
        RESPONSE[:1],
        RESPONSE[1:],
        [*RESPONSE, RESPONSE[0]],
        [microsoft(11, bytes(8)), RESPONSE[1]],
        [RESPONSE[0], microsoft(25, bytes(49))],
        [RESPONSE[0], microsoft(1, bytes(50))],
        [*RESPONSE, microsoft(27, bytes(68))],
        [*RESPONSE, (2, bytes(16))],
        [*RESPONSE, (3, bytes(17))],
        [*RESPONSE, (79, b"\x02\x01\x00\x04")],
    ],
)
def test_nothing_else_is_relayed(attributes):
    """A part, one twice, another length, version 1, a password change, other credentials."""
    assert find_response(packet(*attributes)) is None


def test_rfc2548_2_1_5_an_error_is_text_after_its_identifier():
    """What is not is not passed on."""
    error = b"\x05E=691 R=1 C=00 V=3 M=Wrong"
    assert error == find_error([(18, b"no"), (26, b"?"), microsoft(10, b"x"), microsoft(2, error)])
    assert error_attribute(error)[2:] == mschap.vendor(2, error)
    assert None is find_error([microsoft(2, b"\x05E=691\n")]) is find_error([NAME])


def test_rfc2759_9_2():
    """The tests' own peer is the one of the RFC."""
    challenge = bytes.fromhex("5B5D7C7D7B3F2F3E3C2C602132262628")
    peer = bytes.fromhex("21402324255E262A28295F2B3A337C7E")
    response = mschap.nt_response(challenge, peer, "User", "clientPass")
    assert response.hex().upper() == "82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF"
    success = mschap.success(challenge, peer, "User", "clientPass")
    assert success == b"S=407A5589115FD0D6209F510FE9C04566932CDA56"
    send, _ = mschap.keys(challenge, peer, "User", "clientPass")
    assert send.hex().upper() == "8B7CDC149B993A1BA118CB153F56DCCB"
