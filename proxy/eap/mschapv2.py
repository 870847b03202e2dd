"""
EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2-02): a challenge, a response, the result.

    challenge ──► response: the credentials ──► the login decides, however long that takes
    success, with our proof ──► its acknowledgement          (or failure, and its acknowledgement)

What is checked here is the form alone. Who knows the password's hash checks the response, and gives
the proof that the peer wants to see before it believes a success. A wrong password is final: no
second try (R=0), since supplicants ask their person anew anyway. Changes of a password are refused.
"""

from os import urandom
from typing import Final

from proxy.eap.inner import MAX_NAME, Concluded, Credentials, InnerRefused, Proof
from proxy.secret import Secret

CHALLENGE, RESPONSE, SUCCESS, FAILURE = 1, 2, 3, 4
"""OpCodes (section 2)."""
CHALLENGE_LENGTH: Final = 16
_VALUE: Final = 49
"""Octets of a response's value: peer challenge 16, reserved 8, NT response 24, flags 1."""
_HEAD: Final = 5
"""OpCode, MS-CHAPv2-ID, MS-Length in two octets, Value-Size."""
_NAME: Final = b"countersign"
_PROOF_LENGTH: Final = 42


class Mschapv2:
    """
    Our end of it.

    Args:
        challenge: 16 octets that nobody can foresee; None: random ones.
    """

    asks: Final = 0
    """Nothing can be asked after the password."""

    def __init__(self, challenge: bytes | None = None) -> None:
        self._challenge = challenge or urandom(CHALLENGE_LENGTH)
        self._identifier = self._challenge[0]
        self._identity = b""
        self._wanted = RESPONSE
        """The OpCode that the peer is to answer with."""
        self._proof: Proof | None = None

    def start(self, identity: bytes) -> bytes:
        """Give the challenge to *identity*."""
        self._identity = identity
        return self._packet(CHALLENGE, bytes((CHALLENGE_LENGTH,)) + self._challenge + _NAME)

    def hear(self, data: bytes) -> Credentials | Concluded:
        """Take a response, or the acknowledgement of the result. Raises InnerRefused."""
        if data[:1] != bytes((self._wanted,)):
            found = f"OpCode {data[0]}" if data else "nothing"
            raise InnerRefused(f"found {found}, wanted OpCode {self._wanted} of MSCHAPv2")
        return self._response(data) if self._wanted == RESPONSE else Concluded()

    def _response(self, data: bytes) -> Credentials:
        head, value, name = data[:_HEAD], data[_HEAD : _HEAD + _VALUE], data[_HEAD + _VALUE :]
        wanted = self._head(RESPONSE, len(data)) + bytes((_VALUE,))
        if head != wanted or not 0 < len(name) <= MAX_NAME:
            raise InnerRefused("found no response of MSCHAPv2 to our challenge")
        response = bytes((self._identifier, value[-1])) + value[:-1]
        username = hashed_name(self._identity, name)
        return Credentials(username, Secret(self._challenge + response), "mschapv2")

    def ask(self, text: bytes) -> bytes:
        """Raise ValueError: no question is possible."""
        raise ValueError(f"found a question of {len(text)} octets, MSCHAPv2 bears none")

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes:
        """
        Give the result, which the peer acknowledges.

        Raises:
            InnerRefused: it passed, and there is no proof that it would believe.
        """
        if not passed:
            self._wanted = FAILURE
            challenge = urandom(CHALLENGE_LENGTH).hex().upper()
            text = f"E=691 R=0 C={challenge} V=3 M=Authentication failed"
            return self._packet(FAILURE, text.encode())
        if proof is None or len(proof.success) != _PROOF_LENGTH:
            raise InnerRefused("found no authenticator response for a login that passed")
        self._wanted, self._proof = SUCCESS, proof
        return self._packet(SUCCESS, proof.success + b" M=OK")

    def keys(self) -> Secret | None:
        """Give the 64 octets of the MSK, without a tunnel; None: they are not known."""
        return None if self._proof is None else self._proof.msk

    def _packet(self, code: int, rest: bytes) -> bytes:
        return self._head(code, 4 + len(rest)) + rest

    def _head(self, code: int, length: int) -> bytes:
        return bytes((code, self._identifier)) + length.to_bytes(2, "big")


def hashed_name(identity: bytes, name: bytes) -> bytes:
    r"""
    Give the name of a response, with the domain that the identity has and it lacks.

    What stands behind `DOMAIN\` is what was hashed (RFC 2759 section 4), so it is taken as it came;
    the identity must name the same, without regard to letter case.

    Raises:
        InnerRefused: they name two.
    """
    domain, told = _parts(identity)
    own, bare = _parts(name)
    whole = (own or domain) + bare
    if not bare or told.lower() != bare.lower() or len(whole) > MAX_NAME:
        raise InnerRefused("found another name in the response than in the identity")
    return whole


def _parts(name: bytes) -> tuple[bytes, bytes]:
    """Cut a name behind its domain's backslash."""
    cut = name.find(b"\\") + 1
    return name[:cut], name[cut:]
