"""
The envelope of every message: its id, one operation, controls (RFC 4511 section 4.1.1).

The operation is found, not read: `requests` and `responses` read it, by its tag.
"""

from typing import NamedTuple

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage

CONTROLS = 0xA0
CONTROLS_LIMIT = 32
"""No server sends more than a few controls with one answer."""
UNSOLICITED = 0
"""The id of what a server says of its own accord (RFC 4511 section 4.4)."""
LAST_ID = 2**31 - 1


class Message(NamedTuple):
    """One message, opened but not read; a tuple, because every login makes several."""

    message_id: int
    operation: int
    """The operation's tag."""
    body: bytes
    """The operation's contents."""
    controls: bytes
    """The contents of the controls; empty: none."""


class Control(NamedTuple):
    """One control (RFC 4511 section 4.1.11)."""

    oid: bytes
    critical: bool
    value: bytes | None


def encode_message(message_id: int, operation: bytes, controls: bytes = b"") -> bytes:
    """Put an operation, and the contents of its controls, into an envelope."""
    if controls:
        operation += ber.element(CONTROLS, controls)
    return ber.element(ber.SEQUENCE, ber.integer(message_id) + operation)


def decode_message(octets: bytes) -> Message:
    """Open the envelope of exactly one message. Raises MalformedMessage."""
    stop = len(octets)
    start, end = ber.expect(octets, 0, stop, ber.SEQUENCE)
    if end != stop:
        raise MalformedMessage(f"found {stop - end} octets after the message")
    start, at = ber.expect(octets, start, end, ber.INTEGER)
    message_id = ber.integer_content(octets, start, at)
    operation, body, at = ber.header(octets, at, end)
    content = octets[body:at]
    if at == end:
        return Message(message_id, operation, content, b"")
    ber.skip(octets, at, end)
    tag, start, stop = ber.header(octets, at, end)
    controls = octets[start:stop] if tag == CONTROLS else b""
    return Message(message_id, operation, content, controls)


def encode_control(oid: bytes, value: bytes | None = None) -> bytes:
    """Write one control that is not critical."""
    written = ber.element(ber.OCTET_STRING, oid)
    if value is not None:
        written += ber.element(ber.OCTET_STRING, value)
    return ber.element(ber.SEQUENCE, written)


def decode_controls(octets: bytes) -> list[Control]:
    """Read the contents of a message's controls. Raises MalformedMessage."""
    controls: list[Control] = []
    at, stop = 0, len(octets)
    while at < stop:
        if len(controls) == CONTROLS_LIMIT:
            raise MalformedMessage(f"found more than {CONTROLS_LIMIT} controls")
        start, at = ber.expect(octets, at, stop, ber.SEQUENCE)
        controls.append(_control(octets, start, at))
    return controls


def _control(octets: bytes, at: int, stop: int) -> Control:
    oid, at = ber.read_string(octets, at, stop)
    critical = False
    value = None
    if at < stop and octets[at] == ber.BOOLEAN:
        critical, at = read_boolean(octets, at, stop)
    if at < stop and octets[at] == ber.OCTET_STRING:
        value, at = ber.read_string(octets, at, stop)
    if at != stop:
        raise MalformedMessage("found more than a type, a criticality and a value in a control")
    return Control(oid, critical, value)


def read_boolean(octets: bytes, at: int, stop: int) -> tuple[bool, int]:
    """
    Read a boolean; give it and where the next element is.

    # Differs from RFC 4511 section 5.1: any octet but zero is TRUE, because some servers and
    # libraries write 0x01, as X.690 section 8.2.2 allows.
    """
    start, end = ber.expect(octets, at, stop, ber.BOOLEAN)
    if end - start != 1:
        raise MalformedMessage(f"found a boolean of {end - start} octets, wanted 1")
    return octets[start] != 0, end
