"""The path by which a phone that has just enrolled gets its person's first recovery codes, once."""

import json
from typing import Any, Final

from klein import Klein

from proxy.accounts.device import Device
from proxy.frontends.web.device_calls import calling_device
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem

PATH: Final = "/api/device/v1/recovery-codes"
_REFUSED: Final = {
    "not-enrolled": (401, "device-retired"),
    "too-late": (409, "too-late"),
    "has-codes": (409, "has-recovery-codes"),
}


class FirstCodesApi:
    """One call, on a router that has all paths of the site."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def add_to(self, router: Klein) -> None:
        """Add the path to a router."""
        router.route(PATH, methods=["POST"], endpoint=f"POST {PATH}")(self.issue)

    async def issue(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Give the codes; this is the only time that they can be read."""
        device = await calling_device(request, self._parts)
        if not device.account_good:
            raise Problem(403, "account-blocked")
        if not self._parts.recovery_serves(device.directory):
            raise Problem(403, "no-recovery-codes")
        issued = await self._parts.first_codes.issue(device.id)
        if isinstance(issued, str):
            raise Problem(*_REFUSED[issued])
        request.setResponseCode(201)
        request.setHeader(b"Content-Type", b"application/json")
        return json.dumps({"codes": issued}).encode()


def may_have(parts: Parts, device: Device) -> bool:
    """Say whether a phone would get codes now."""
    return parts.recovery_serves(device.directory) and parts.first_codes.may_have(device)
