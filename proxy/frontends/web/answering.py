"""
A phone's answer: checked here, taken in the store's transaction, told as a status.

The answer verifies with the stored key of the phone that the request was for, which must be the
phone that calls; no key in the answer's own header is ever used.
"""

from collections.abc import Mapping
from typing import Final

from proxy.accounts.device import Device
from proxy.errors import PeerError
from proxy.factors.approval import AskedApproval, check_answer
from proxy.factors.claims import ClockError
from proxy.factors.jwk import PublicKey
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem

_TOLD: Final[Mapping[str, tuple[int, str]]] = {
    "answered": (409, "answered"),
    "gone": (410, "gone"),
    "wrong-number": (422, "number-wrong"),
    "missing-number": (422, "number-missing"),
}


async def take_answer(parts: Parts, device: Device, approval_id: str, body: bytes) -> None:
    """
    Take the answer to a request.

    Raises:
        Problem: 404 no such request of this phone; 400 another form, signature or request; 409
            answered before; 410 expired, withdrawn or void; 422 number missing or wrong.
    """
    found = parts.devices.approval(approval_id)
    if found is None or found.device_id != device.id:
        raise Problem(404, "not-found")
    try:
        text = body.decode("ascii").strip()
        answer = check_answer(
            text,
            AskedApproval(id=found.id, nonce=found.nonce, request=found.request),
            PublicKey.parse_text(device.public_jwk),
            parts.clock.seconds(),
        )
    except UnicodeDecodeError:
        raise Problem(400, "malformed-jws") from None
    except ClockError:
        raise Problem(400, "clock") from None
    except PeerError as error:
        raise Problem(400, error.reason) from None
    verdict = await parts.devices.answer(
        approval_id, device.id, answer.decision, answer.number, text
    )
    parts.stirred()
    if verdict != "stored":
        raise Problem(*_TOLD[verdict])
