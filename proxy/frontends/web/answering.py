"""
A phone's answer: checked here, taken in the store's transaction, told as a status.

The answer verifies with the stored key of the phone that the request was for, which must be the
phone that calls; no key in the answer's own header is ever used. Where the request wants the person
verified, an approval comes with an assertion of that phone's passkey over the answer's octets. A
missing or wrong assertion leaves the request as it is; `deny` and `report` need none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from proxy.accounts.device import Device
from proxy.accounts.passkey import Asserted
from proxy.errors import PeerError
from proxy.factors.approval import AskedApproval, check_answer
from proxy.factors.claims import ClockError
from proxy.factors.jwk import PublicKey
from proxy.factors.passkey import NotVerified, check_assertion
from proxy.factors.strict_json import parse_object
from proxy.frontends.web.passkeys import must_be_taken
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem

_TOLD: Final[Mapping[str, tuple[int, str]]] = {
    "answered": (409, "answered"),
    "gone": (410, "gone"),
    "wrong-number": (422, "number-wrong"),
    "missing-number": (422, "number-missing"),
    "not-verified": (422, "verify-user"),
    "copied-passkey": (422, "passkey-copied"),
}


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """An answer as it was sent, nothing of it verified."""

    jws: str
    assertion: object = None
    """As JSON gave it; None: there is none."""
    with_assertion: bool = False
    """It came in the form that has room for one."""


def plain_answer(body: bytes) -> SentAnswer:
    """Read a body that is the signed answer (application/jose). Raises Problem."""
    try:
        return SentAnswer(body.decode("ascii").strip())
    except UnicodeDecodeError:
        raise Problem(400, "malformed-jws") from None


def answer_with_assertion(body: bytes) -> SentAnswer:
    """Read a body that is the signed answer and an assertion (JSON). Raises Problem."""
    try:
        members: dict[str, Any] = parse_object(body)
    except PeerError as error:
        raise Problem(400, error.reason) from None
    jws = members.get("answer")
    if not isinstance(jws, str) or not jws.isascii():
        raise Problem(400, "malformed-jws")
    return SentAnswer(jws, members.get("assertion"), with_assertion=True)


async def take_answer(parts: Parts, device: Device, approval_id: str, sent: SentAnswer) -> None:
    """
    Take the answer to a request.

    Raises:
        Problem: 404 no such request of this phone; 400 another form, signature, assertion or
            request; 409 answered before; 410 expired, withdrawn or void; 415 an assertion that
            was not asked for; 422 number missing or wrong, person not verified.
    """
    found = parts.devices.approval(approval_id)
    if found is None or found.device_id != device.id:
        raise Problem(404, "not-found")
    if sent.with_assertion and not found.verify_user:
        raise Problem(415, "media-type")
    try:
        answer = check_answer(
            sent.jws,
            AskedApproval(id=found.id, nonce=found.nonce, request=found.request),
            PublicKey.parse_text(device.public_jwk),
            parts.clock.seconds(),
        )
    except ClockError:
        raise Problem(400, "clock") from None
    except PeerError as error:
        raise Problem(400, error.reason) from None
    asserted = None
    wanted = found.verify_user and found.state == "open" and answer.decision == "approve"
    if wanted and sent.assertion is not None:
        asserted = _asserted(parts, device, sent)
    verdict = await parts.devices.answer(
        approval_id, device.id, answer.decision, answer.number, sent.jws, asserted
    )
    parts.stirred()
    if verdict != "stored":
        raise Problem(*_TOLD[verdict])


def _asserted(parts: Parts, device: Device, sent: SentAnswer) -> Asserted:
    passkey = device.passkey
    if passkey is None:
        raise Problem(422, "verify-user")
    must_be_taken(parts, synced=passkey.synced)
    try:
        assertion = check_assertion(
            sent.assertion,
            sent.jws,
            parts.relying_party,
            device.id,
            passkey.credential_id,
            passkey.public_key,
            synced=passkey.synced,
        )
    except NotVerified as error:
        raise Problem(422, error.reason) from None
    except PeerError as error:
        raise Problem(400, error.reason) from None
    return Asserted(assertion.sign_count, assertion.text)
