"""
Signed texts: the one strict profile of JWS that everything here is signed with.

A compact JWS comes in, its payload goes out, after the form, then the algorithm and type, and only
then the signature were checked. The key always comes from the caller: a key in a header is refused,
but in the two proofs that may name their own key (`read_naming_key`).

joserfc does the signature; what it leaves open (repeated names, the type, keys and URLs in the
header, sizes) is checked before it is asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from proxy.errors import PeerError
from proxy.factors.jwk import PublicKey, SigningKey, decode_base64url
from proxy.factors.strict_json import MalformedJson, parse_object

ALGORITHM = "ES256"
SIZE = 8192
"""Octets of a whole JWS (CONTRACT, device API, profile)."""
SIGNATURE_LENGTH = 64
REFUSED = frozenset({"crit", "b64", "jku", "x5u", "x5c"})
"""Each would move the choice of key or meaning to the sender, or to a URL of the sender's."""

_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)
_REGISTRY.max_header_length = SIZE
_REGISTRY.max_payload_length = SIZE


class MalformedJws(PeerError):  # noqa: N818 - it names what was found
    """Not a compact JWS of the profile."""

    reason = "malformed-jws"


class BadAlgorithm(PeerError):  # noqa: N818 - it names what was found
    """The header names another algorithm than ES256."""

    reason = "bad-algorithm"


class BadType(PeerError):  # noqa: N818 - it names what was found
    """The header names another type: a text signed for one purpose does not serve another."""

    reason = "bad-type"


class RefusedHeader(PeerError):  # noqa: N818 - it names what was found
    """The header says what this profile never follows."""

    reason = "refused-header"


class BadSignature(PeerError):  # noqa: N818 - it names what was found
    """The key that must have signed did not."""

    reason = "bad-signature"


@dataclass(frozen=True, slots=True)
class Signed:
    """A JWS whose form was checked, its signature not yet."""

    text: str
    header: Mapping[str, Any]
    payload: Mapping[str, Any]

    def verify(self, key: PublicKey) -> Mapping[str, Any]:
        """Give the payload if *key* signed it. Raises BadSignature."""
        try:
            jws.deserialize_compact(self.text, key.native, registry=_REGISTRY)
        except JoseError:
            raise BadSignature("found a signature that is not the expected key's") from None
        return self.payload


def read(text: str, typ: str) -> Signed:
    """
    Check the form of a JWS whose key is known otherwise.

    Raises:
        MalformedJws, BadAlgorithm, BadType, RefusedHeader: what the profile refuses.

    RFC 7515 section 5.2, RFC 8725 sections 3.1, 3.2 and 3.11.
    """
    signed = _parse(text, typ)
    if "jwk" in signed.header:
        raise RefusedHeader("found a key in the header")
    return signed


def read_naming_key(text: str, typ: str) -> tuple[Signed, PublicKey | None]:
    """
    Check the form of a proof that may name its own key in its header; give that key, or None.

    The caller decides what the key is worth, and verifies.

    Raises: as `read`; also BadKey.
    """
    signed = _parse(text, typ)
    if "jwk" not in signed.header:
        return signed, None
    return signed, PublicKey.parse(signed.header["jwk"])


def sign(
    payload: Mapping[str, Any], typ: str, key: SigningKey, header: Mapping[str, Any] | None = None
) -> str:
    """Sign *payload*; *header* holds what comes beside `alg` and `typ`."""
    protected = {"alg": ALGORITHM, "typ": typ, **(header or {})}
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    return jws.serialize_compact(protected, body, key.native, registry=_REGISTRY)


def _parse(text: str, typ: str) -> Signed:
    if len(text) > SIZE:
        raise MalformedJws(f"found more than {SIZE} octets")
    parts = text.split(".")
    if len(parts) != 3:
        raise MalformedJws(f"found {len(parts)} parts, wanted 3")
    try:
        head, body, signature = (decode_base64url(part) for part in parts)
        header = parse_object(head)
        _check_header(header, typ)
        payload = parse_object(body)
    except ValueError:
        raise MalformedJws("found a part that is not base64url") from None
    except MalformedJson as error:
        raise MalformedJws(str(error)) from None
    if len(signature) != SIGNATURE_LENGTH:
        raise MalformedJws(f"found a signature of {len(signature)} octets, wanted 64")
    return Signed(text, header, payload)


def _check_header(header: Mapping[str, Any], typ: str) -> None:
    if header.get("alg") != ALGORITHM:
        raise BadAlgorithm("found another algorithm, wanted ES256")
    if header.get("typ") != typ:
        raise BadType(f"found another type, wanted {typ}")
    if not REFUSED.isdisjoint(header):
        raise RefusedHeader("found one of crit, b64, jku, x5u, x5c in the header")
