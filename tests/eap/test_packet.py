"""EAP packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.eap.packet import (
    MalformedEap,
    Response,
    decode_response,
    encode_failure,
    encode_request,
    encode_success,
)


def test_a_response_is_read():
    """Code 2, identifier, length, type, data (RFC 3748 section 4.1)."""
    assert decode_response(b"\x02\x07\x00\x0a\x01alice") == Response(7, 1, b"alice")


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x02\x07\x00\x04",
        b"\x01\x07\x00\x05\x01",
        b"\x02\x07\x00\x06\x01",
        b"\x02\x07\x00\x05\x01\x00",
        b"\x02\x07\x10\x01\x01" + bytes(4092),
    ],
)
def test_what_is_no_response(octets):
    """Too short, a request, another length than told, padding, too long."""
    with pytest.raises(MalformedEap):
        decode_response(octets)


@given(st.binary(max_size=40))
def test_arbitrary_octets(octets):
    """They are malformed, or are what is read of them."""
    try:
        read = decode_response(octets)
    except MalformedEap:
        return
    head = bytes((2, read.identifier)) + len(octets).to_bytes(2, "big") + bytes((read.type,))
    assert head + read.data == octets


def test_what_is_written():
    """A request has a type; success and failure have none."""
    assert encode_request(3, 6, b"hi") == b"\x01\x03\x00\x07\x06hi"
    assert encode_success(9) == b"\x03\x09\x00\x04"
    assert encode_failure(9) == b"\x04\x09\x00\x04"
    with pytest.raises(ValueError, match="4096"):
        encode_request(1, 1, bytes(5000))
