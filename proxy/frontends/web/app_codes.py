"""
Codes in the app: the paths by which an enrolled phone enrols TOTP for its account.

POST gives a new seed, PUT takes the first code of it. Both are calls of an enrolled phone; whether
its person may is asked of the policies each time.
"""

import json
from typing import Any, Final
from urllib.parse import urlsplit

from klein import Klein

from proxy.accounts.device import Device
from proxy.errors import PeerError
from proxy.factors.strict_json import parse_object
from proxy.factors.totp import TotpSeed, otpauth_uri
from proxy.frontends.web.device_calls import calling_device
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem
from proxy.secret import Secret

PATH: Final = "/api/device/v1/totp"
CODE_LENGTH: Final = 8
"""Digits of the longest codes that there are."""
_REFUSED: Final = {
    "gone": (401, "device-retired"),
    "already-enrolled": (409, "already-enrolled"),
    "nothing-begun": (404, "nothing-begun"),
    "code-wrong": (422, "code-wrong"),
}


class AppCodesApi:
    """The two calls, on a router that has all paths of the site."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._issuer = urlsplit(parts.url).hostname or "Countersign"

    def add_to(self, router: Klein) -> None:
        """Add the paths to a router."""
        router.route(PATH, methods=["POST"], endpoint=f"POST {PATH}")(self.begin)
        router.route(PATH, methods=["PUT"], endpoint=f"PUT {PATH}")(self.confirm)

    async def begin(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Give the URI of a new seed; one that the account has is given up for a code of it."""
        device = await self._device(request)
        members = _members(request)
        old_code = _code(members) if members.get("replace") is True else None
        verdict = await self._parts.codes.begin(device.id, old_code)
        if not isinstance(verdict, TotpSeed):
            raise Problem(*_REFUSED[verdict])
        uri = otpauth_uri(verdict, device.user_name, self._issuer)
        request.setResponseCode(201)
        request.setHeader(b"Content-Type", b"application/json")
        return json.dumps({"uri": uri}).encode()

    async def confirm(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Take the first code of the seed; from then on its codes are the account's."""
        device = await self._device(request)
        code = _code(_members(request))
        if code is None:
            raise Problem(400, "malformed")
        verdict = await self._parts.codes.confirm(device.id, code)
        if verdict != "enrolled":
            raise Problem(*_REFUSED[verdict])
        request.setResponseCode(204)
        return b""

    async def _device(self, request: Any) -> Device:  # noqa: ANN401 - Twisted's
        """Give the phone that calls, if its person may have codes in it."""
        device = await calling_device(request, self._parts)
        if not device.account_good:
            raise Problem(403, "account-blocked")
        if not self._parts.app_codes(device.directory):
            raise Problem(403, "app-codes-off")
        return device


def _members(request: Any) -> dict[str, Any]:  # noqa: ANN401 - Twisted's
    body = request.content.getvalue()
    media_type = request.getHeader(b"Content-Type")
    if media_type is not None and media_type.split(b";")[0].strip().lower() != b"application/json":
        raise Problem(415, "media-type")
    if not body:
        return {}
    try:
        members: dict[str, Any] = parse_object(body)
    except PeerError as error:
        raise Problem(400, error.reason) from None
    return members


def _code(members: dict[str, Any]) -> Secret | None:
    code = members.get("code")
    if code is None:
        return None
    if not isinstance(code, str) or not code.isascii() or not 0 < len(code) <= CODE_LENGTH:
        raise Problem(400, "malformed")
    return Secret(code.encode())
