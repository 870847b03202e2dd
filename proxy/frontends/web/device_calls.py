"""
Which phone calls: its DPoP proof names the key, the key's thumbprint the phone.

The proof is verified before the phone is looked for, and is used up durably before the call does
anything. Who is no enrolled phone is refused without a write.
"""

from typing import Any

from proxy.accounts.device import Device
from proxy.errors import PeerError
from proxy.factors import dpop
from proxy.factors.claims import ClockError
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem


async def calling_device(request: Any, parts: Parts) -> Device:  # noqa: ANN401 - Twisted's
    """
    Give the enrolled phone that makes this call.

    Raises:
        Problem: 401, with what is wrong with the proof or the phone.

    RFC 9449 section 4.3.
    """
    proofs = request.requestHeaders.getRawHeaders(b"DPoP", [])
    if len(proofs) != 1:
        raise Problem(401, "no-proof")
    try:
        proof = proofs[0].decode("ascii")
        url = parts.url + request.path.decode("ascii")
        method = request.method.decode("ascii")
        proved = dpop.check_proof(proof, method, url, parts.clock.seconds())
    except UnicodeDecodeError:
        raise Problem(401, "malformed-jws") from None
    except ClockError:
        raise Problem(401, "clock") from None
    except PeerError as error:
        raise Problem(401, error.reason) from None
    device = parts.devices.find(proved.thumbprint)
    if device is None:
        raise Problem(401, "unknown-device")
    must_be_enrolled(device)
    if not await parts.devices.use_proof(proved.digest, proved.issued_at + dpop.KEPT):
        raise Problem(401, "replayed-proof")
    return device


def must_be_enrolled(device: Device | None) -> Device:
    """Give the phone if it is enrolled now. Raises Problem: 401 device-retired."""
    if device is None or device.retired_at is not None:
        raise Problem(401, "device-retired")
    return device
