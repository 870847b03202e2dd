"""The envelope of a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.message import (
    CONTROLS_LIMIT,
    LAST_ID,
    Control,
    Message,
    decode_controls,
    decode_message,
    encode_control,
    encode_message,
)
from tests.ldap import oracle


@given(st.integers(0, LAST_ID), st.sampled_from([0, 32, 49, 80]), st.text(max_size=200))
def test_an_envelope_of_ldap3_is_opened(message_id, code, text):
    """Id and operation come out of what the other implementation wrote."""
    message = decode_message(oracle.search_done(message_id, code, text))
    assert (message_id, 0x65, b"") == (message.message_id, message.operation, message.controls)


@given(
    st.lists(
        st.tuples(st.just("1.2.3"), st.booleans(), st.none() | st.binary(max_size=200)), max_size=5
    )
)
def test_controls_of_ldap3_are_read(controls):
    """Type, criticality and value come out of what the other implementation wrote."""
    message = decode_message(oracle.bind_response(7, 0, controls=controls))
    assert [Control(oid.encode(), critical, value) for oid, critical, value in controls] == (
        decode_controls(message.controls)
    )


def test_controls_are_read_by_ldap3():
    """A control that we write is one to the other implementation."""
    operation = ber.element(0x42, b"")
    message = oracle.read(encode_message(9, operation, encode_control(b"1.2.3", b"value")))
    assert int(message["messageID"]) == 9
    assert str(message["controls"][0]["controlType"]) == "1.2.3"
    assert bytes(message["controls"][0]["controlValue"]) == b"value"


def test_what_follows_the_controls_is_passed_over():
    """RFC 4511 section 4: components of later revisions are ignored."""
    octets = ber.element(
        ber.SEQUENCE, ber.integer(1), ber.element(0x42, b""), b"\xa0\x00", b"\x8b\x01x"
    )
    assert Message(1, 0x42, b"", b"") == decode_message(octets)


def _nested(levels, inner=b""):
    for _ in range(levels):
        inner = ber.element(ber.SEQUENCE, inner)
    return inner


@pytest.mark.parametrize(
    "octets",
    [
        _nested(5_000),
        ber.element(ber.SEQUENCE, ber.integer(1), ber.element(0x42, b""), _nested(5_000)),
        encode_message(1, ber.element(0x42, b""), _nested(5_000)),
        ber.element(ber.SEQUENCE, ber.integer(1)),
        ber.element(ber.SEQUENCE, b"\x04\x01a", ber.element(0x42, b"")),
        encode_message(1, ber.element(0x42, b"")) + b"\x00",
        encode_message(1, ber.element(0x42, b""))[:-1],
    ],
)
def test_what_is_no_message_is_refused(octets):
    """Nested 5,000 deep, no operation, no id, too much, too little: malformed."""
    with pytest.raises(MalformedMessage):
        decode_message(octets)


@given(st.binary(max_size=100))
def test_any_octets_are_a_message_or_refused(octets):
    """Arbitrary octets raise nothing but MalformedMessage."""
    try:
        message = decode_message(octets)
        decode_controls(message.controls)
    except MalformedMessage:
        return
    assert 0 <= message.message_id <= LAST_ID


@pytest.mark.parametrize(
    "octets",
    [
        b"\x04\x01a",
        ber.element(ber.SEQUENCE, b"\x02\x01\x01"),
        ber.element(ber.SEQUENCE, b"\x04\x011\x01\x02\x01\x01"),
        ber.element(ber.SEQUENCE, b"\x04\x011\x04\x00\x04\x00"),
        encode_control(b"1.2") * (CONTROLS_LIMIT + 1),
    ],
)
def test_what_is_no_control_is_refused(octets):
    """No sequence, no type, a boolean of two octets, two values, too many: malformed."""
    with pytest.raises(MalformedMessage):
        decode_controls(octets)
