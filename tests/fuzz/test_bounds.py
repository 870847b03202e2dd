"""
The costliest inputs that somebody could think of take little time and memory.

The figures are far above what they take and far below what an attack would need: what grows with
the square of its input passes neither.
"""

import time
import tracemalloc
from hashlib import sha256

import pytest

from proxy.errors import PeerError
from proxy.factors import jws
from proxy.ldap import ber, responses
from proxy.ldap.framing import Framer
from proxy.ldap.message import decode_controls
from tests.fuzz.targets import TARGETS
from tests.peers.authenticator import cbor

MOST = {"seconds": 1.0, "octets": 24 * 1024 * 1024}
"""Seconds of the processor, on a slow machine; octets of memory."""
KILOBYTE = 1024


def sub_attributes(count):
    return bytes((26, 6 + 2 * count)) + bytes(4) + b"\x01\x02" * count


def datagram(body):
    return b"\x01\x01" + (20 + len(body)).to_bytes(2, "big") + bytes(16) + body


def attested(statement, key=b""):
    """Give an attestation object, in its statement or its key what costs something."""
    party = sha256(b"mfa.example.org").digest()
    data = party + b"\x45" + bytes(20) + b"\x00\x01A" + key if key else bytes(37)
    whole = cbor("fmt") + cbor("none") + cbor("authData") + cbor(data) + cbor("attStmt")
    return b"\xa3" + whole + statement


REGEX = b"\xd8\x23" + cbor("(a{1,999}){1,999}" * 200)
BIGFLOAT = b"\xc5\x82" + cbor(10**18) + b"\x03"
DECIMAL = b"\xc4\x82" + cbor(10**18) + b"\x03"
LONG_NAME = b"(" + b"a" * 60_000 + b"={username})"
INPUTS = {
    "4,000 octets of attributes without values": (
        "radius-packet",
        datagram(b"\xf1\x02" * 2000),
    ),
    "vendors' attributes without values": ("radius-packet", datagram(sub_attributes(123) * 16)),
    "the same in a request": ("radius-request", b"\x00" + sub_attributes(123) * 16),
    "200 Proxy-States": ("radius-request", b"\x00" + b"\x21\x13" + bytes(17) + b"\x21\x02" * 180),
    "elements in elements": ("ldap-message", b"\x30\x81\x80" * 20_000),
    "a stream of the shortest messages": ("ldap-stream", b"\x00" + b"\x30\x00" * 4000),
    "a filter that opens 20,000 levels": ("ldap-filters", b"(&" * 20_000),
    "a filter of 2,000 levels": (
        "ldap-filters",
        b"(!" * 2000 + b"(uid={username})" + b")" * 2000,
    ),
    "a filter with a long name": ("ldap-filters", LONG_NAME),
    "a filter of 1,000 parts": ("ldap-filters", b"(|" + b"(uid={username})" * 1000 + b")"),
    "a filter of stars": ("ldap-filters", b"(cn=" + b"*a" * 4000 + b"{username})"),
    "a name of 10,000 parts": ("ldap-names", b"a=b," * 10_000 + b"a=b"),
    "a name of one RDN of 10,000 parts": ("ldap-names", b"a=b+" * 10_000 + b"a=b"),
    "a name of escapes": ("ldap-names", b"cn=" + b"\\41" * 20_000),
    "a name of spaces": ("ldap-names", b"cn=" + b" " * 60_000 + b"a"),
    "JSON that opens 60,000 arrays": ("strict-json", b'{"a":' + b"[" * 60_000),
    "JSON with a number of 60,000 digits": ("strict-json", b'{"a":' + b"9" * 60_000 + b"}"),
    "JSON with a fraction of 60,000 digits": ("strict-json", b'{"a":0.' + b"9" * 60_000 + b"}"),
    "JSON with 8,000 names": (
        "strict-json",
        b"{" + b",".join(b'"%d":0' % number for number in range(8000)) + b"}",
    ),
    "JSON with 8,000 times one name": ("strict-json", b"{" + b'"a":0,' * 8000 + b'"a":0}'),
    "a JWS of 8 KiB of points": ("jws-texts", b"." * 8192),
    "a JWS of 64 KiB": ("jws-texts", b"a" * 65_536),
    "an attestation that opens 4,000 arrays": ("passkey-registration", b"\x81" * 4000),
    "one of 4,000 tags": ("passkey-registration", b"\xc2" * 4000),
    "one with an array of 2 ** 32 items": ("passkey-registration", attested(b"\x9a" + b"\xff" * 4)),
    "one with a pattern": ("passkey-registration", attested(REGEX)),
    "one with a large power": ("passkey-registration", attested(BIGFLOAT)),
    "one with a key of large powers": (
        "passkey-registration",
        attested(
            b"\xa0", b"\xa4\x01" + DECIMAL + b"\x03" + DECIMAL + b"\x20" + DECIMAL + b"\x21\x00"
        ),
    ),
    "one with an RSA key of 30,000 bits": (
        "passkey-registration",
        attested(b"\xa0", cbor({1: 3, 3: -257, -1: b"\xff" * 3800, -2: b"\x01\x00\x01"})),
    ),
    "one with an RSA key of a long exponent": (
        "passkey-registration",
        attested(b"\xa0", cbor({1: 3, 3: -257, -1: b"\xff" * 1900, -2: b"\xff" * 1900})),
    ),
    "a configuration that opens 1,000 lists": ("settings", b"a: " + b"[" * 1000),
    "a configuration of 1,000 unknown keys": (
        "settings",
        b"".join(b"k%d: 1\n" % number for number in range(1000)),
    ),
}


def excess(call):
    """Give what a call takes more of than it may."""
    began = time.process_time()
    call()
    taken = {"seconds": time.process_time() - began, "octets": memory(call)}
    return {what: much for what, much in taken.items() if much >= MOST[what]}


def memory(call):
    """Give the octets that a call has at most."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("what", INPUTS)
def test_costly_inputs(what):
    """Each, with all that a target does with it."""
    name, octets = INPUTS[what]
    assert {} == excess(lambda: TARGETS[name](octets))


def test_a_message_that_comes_octet_by_octet():
    """Each octet is copied a fixed number of times."""
    octets = ber.element(ber.SEQUENCE, bytes(100_000))
    pieces = [octets[at : at + 1] for at in range(len(octets))]

    def feed():
        framer = Framer()
        assert [octets] == [one for piece in pieces for one in framer.feed(piece)]

    assert {} == excess(feed)


def test_an_entry_of_values_without_octets():
    """128 KiB of them."""
    values = ber.element(ber.SET, b"\x04\x00" * 64 * KILOBYTE)
    name = ber.element(ber.OCTET_STRING, b"uid")
    body = b"\x04\x00" + ber.element(ber.SEQUENCE, ber.element(ber.SEQUENCE, name, values))
    assert {} == excess(lambda: responses.decode_entry(body, frozenset({b"uid"})))


def test_controls_without_end():
    """They are counted as they are read."""
    with pytest.raises(PeerError):
        decode_controls(b"\x30\x03\x04\x01a" * 100_000)


def test_a_signed_text_is_measured_before_it_is_read():
    """No part of a longer one is decoded."""

    text = "A." * 5_000_000

    def read():
        with pytest.raises(jws.MalformedJws):
            jws.read(text, "t")

    assert memory(read) < 64 * KILOBYTE
