"""
What is said inside an EAP-TTLS tunnel: attribute-value pairs of Diameter's form (RFC 5281, 10).

The peer speaks first: its name and password (PAP), its name and the response to a challenge that
both derive from the tunnel (MS-CHAPv2), or EAP. A pair is a code in 4 octets, flags, a
length in 3 octets, a vendor in 4 octets where a flag says so, the value, and zeros up to a multiple
of 4 (which the last one may lack).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from proxy.eap import packet
from proxy.eap.inner import MAX_NAME, Credentials, Heard, InnerRefused, Proof, Say
from proxy.eap.inside import InnerEap
from proxy.eap.terms import INNER, InnerName
from proxy.errors import PeerError
from proxy.secret import Secret

USER_NAME: Final = 1
USER_PASSWORD: Final = 2
EAP_MESSAGE: Final = 79
MICROSOFT: Final = 311
MS_CHAP_CHALLENGE, MS_CHAP2_RESPONSE, MS_CHAP2_SUCCESS = 11, 25, 26
"""Microsoft's (RFC 2548 section 2)."""
CHALLENGE_LABEL: Final = b"ttls challenge"
CHALLENGE_LENGTH: Final = 16
RESPONSE_LENGTH: Final = 50

VENDOR: Final = 0x80
MANDATORY: Final = 0x40
_RESERVED: Final = 0x3F

MAX_PAIRS: Final = 64
ASKS: Final = 1
"""Questions after the password: supplicants discard a third GTC request in TTLS."""
MAX_PASSWORD: Final = 256
"""Octets with the zeros at the end; RADIUS has room for 128."""


Export = Callable[[bytes, int], bytes]
"""Gives octets that both ends of a tunnel know: under a label, so many (RFC 5281 section 11.1)."""


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


def encode_pair(code: int, value: bytes, vendor: int = 0) -> bytes:
    """Write one mandatory pair, padded."""
    number = vendor.to_bytes(4, "big") if vendor else b""
    length = 8 + len(number) + len(value)
    flags = MANDATORY | VENDOR if vendor else MANDATORY
    head = code.to_bytes(4, "big") + bytes((flags,)) + length.to_bytes(3, "big")
    return head + number + value + bytes(-length % 4)


def no_export(label: bytes, length: int) -> bytes:  # noqa: ARG001 - as `Export`
    """Raise InnerRefused: there is no tunnel around this."""
    raise InnerRefused("found no tunnel that gives a challenge")


class TtlsInner:
    """
    The tunnel's inside, by PAP, MS-CHAPv2 or EAP.

    Args:
        offered: which of them, and which methods of EAP, in order of preference.
        export: gives octets that both ends of the tunnel know.
    """

    def __init__(self, offered: Sequence[InnerName] = INNER, export: Export = no_export) -> None:
        self._offered = offered
        self._export = export
        self._eap: InnerEap | None = None
        """None: the peer has not begun EAP."""
        self._identifier = 0
        """Of EAP or, without it, of MS-CHAPv2."""
        self._plain: InnerName | None = None
        """How it told who it is without EAP; None: it did not."""
        self._proved = False
        """The peer was told our proof, and is to acknowledge it."""

    @property
    def asks(self) -> int:
        """How many more questions the peer bears."""
        return 0 if self._eap is None else self._eap.asks

    def begin(self) -> bytes:
        """Say nothing: the peer speaks first."""
        return b""

    def hear(self, octets: bytes) -> Heard:
        """Take pairs of the peer. Raises MalformedPairs, MalformedEap, InnerRefused."""
        pairs = decode_pairs(octets)
        eap = b"".join(one.value for one in pairs if (one.vendor, one.code) == (0, EAP_MESSAGE))
        if not eap:
            return self._without_eap(pairs)
        if self._plain is not None:
            raise InnerRefused("found EAP from a peer that told who it is without")
        response = packet.decode_response(eap)
        if self._eap is None:
            self._eap = InnerEap(self._offered, ASKS)
        elif response.identifier != self._identifier:
            raise InnerRefused("found an inner identifier that answers no request of ours")
        self._identifier = response.identifier
        heard = self._eap.hear(response.type, response.data)
        return Say(self._request(*heard)) if isinstance(heard, tuple) else heard

    def _without_eap(self, pairs: list[Pair]) -> Credentials:
        if self._eap is not None or self._plain is not None:
            raise InnerRefused("found no EAP where it was begun, or a name for the second time")
        if "mschapv2" in self._offered and any(one.vendor == MICROSOFT for one in pairs):
            self._plain = "mschapv2"
            challenge = self._export(CHALLENGE_LABEL, CHALLENGE_LENGTH + 1)
            self._identifier = challenge[-1]
            return mschapv2_credentials(pairs, challenge)
        if "pap" not in self._offered:
            raise InnerRefused(f"found none of {', '.join(self._offered)} inside")
        self._plain = "pap"
        name, password = plain_credentials(pairs)
        return Credentials(name, password, "pap")

    def ask(self, text: bytes) -> bytes:
        """Give the question to the person. Raises ValueError: no question is possible."""
        if self._eap is None:
            raise ValueError("found no EAP inside, so what was begun bears no question")
        return self._request(*self._eap.ask(text))

    def _request(self, type_: int, data: bytes) -> bytes:
        self._identifier = (self._identifier + 1) % 256
        return encode_pair(EAP_MESSAGE, packet.encode_request(self._identifier, type_, data))

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes:
        """
        Give what proves us to a peer that spoke MS-CHAPv2; success and failure stand outside.

        Raises:
            InnerRefused: it passed, and there is no proof that it would believe.
        """
        if self._eap is not None:
            said = self._eap.conclude(passed=passed, proof=proof)
            return b"" if said is None else self._request(*said)
        if self._plain != "mschapv2" or not passed:
            return b""
        if proof is None:
            raise InnerRefused("found no authenticator response for a login that passed")
        self._proved = True
        success = bytes((self._identifier,)) + proof.success
        return encode_pair(MS_CHAP2_SUCCESS, success, MICROSOFT)

    def acknowledged(self) -> bool:
        """Say whether our proof was told: a peer that does not believe it says so, or goes away."""
        return self._proved


def plain_credentials(pairs: list[Pair]) -> tuple[bytes, Secret]:
    """
    Give name and password of PAP in the tunnel (RFC 5281 section 11.2.5).

    The password's zeros at its end are padding and go.

    Raises:
        InnerRefused: a mandatory pair is not understood; or name or password are not there once.
    """
    _all_known(pairs, {(0, USER_NAME), (0, USER_PASSWORD)})
    name = _once(pairs, (0, USER_NAME), MAX_NAME)
    return name, Secret(_once(pairs, (0, USER_PASSWORD), MAX_PASSWORD).rstrip(b"\0"))


def mschapv2_credentials(pairs: list[Pair], challenge: bytes) -> Credentials:
    """
    Give the name and response of MS-CHAPv2 in the tunnel (RFC 5281 section 11.2.4).

    Args:
        challenge: 17 octets that both ends derive from the tunnel, identifier last; what the peer
            answers to must be just these.

    Raises:
        InnerRefused: it answers another challenge, or something is missing or not understood.
    """
    challenge, identifier = challenge[:CHALLENGE_LENGTH], challenge[CHALLENGE_LENGTH:]
    _all_known(
        pairs, {(0, USER_NAME), (MICROSOFT, MS_CHAP_CHALLENGE), (MICROSOFT, MS_CHAP2_RESPONSE)}
    )
    name = _once(pairs, (0, USER_NAME), MAX_NAME)
    told = _once(pairs, (MICROSOFT, MS_CHAP_CHALLENGE), CHALLENGE_LENGTH)
    response = _once(pairs, (MICROSOFT, MS_CHAP2_RESPONSE), RESPONSE_LENGTH)
    if len(response) != RESPONSE_LENGTH or (told, response[:1]) != (challenge, identifier):
        raise InnerRefused("found a response that does not answer this tunnel's challenge")
    return Credentials(name, Secret(challenge + response), "mschapv2")


def _all_known(pairs: list[Pair], known: set[tuple[int, int]]) -> None:
    for pair in pairs:
        if pair.mandatory and (pair.vendor, pair.code) not in known:
            raise InnerRefused(f"found pair {pair.code} of vendor {pair.vendor}, which is unknown")


def _once(pairs: list[Pair], number: tuple[int, int], most: int) -> bytes:
    found = [pair.value for pair in pairs if (pair.vendor, pair.code) == number]
    if len(found) != 1 or not 0 < len(found[0]) <= most:
        raise InnerRefused(f"wanted pair {number[1]} once, of 1 to {most} octets")
    return found[0]
