"""
What is said inside an EAP-TTLS tunnel: attribute-value pairs of Diameter's form (RFC 5281, 10).

The peer speaks first: its name and password (PAP), or EAP. A pair is a code in 4 octets, flags, a
length in 3 octets, a vendor in 4 octets where a flag says so, the value, and zeros up to a multiple
of 4 (which the last one may lack).
"""

from dataclasses import dataclass
from typing import Final

from proxy.eap import packet
from proxy.eap.gtc import GtcDialogue
from proxy.eap.inner import MAX_NAME, Answered, Concluded, Credentials, InnerRefused, Say
from proxy.errors import PeerError
from proxy.secret import Secret

USER_NAME: Final = 1
USER_PASSWORD: Final = 2
EAP_MESSAGE: Final = 79

VENDOR: Final = 0x80
MANDATORY: Final = 0x40
_RESERVED: Final = 0x3F

MAX_PAIRS: Final = 64
ASKS: Final = 1
"""Questions after the password: supplicants discard a third GTC request in TTLS."""
MAX_PASSWORD: Final = 256
"""Octets with the zeros at the end; RADIUS has room for 128."""


class MalformedPairs(PeerError):  # noqa: N818 - it names what was found
    """Octets that are no attribute-value pairs."""

    reason = "malformed-pairs"


@dataclass(frozen=True, slots=True)
class Pair:
    """One attribute and its value."""

    code: int
    vendor: int
    """0: none."""
    value: bytes
    mandatory: bool


def decode_pairs(octets: bytes) -> list[Pair]:
    """Read all pairs. Raises MalformedPairs."""
    pairs, at = list[Pair](), 0
    while at < len(octets):
        if len(pairs) == MAX_PAIRS:
            raise MalformedPairs(f"found more than {MAX_PAIRS} pairs")
        pair, at = _pair(octets, at)
        pairs.append(pair)
    return pairs


def _pair(octets: bytes, at: int) -> tuple[Pair, int]:
    if len(octets) - at < 8:
        raise MalformedPairs(f"found {len(octets) - at} octets, wanted a head of 8")
    code, flags = int.from_bytes(octets[at : at + 4], "big"), octets[at + 4]
    length = int.from_bytes(octets[at + 5 : at + 8], "big")
    if flags & _RESERVED:
        raise MalformedPairs(f"found reserved flags {flags & _RESERVED:#x}")
    head = 12 if flags & VENDOR else 8
    if not head <= length <= len(octets) - at:
        raise MalformedPairs(f"found length {length} of {len(octets) - at} octets")
    vendor = int.from_bytes(octets[at + 8 : at + 12], "big") if flags & VENDOR else 0
    end = at + length
    next_at = min(end + -length % 4, len(octets))
    if any(octets[end:next_at]):
        raise MalformedPairs("found padding that is not zeros")
    return Pair(code, vendor, octets[at + head : end], bool(flags & MANDATORY)), next_at


def encode_pair(code: int, value: bytes) -> bytes:
    """Write one mandatory pair of no vendor, padded."""
    length = 8 + len(value)
    head = code.to_bytes(4, "big") + bytes((MANDATORY,)) + length.to_bytes(3, "big")
    return head + value + bytes(-length % 4)


class TtlsInner:
    """The tunnel's inside, by PAP or by EAP with GTC."""

    def __init__(self) -> None:
        self.asks = 0
        self._gtc: GtcDialogue | None = None
        self._identifier = 0

    def begin(self) -> bytes:
        """Say nothing: the peer speaks first."""
        return b""

    def hear(self, octets: bytes) -> Say | Credentials | Answered | Concluded:
        """Take pairs of the peer. Raises MalformedPairs, MalformedEap, InnerRefused."""
        pairs = decode_pairs(octets)
        eap = b"".join(one.value for one in pairs if (one.vendor, one.code) == (0, EAP_MESSAGE))
        if not eap:
            if self._gtc is not None:
                raise InnerRefused("found no EAP where it was begun")
            name, password = plain_credentials(pairs)
            return Credentials(name, password, "pap")
        response = packet.decode_response(eap)
        if self._gtc is None:
            self._gtc = GtcDialogue(ASKS)
        elif response.identifier != self._identifier:
            raise InnerRefused("found an inner identifier that answers no request of ours")
        self._identifier = response.identifier
        heard = self._gtc.hear(response.type, response.data)
        if not isinstance(heard, tuple):
            self.asks = self._gtc.asks
            return heard
        return Say(self._request(*heard))

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""
        if self._gtc is None:
            raise ValueError("found PAP, which bears no question")
        question = self._gtc.ask(text)
        self.asks = self._gtc.asks
        return self._request(*question)

    def _request(self, type_: int, data: bytes) -> bytes:
        self._identifier = (self._identifier + 1) % 256
        return encode_pair(EAP_MESSAGE, packet.encode_request(self._identifier, type_, data))

    def conclude(self, *, passed: bool) -> bytes:  # noqa: ARG002 - the outer packet says it
        """Say nothing: success and failure stand outside the tunnel."""
        return b""


def plain_credentials(pairs: list[Pair]) -> tuple[bytes, Secret]:
    """
    Give name and password of PAP in the tunnel (RFC 5281 section 11.2.5).

    The password's zeros at its end are padding and go.

    Raises:
        InnerRefused: a mandatory pair is not understood; or name or password are not there once.
    """
    for pair in pairs:
        known = pair.vendor == 0 and pair.code in (USER_NAME, USER_PASSWORD)
        if pair.mandatory and not known:
            raise InnerRefused(f"found pair {pair.code} of vendor {pair.vendor}, which is unknown")
    name = _once(pairs, USER_NAME, MAX_NAME)
    return name, Secret(_once(pairs, USER_PASSWORD, MAX_PASSWORD).rstrip(b"\0"))


def _once(pairs: list[Pair], code: int, most: int) -> bytes:
    found = [pair.value for pair in pairs if (pair.vendor, pair.code) == (0, code)]
    if len(found) != 1 or not 0 < len(found[0]) <= most:
        raise InnerRefused(f"wanted pair {code} once, of 1 to {most} octets")
    return found[0]
