"""Strict decoding and encoding, with pyrad as the oracle."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.packet import Packet as PyradPacket

from proxy.radius import packet as radius
from proxy.radius.packet import MalformedPacket, Packet, decode, encode

AUTHENTICATOR = bytes(range(16))
RFC2865_7_1 = bytes.fromhex(
    "01000038 0f403f94 73978057 bd83d5cb 98f4227a 01066e65 6d6f0212 0dbe708d"
    "93d413ce 3196e43f 782a0aee 0406c0a8 01100506 00000003"
)
RFC2865_7_2 = bytes.fromhex(
    "01010047 2aee86f0 8d0d5596 9ca5978e 0d3367a2 0108666c 6f707379 031316e9"
    "7557c316 185895f2 93ff6344 07727504 06c0a801 10050600 00001406 06000000"
    "02070600 000001"
)


def datagram(body: bytes, *, code: int = 1, length: int | None = None) -> bytes:
    size = 20 + len(body) if length is None else length
    return struct.pack("!BBH16s", code, 7, size, AUTHENTICATOR) + body


def test_rfc2865_7_1():
    """The Access-Request of RFC 2865 section 7.1 is read as it is explained there."""
    packet = decode(RFC2865_7_1)
    assert (packet.code, packet.identifier) == (1, 0)
    assert packet.first(radius.USER_NAME) == b"nemo"
    assert packet.first(radius.NAS_IP_ADDRESS) == bytes((192, 168, 1, 16))
    assert packet.first(radius.NAS_PORT) == bytes((0, 0, 0, 3))
    assert encode(packet) == RFC2865_7_1


def test_rfc2865_7_2():
    """The CHAP request of RFC 2865 section 7.2 is read as it is explained there."""
    packet = decode(RFC2865_7_2)
    assert packet.identifier == 1
    assert packet.first(radius.USER_NAME) == b"flopsy"
    assert packet.first(radius.CHAP_PASSWORD) == RFC2865_7_2[30:47]


def test_octets_beyond_length_are_padding():
    """Octets beyond the Length field are padding and ignored (RFC 2865 section 3)."""
    assert decode(RFC2865_7_1 + b"\xff" * 9) == decode(RFC2865_7_1)


def test_unknown_attributes_pass_in_order():
    """Unknown attributes are no reason to discard, and attributes keep their order."""
    packet = decode(datagram(b"\xf1\x03a\xf0\x02\xf1\x03b"))
    assert packet.attributes == ((0xF1, b"a"), (0xF0, b""), (0xF1, b"b"))
    assert packet.all(0xF1) == [b"a", b"b"]
    assert packet.first(0xF2) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        datagram(b"")[:19],
        datagram(b"", length=19),
        datagram(b"\x01\x03a", length=24),
        datagram(b"\x01\x02" * 30, length=4097) + bytes(5000),
        datagram(b"\x01"),
        datagram(b"\x01\x00"),
        datagram(b"\x01\x01a"),
        datagram(b"\x01\x04a"),
        datagram(b"\xf0\x02" * 201),
    ],
    ids=[
        "empty",
        "shorter than a header",
        "Length under 20",
        "Length over the datagram",
        "Length over 4096",
        "one octet left",
        "attribute Length 0",
        "attribute Length 1",
        "attribute past the end",
        "too many attributes",
    ],
)
def test_rfc2865_3_what_is_forbidden_is_malformed(octets: bytes):
    """What RFC 2865 section 3 forbids is no packet."""
    with pytest.raises(MalformedPacket):
        decode(octets)


def test_a_full_packet_of_4096_octets_is_read():
    """A packet may fill its 4096 octets."""
    body = (b"\xf0\xff" + bytes(253)) * 15 + b"\xf0\xfb" + bytes(249)
    assert len(decode(datagram(body)).attributes) == 16
    assert len(datagram(body)) == 4096


@pytest.mark.parametrize("kind", sorted(radius.AT_MOST_ONCE))
def test_what_decides_a_login_comes_once(kind: int):
    """Two User-Names, passwords, States or Message-Authenticators make a packet malformed."""
    one = bytes((kind, 18)) + bytes(16)
    assert decode(datagram(one))
    with pytest.raises(MalformedPacket):
        decode(datagram(one + one))


@pytest.mark.parametrize("length", [0, 15, 17])
def test_message_authenticator_has_16_octets(length: int):
    """A Message-Authenticator of another length makes a packet malformed."""
    with pytest.raises(MalformedPacket):
        decode(datagram(bytes((80, length + 2)) + bytes(length)))


def test_rfc3579_3_3_credentials_are_of_one_kind():
    """A request with credentials of two kinds is malformed (note 1)."""
    with pytest.raises(MalformedPacket):
        decode(datagram(b"\x02\x12" + bytes(16) + b"\x03\x13" + bytes(17)))
    with pytest.raises(MalformedPacket):
        decode(datagram(b"\x02\x12" + bytes(16) + b"\x4f\x06" + bytes(4)))


def test_several_eap_messages_are_one_kind():
    """EAP-Message may come in pieces."""
    assert len(decode(datagram((b"\x4f\x06" + bytes(4)) * 3)).attributes) == 3


def test_nothing_too_long_is_written():
    """A value over 253 octets or a packet over 4096 is our own fault, not silently cut."""
    with pytest.raises(ValueError, match="253"):
        encode(Packet(1, 1, AUTHENTICATOR, ((1, bytes(254)),)))
    with pytest.raises(ValueError, match="4096"):
        encode(Packet(1, 1, AUTHENTICATOR, ((25, bytes(253)),) * 17))


@given(st.binary(max_size=200))
def test_arbitrary_octets_are_a_packet_or_malformed(octets: bytes):
    """No octets raise anything but MalformedPacket; a packet is written as it was read."""
    with suppress(MalformedPacket):
        packet = decode(octets)
        assert octets.startswith(encode(packet))


attributes = st.lists(
    st.tuples(st.sampled_from([5, 25, 31, 33, 64, 81, 240]), st.binary(max_size=253)), max_size=12
)


@given(attributes, st.binary(max_size=30))
def test_arbitrary_attributes_are_read_or_malformed(found: list[tuple[int, bytes]], tail: bytes):
    """A packet of good attributes and a tail of any octets raises nothing but MalformedPacket."""
    body = b"".join(bytes((kind, len(value) + 2)) + value for kind, value in found)
    with suppress(MalformedPacket):
        decode(datagram(body + tail))


@given(attributes)
def test_pyrad_reads_what_is_written(found: list[tuple[int, bytes]]):
    """pyrad reads our packets as we meant them, and we read them back the same."""
    packet = Packet(1, 9, AUTHENTICATOR, tuple(found))
    octets = encode(packet)
    assert decode(octets) == packet
    theirs = PyradPacket(packet=octets)
    assert (theirs.code, theirs.id, theirs.authenticator) == (1, 9, AUTHENTICATOR)
    for kind in {kind for kind, _ in found}:
        assert theirs[kind] == packet.all(kind)


@given(attributes)
def test_what_pyrad_writes_is_read(found: list[tuple[int, bytes]]):
    """We read pyrad's packets as pyrad meant them."""
    theirs = PyradPacket(code=2, id=3, secret=b"s", authenticator=AUTHENTICATOR)
    for kind in {kind for kind, _ in found}:
        theirs[kind] = [value for one, value in found if one == kind]
    packet = decode(theirs.ReplyPacket())
    for kind in {kind for kind, _ in found}:
        assert packet.all(kind) == [value for one, value in found if one == kind]
