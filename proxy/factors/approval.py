"""
An approval: what the server signs to ask a phone, and what the phone signs to answer.

The request names the login's circumstances; the answer names the request by the hash of its exact
octets, so that nobody can make an approval of one login serve another. Server and phone use the two
halves of this page; neither half knows of sockets or of the store.
"""

import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, cast

from proxy.errors import PeerError
from proxy.factors import jws
from proxy.factors.claims import BadClaims, check_issued, text_claim, time_claim
from proxy.factors.jwk import PublicKey, SigningKey, encode_base64url

REQUEST_TYPE = "approval-request+jwt"
ANSWER_TYPE = "approval-answer+jwt"
SHOWN_LENGTH = 64
"""Characters of any text that a phone shows (CONTRACT, device API)."""
NUMBER_LENGTH = 16
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_COUNTRY = re.compile(r"[A-Z]{2}")

Decision = Literal["approve", "deny", "report"]
DECISIONS: frozenset[str] = frozenset({"approve", "deny", "report"})


class AnotherRequest(PeerError):  # noqa: N818 - it names what was found
    """The answer is to another request, or to this one with other octets."""

    reason = "another-request"


class UnknownServerKey(PeerError):  # noqa: N818 - it names what was found
    """A request names a server key that this phone does not have."""

    reason = "unknown-server-key"


class NotForUs(PeerError):  # noqa: N818 - it names what was found
    """A request of another server, or for another phone."""

    reason = "not-for-us"


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What a person is asked: may this login pass?"""

    id: str
    issuer: str
    """`web.url`."""
    account: str
    """The account's name."""
    device_id: str
    """Thumbprint of the phone's key."""
    issued_at: float
    expires_at: float
    nonce: str
    client: str
    """The NAS's name in the configuration."""
    origin: str
    """The caller, else the client's address."""
    number_digits: int
    """Digits of the number to type; 0: none is asked."""
    verify_user: bool
    """The phone must make sure of its user (PIN, fingerprint) before it answers."""
    first_time: bool = False
    """The person never logged in from there before: at this client, or in this country."""
    country: str | None = None
    """Of the caller, two letters; None: not known."""


@dataclass(frozen=True, slots=True)
class AskedApproval:
    """What the server kept of a request that it signed."""

    id: str
    nonce: str
    request: str
    """The JWS, as every phone received it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person decided, signed by the phone."""

    decision: Decision
    number: str | None
    """ASCII digits as typed; None: none was sent."""


def shown_text(text: str) -> str:
    """
    Give a text as it may be shown: without control, format and direction characters, cut.

    The Unicode categories C* and the line and paragraph separators are removed.
    """
    if text.isascii() and text.isprintable():
        return text[:SHOWN_LENGTH]
    kept = [c for c in text if unicodedata.category(c) not in _NOT_SHOWN]
    return "".join(kept)[:SHOWN_LENGTH]


def sign_request(request: ApprovalRequest, key: SigningKey) -> str:
    """Give the request as a compact JWS; it is signed once and kept."""
    payload = {
        "id": request.id,
        "iss": request.issuer,
        "sub": shown_text(request.account),
        "aud": request.device_id,
        "iat": int(request.issued_at),
        "exp": int(request.expires_at),
        "nonce": request.nonce,
        "client": shown_text(request.client),
        "origin": shown_text(request.origin),
        "number_digits": request.number_digits,
        "verify_user": request.verify_user,
    }
    if request.first_time:
        payload["first_time"] = True
    if request.country is not None:
        payload["country"] = request.country
    return jws.sign(payload, REQUEST_TYPE, key, {"kid": key.kid})


def read_request(
    text: str, server_keys: Mapping[str, PublicKey], issuer: str, device_id: str
) -> ApprovalRequest:
    """
    Verify a request on the phone, before anything of it is shown. Its times are not judged.

    *server_keys* are the keys that the phone has, by `kid`.

    Raises:
        UnknownServerKey, NotForUs, BadClaims: as they say.
        PeerError: whatever else the profile refuses (`jws.read`).
    """
    signed = jws.read(text, REQUEST_TYPE)
    kid = signed.header.get("kid")
    if not isinstance(kid, str) or kid not in server_keys:
        raise UnknownServerKey("found a request signed by a key that is not known here")
    payload = signed.verify(server_keys[kid])
    if payload.get("iss") != issuer or payload.get("aud") != device_id:
        raise NotForUs("found a request of another server or for another phone")
    return ApprovalRequest(
        id=text_claim(payload, "id"),
        issuer=issuer,
        account=shown_text(text_claim(payload, "sub")),
        device_id=device_id,
        issued_at=time_claim(payload, "iat"),
        expires_at=time_claim(payload, "exp"),
        nonce=text_claim(payload, "nonce"),
        client=shown_text(text_claim(payload, "client")),
        origin=shown_text(text_claim(payload, "origin")),
        number_digits=_digits_claim(payload),
        verify_user=payload.get("verify_user") is True,
        first_time=payload.get("first_time") is True,
        country=_country_claim(payload),
    )


def request_digest(request: str) -> str:
    """Give what an answer names its request by: base64url SHA-256 of the JWS as received."""
    return encode_base64url(sha256(request.encode()).digest())


def sign_answer(
    request: str, asked: ApprovalRequest, answer: Answer, key: SigningKey, now: float
) -> str:
    """Give the phone's answer as a compact JWS; *request* is the JWS as received."""
    payload: dict[str, Any] = {
        "id": asked.id,
        "nonce": asked.nonce,
        "request": request_digest(request),
        "decision": answer.decision,
        "iat": int(now),
    }
    if answer.number is not None:
        payload["number"] = answer.number
    return jws.sign(payload, ANSWER_TYPE, key)


def check_answer(text: str, asked: AskedApproval, key: PublicKey, now: float) -> Answer:
    """
    Verify an answer on the server; whether its number is right is not judged here.

    *key* is the stored key of the phone that was asked.

    Raises:
        AnotherRequest, BadClaims, ClockError: as they say.
        PeerError: whatever else the profile refuses (`jws.read`), BadSignature above all.
    """
    payload = jws.read(text, ANSWER_TYPE).verify(key)
    expected = {"id": asked.id, "nonce": asked.nonce, "request": request_digest(asked.request)}
    for name, value in expected.items():
        if not hmac.compare_digest(text_claim(payload, name).encode(), value.encode()):
            raise AnotherRequest(f"found another {name} than this request's")
    check_issued(payload, now)
    return Answer(_decision_claim(payload), _number_claim(payload))


def _decision_claim(payload: Mapping[str, Any]) -> Decision:
    decision = text_claim(payload, "decision")
    if decision not in DECISIONS:
        raise BadClaims("found another decision, wanted approve, deny or report")
    return cast("Decision", decision)


def _number_claim(payload: Mapping[str, Any]) -> str | None:
    if payload.get("number", "") == "":
        return None
    return text_claim(payload, "number", NUMBER_LENGTH)


def _country_claim(payload: Mapping[str, Any]) -> str | None:
    country = payload.get("country")
    return country if isinstance(country, str) and _COUNTRY.fullmatch(country) else None


def _digits_claim(payload: Mapping[str, Any]) -> int:
    digits = payload.get("number_digits")
    if type(digits) is not int or not 0 <= digits <= NUMBER_LENGTH:
        raise BadClaims(f"found no whole number from 0 to {NUMBER_LENGTH} as number_digits")
    return digits
