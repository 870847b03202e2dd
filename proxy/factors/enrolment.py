"""
The proof of its new key that a phone sends when it enrols.

It is signed by the key of the same request over the invitation's code and this server's URL, so
that nobody can enrol a key that is not in their hand, nor carry an enrolment to another server.
"""

import hmac

from proxy.factors import jws
from proxy.factors.claims import BadClaims, check_issued, text_claim
from proxy.factors.jwk import BadKey, PublicKey, SigningKey

TYPE = "enrolment-proof+jwt"


def make_proof(key: SigningKey, code: str, audience: str, now: float) -> str:
    """Give the proof for one enrolment at *audience* (the enrolment URL up to `/enroll`)."""
    return jws.sign({"code": code, "aud": audience, "iat": int(now)}, TYPE, key)


def check_proof(text: str, key: PublicKey, code: str, audience: str, now: float) -> None:
    """
    Verify that *key* signed over this code for this server, just now.

    Raises:
        BadKey: the header names another key.
        BadClaims, ClockError: as they say.
        PeerError: whatever else the profile refuses (`jws.read_naming_key`).
    """
    signed, named = jws.read_naming_key(text, TYPE)
    if named is not None and named != key:
        raise BadKey("found another key in the header than the one to be enrolled")
    payload = signed.verify(key)
    for name, value in {"code": code, "aud": audience}.items():
        if not hmac.compare_digest(text_claim(payload, name).encode(), value.encode()):
            raise BadClaims(f"found another {name} than this enrolment's")
    check_issued(payload, now)
