"""
The server's public keys, signed by one that the phone already has: how a phone learns new ones.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from proxy.factors import jws
from proxy.factors.approval import NotForUs, UnknownServerKey
from proxy.factors.claims import BadClaims
from proxy.factors.jwk import BadKey, PublicKey, SigningKey

TYPE = "server-keys+jwt"


def jwks(keys: Iterable[PublicKey]) -> dict[str, list[dict[str, str]]]:
    """Give a JWK Set (RFC 7517 section 5) in which each key is named by its thumbprint."""
    return {
        "keys": [
            {**key.to_jwk(), "kid": key.thumbprint, "alg": "ES256", "use": "sig"} for key in keys
        ]
    }


def parse_jwks(found: object) -> dict[str, PublicKey]:
    """Read a JWK Set; give its keys by `kid`. Raises BadKey, also for none."""
    keys = found.get("keys") if isinstance(found, Mapping) else None
    if not isinstance(keys, list) or not keys:
        raise BadKey("found no keys, wanted a JWK Set")
    parsed = [PublicKey.parse(key) for key in keys]
    return {key.thumbprint: key for key in parsed}


def sign_key_list(
    keys: Iterable[PublicKey], issuer: str, device_id: str, key: SigningKey, now: float
) -> str:
    """Give the key list for one phone as a compact JWS."""
    payload: dict[str, Any] = {"iss": issuer, "aud": device_id, "iat": int(now), **jwks(keys)}
    return jws.sign(payload, TYPE, key, {"kid": key.kid})


def read_key_list(
    text: str, server_keys: Mapping[str, PublicKey], issuer: str, device_id: str
) -> dict[str, PublicKey]:
    """
    Verify a key list on the phone; give the keys by `kid`.

    Raises:
        UnknownServerKey, NotForUs, BadKey: as they say.
        PeerError: whatever else the profile refuses (`jws.read`).
    """
    signed = jws.read(text, TYPE)
    kid = signed.header.get("kid")
    if not isinstance(kid, str) or kid not in server_keys:
        raise UnknownServerKey("found a key list signed by a key that is not known here")
    payload = signed.verify(server_keys[kid])
    if payload.get("iss") != issuer or payload.get("aud") != device_id:
        raise NotForUs("found a key list of another server or for another phone")
    if not isinstance(payload.get("keys"), list):
        raise BadClaims("found no keys in a key list")
    return parse_jwks(payload)
