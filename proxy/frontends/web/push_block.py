"""What a phone is told of a block on its pushes, and its person's word that they are there."""

from typing import Any

from klein import Klein

from proxy.accounts.device import Device
from proxy.frontends.web.device_calls import calling_device
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem


def block_facts(parts: Parts, device: Device) -> dict[str, Any] | None:
    """Give the member `push_blocked` of GET /me; None: pushes are sent."""
    found = parts.devices.push_block(device.account_id)
    if found is None:
        return None
    return {"by": found.by, "since": int(found.since), "locked": found.locked}


class PushBlockCalls:
    """The call that ends a block."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def add_to(self, router: Klein, prefix: str) -> None:
        """Add the path to a router."""
        route = router.route(
            f"{prefix}/push-block", methods=["DELETE"], endpoint="DELETE push-block"
        )
        route(self.confirm)

    async def confirm(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Send this person pushes again; the proof of the call is that they have their phone."""
        device = await calling_device(request, self._parts)
        verdict = await self._parts.devices.confirm_push(device.id)
        if verdict == "locked":
            raise Problem(409, "push-locked")
        if verdict == "not-enrolled":
            raise Problem(401, "device-retired")
        request.setResponseCode(204)
        return b""
