"""
A passkey: what a phone's authenticator says when it made sure of the person (WebAuthn Level 3).

A registration comes with a phone's enrolment, an assertion with an approval. Both are bound to a
text that the phone signs anyway: the challenge is the SHA-256 of that JWS's octets, so an
assertion serves one answer to one request and nothing else. The webauthn library verifies; what it
leaves open (sizes, which credential, whose it is, the algorithms' parameters, frames of other
sites) is checked here. Whether the counter goes on is `accounts.passkey.counts_on`, asked where it
is kept.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authenticator_data,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import (
    DecodedEC2PublicKey,
    DecodedOKPPublicKey,
    DecodedRSAPublicKey,
)
from webauthn.helpers.structs import AttestationObject, CredentialDeviceType
from webauthn.registration.verify_registration_response import VerifiedRegistration

from proxy.errors import PeerError
from proxy.factors.jwk import decode_base64url, encode_base64url
from proxy.factors.strict_json import MalformedJson, parse_object

ALGORITHMS: Final[Mapping[type[object], COSEAlgorithmIdentifier]] = {
    DecodedEC2PublicKey: COSEAlgorithmIdentifier.ECDSA_SHA_256,
    DecodedOKPPublicKey: COSEAlgorithmIdentifier.EDDSA,
    DecodedRSAPublicKey: COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
}
"""ES256 on P-256, Ed25519, RS256: what phones and computers make, each with its kind of key."""
RSA_BITS: Final = range(2048, 4097)
RSA_EXPONENT: Final = 65_537
"""At most: what a verification costs grows with it."""
CREDENTIAL_ID_LENGTH: Final = 1023
"""Octets at most (WebAuthn section 4, Credential ID)."""
CLIENT_DATA_LENGTH: Final = 4096
AUTHENTICATOR_DATA_LENGTH: Final = 4096
"""Of an attestation object too: an id and a key, at their longest, are less than 2 kB."""
SIGNATURE_LENGTH: Final = 512
"""Octets at most: of RSA with 4096 bits."""
TEXT_LENGTH: Final = 32_768
"""Characters of a whole registration or assertion as JSON; phones send about 2,000."""

Verified = TypeVar("Verified")


class BadPasskey(PeerError):  # noqa: N818 - it names what was found
    """A registration that does not verify, or is of a kind that is not taken."""

    reason = "bad-passkey"


class BadAssertion(PeerError):  # noqa: N818 - it names what was found
    """An assertion that does not verify, or is another credential's or another answer's."""

    reason = "bad-assertion"


class NotVerified(PeerError):  # noqa: N818 - it names what was found
    """The authenticator did not make sure of its person: the flag UV is not set."""

    reason = "verify-user"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who a passkey is for: one site."""

    id: str
    """The host of `web.url`."""
    origin: str
    """The origin of `web.url`, as browsers write it."""

    @classmethod
    def of(cls, url: str) -> "RelyingParty":
        """Give the one of a `web.url` (RFC 6454 section 6.1: no default port in an origin)."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        port = "" if parts.port in {None, 443} else f":{parts.port}"
        return cls(host, f"{parts.scheme}://{shown}{port}")


@dataclass(frozen=True, slots=True)
class Registration:
    """A verified registration."""

    credential_id: bytes
    public_key: bytes
    """COSE_Key (RFC 9052 section 7)."""
    sign_count: int
    synced: bool
    """Backup eligible."""
    text: str
    """The registration as JSON, to be kept."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion."""

    sign_count: int
    """To be compared with the one before."""
    text: str
    """The assertion as JSON, to be kept: whoever has the public key can verify it later."""


def challenge(jws: str) -> bytes:
    """Give the challenge that goes with a signed text: SHA-256 of its octets."""
    return sha256(jws.encode()).digest()


def user_handle(device_id: str) -> bytes:
    """Give the name of the person at the authenticator: it tells nothing of the account."""
    return sha256(device_id.encode()).digest()


def check_registration(found: object, proof: str, party: RelyingParty) -> Registration:
    """
    Verify the registration that came with an enrolment.

    Args:
        found: RegistrationResponseJSON, as JSON gave it.
        proof: the enrolment proof, a compact JWS, whose digest is the challenge.

    Raises:
        NotVerified: the flag UV is not set.
        BadPasskey: anything else.

    WebAuthn section 7.1. No attestation is asked for: `none`, or a signature by the key itself.
    """
    members, response = _members(found, BadPasskey)
    _client_data(response, BadPasskey)
    octets = _octets(response, "attestationObject", AUTHENTICATOR_DATA_LENGTH, BadPasskey)
    attested = _asked(lambda: parse_attestation_object(octets), BadPasskey)
    _asked(lambda: _check_kind(attested), BadPasskey)
    if not attested.auth_data.flags.uv:
        raise NotVerified("found a registration without user verification")

    def verify() -> VerifiedRegistration:
        return verify_registration_response(
            credential=members,
            expected_challenge=challenge(proof),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS.values()),
        )

    verified = _asked(verify, BadPasskey)
    if not 0 < len(verified.credential_id) <= CREDENTIAL_ID_LENGTH:
        raise BadPasskey(f"found a credential id that is not 1 to {CREDENTIAL_ID_LENGTH} octets")
    if members["id"] != encode_base64url(verified.credential_id):
        raise BadPasskey("found another id than that of the credential")
    return Registration(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        synced=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        text=_text(members),
    )


def check_assertion(
    found: object,
    answer: str,
    party: RelyingParty,
    device_id: str,
    credential_id: bytes,
    public_key: bytes,
    *,
    synced: bool,
) -> Assertion:
    """
    Verify the assertion that came with an answer; whether its counter goes on is not judged here.

    Args:
        found: AuthenticationResponseJSON, as JSON gave it.
        answer: the signed answer, a compact JWS, whose digest is the challenge.
        device_id: the phone whose passkey it must be; `credential_id`, `public_key` and `synced`
            (backup eligible, which never changes) are that one's.

    Raises:
        NotVerified: the flag UV is not set.
        BadAssertion: anything else.

    WebAuthn section 7.2.
    """
    members, response = _members(found, BadAssertion)
    _client_data(response, BadAssertion)
    data = _octets(response, "authenticatorData", AUTHENTICATOR_DATA_LENGTH, BadAssertion)
    _octets(response, "signature", SIGNATURE_LENGTH, BadAssertion)
    if members["id"] != encode_base64url(credential_id):
        raise BadAssertion("found the assertion of another credential")
    if response.get("userHandle") not in (None, encode_base64url(user_handle(device_id))):
        raise BadAssertion("found the assertion of another phone's person")
    if not _asked(lambda: parse_authenticator_data(data), BadAssertion).flags.uv:
        raise NotVerified("found an assertion without user verification")

    def verify() -> VerifiedAuthentication:
        return verify_authentication_response(
            credential=members,
            expected_challenge=challenge(answer),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )

    verified = _asked(verify, BadAssertion)
    if synced != (verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE):
        raise BadAssertion("found another backup eligibility than at the registration")
    return Assertion(sign_count=verified.new_sign_count, text=_text(members))


def _members(found: object, bad: type[PeerError]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Give the credential and its response; their forms are bounded before anything is decoded."""
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        raise bad("found another value, wanted a credential with a response")
    if len(json.dumps(found)) > TEXT_LENGTH:
        raise bad(f"found more than {TEXT_LENGTH} characters")
    identifier = found.get("id")
    if not isinstance(identifier, str) or found.get("rawId") != identifier:
        raise bad("found no id, or another rawId")
    return found, found["response"]


def _client_data(response: Mapping[str, Any], bad: type[PeerError]) -> None:
    """Refuse client data that two readers could read differently, or of a frame of another site."""
    octets = _octets(response, "clientDataJSON", CLIENT_DATA_LENGTH, bad)
    try:
        told = parse_object(octets)
    except MalformedJson as error:
        raise bad(str(error)) from None
    if told.get("crossOrigin", False) is not False or "topOrigin" in told:
        raise bad("found a frame in another site's page")


def _octets(response: Mapping[str, Any], name: str, length: int, bad: type[PeerError]) -> bytes:
    value = response.get(name)
    try:
        octets = decode_base64url(value) if isinstance(value, str) else b""
    except ValueError:
        octets = b""
    if not 0 < len(octets) <= length:
        raise bad(f"found no base64url of 1 to {length} octets as {name}")
    return octets


def _asked(call: Callable[[], Verified], bad: type[PeerError]) -> Verified:
    """Ask the library; what it raises over hostile octets is more than its own exceptions."""
    try:
        return call()
    except PeerError:
        raise
    except Exception as error:  # noqa: BLE001 - KeyError, TypeError, pyOpenSSL's: all refuse
        raise bad(f"found what does not verify: {type(error).__name__}") from None


def _check_kind(attested: AttestationObject) -> None:
    """
    Raise where there is an attestation, or a key of another size or curve than is taken here.

    A signature of the key itself is none: no vendor's certificates are read.
    """
    by_itself = attested.fmt == "packed" and attested.att_stmt.x5c is None
    if attested.fmt != "none" and not by_itself:
        raise BadPasskey("found an attestation, wanted none")
    credential = attested.auth_data.attested_credential_data
    if credential is None:
        raise BadPasskey("found no credential")
    key = decode_credential_public_key(credential.credential_public_key)
    if ALGORITHMS.get(type(key)) != key.alg:
        raise BadPasskey("found another algorithm, wanted ES256, EdDSA or RS256")
    if isinstance(key, DecodedEC2PublicKey) and key.crv != COSECRV.P256:
        raise BadPasskey("found another curve, wanted P-256")
    native = decoded_public_key_to_cryptography(key)
    if isinstance(native, RSAPublicKey):
        exponent = native.public_numbers().e
        if native.key_size not in RSA_BITS or exponent > RSA_EXPONENT:
            raise BadPasskey("found an RSA key of another size, wanted 2048 to 4096 bits")


def _text(members: Mapping[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":"))
