"""
The proof of its key that a phone sends with each call (RFC 9449, without access tokens).

A proof names its own key; that key says only *which* phone calls, so whoever asks must find its
thumbprint among the enrolled ones. A proof serves one call: `ProvedKey.digest` is what must not
have been seen before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from proxy.errors import PeerError
from proxy.factors import jws
from proxy.factors.claims import CLOCK_TOLERANCE, check_issued, text_claim
from proxy.factors.jwk import SigningKey

TYPE = "dpop+jwt"
KEPT = 2 * CLOCK_TOLERANCE
"""Seconds for which a proof could be repeated: from 5 minutes ahead to 5 minutes behind."""
JTI_LENGTH = 128


class NoProof(PeerError):  # noqa: N818 - it names what was found
    """A call without a proof that names its key."""

    reason = "no-proof"


class ProofOfAnotherCall(PeerError):  # noqa: N818 - it names what was found
    """The proof was made for another method or URL."""

    reason = "proof-of-another-call"


@dataclass(frozen=True, slots=True)
class ProvedKey:
    """The key that a caller has."""

    thumbprint: str
    jti: str
    issued_at: float

    @property
    def digest(self) -> bytes:
        """What names this proof: no other may have the same."""
        return sha256(f"{self.thumbprint} {self.jti}".encode()).digest()


def make_proof(key: SigningKey, method: str, url: str, jti: str, now: float) -> str:
    """Give the proof for one call; *jti* is random and never used twice."""
    payload = {"htm": method, "htu": url, "jti": jti, "iat": int(now)}
    return jws.sign(payload, TYPE, key, {"jwk": key.public.to_jwk()})


def check_proof(text: str, method: str, url: str, now: float) -> ProvedKey:
    """
    Verify the proof for a call of *url* (`web.url` and the path).

    Raises:
        NoProof, ProofOfAnotherCall, ClockError, BadClaims: as they say.
        PeerError: whatever else the profile refuses (`jws.read_naming_key`).

    RFC 9449 section 4.3, without the checks that need an access token or a nonce.
    """
    signed, key = jws.read_naming_key(text, TYPE)
    if key is None:
        raise NoProof("found a proof that does not name its key")
    payload = signed.verify(key)
    _check_call(payload, method, url)
    jti = text_claim(payload, "jti", JTI_LENGTH)
    return ProvedKey(key.thumbprint, jti, check_issued(payload, now))


def _check_call(payload: Mapping[str, Any], method: str, url: str) -> None:
    if payload.get("htm") != method:
        raise ProofOfAnotherCall(f"found another htm, wanted {method}")
    if _normal_url(text_claim(payload, "htu")) != _normal_url(url):
        raise ProofOfAnotherCall("found another htu than this call's")


def _normal_url(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path, as RFC 9449 section 4.3 compares: no query, no fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ProofOfAnotherCall("found an htu that is no URL") from None
    if port is None and parts.scheme == "https":
        port = 443
    return parts.scheme, parts.hostname or "", port, parts.path
