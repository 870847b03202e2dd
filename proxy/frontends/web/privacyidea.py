"""
The one path of the privacyIDEA Authenticator: roll-out, polls, answers, token updates.

What a call is, its fields say. Each answer is JSON with a `result`, a refusal one with `error`. A
phone is known by the signature of its own key alone; a wrong one and an unknown serial are told
alike. What fails is limited by source, and by source and serial where the serial is known, so that
one forgotten phone does not stop those beside it. docs/privacyidea-app.md is for operators.
"""

import json
from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

from klein import Klein
from twisted.internet.defer import TimeoutError  # noqa: A004

from proxy.accounts.device import Device
from proxy.errors import PeerError, Unavailable
from proxy.factors import pipush
from proxy.factors.claims import ClockError
from proxy.frontends.web.ports import Parts, Token
from proxy.frontends.web.problem import TITLES, Problem
from proxy.frontends.web.source import source_of_request
from proxy.frontends.web.tries import Tries

LONGEST_WAIT: Final = 10.0
"""Seconds that a poll is held: the app gives up after 15."""
BODY_LENGTH: Final = 8192
"""Octets; the longest form, a roll-out, has about 1,000."""
FIELDS: Final = 16
FIELD_LENGTH: Final = 2048
"""Characters; a signature has at most 824, a public key about 740."""
NONCE_LENGTH: Final = 64
NO_SIGNATURE: Final = "bad-signature"
"""Tells a wrong signature as an unknown serial."""

Fields = dict[str, str]


class PrivacyIdeaApi:
    """The calls of that app, on a router that has all paths of the site."""

    def __init__(self, parts: Parts, reactor: Any) -> None:  # noqa: ANN401 - a reactor
        self._parts = parts
        self._reactor = reactor
        self._roll_outs = Tries()
        self._checks = Tries()
        self._newest: dict[str, object] = {}
        """The poll that each phone has open; an older one ends."""

    def add_to(self, router: Klein) -> None:
        """Add the path to a router."""
        router.route(pipush.PATH, methods=["GET"], endpoint="GET privacyidea")(self.get)
        router.route(pipush.PATH, methods=["POST"], endpoint="POST privacyidea")(self.post)

    async def get(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Answer a poll."""
        return await self._told(request, self._poll)

    async def post(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Answer a roll-out, a token update, or an answer."""
        return await self._told(request, self._posted)

    async def _told(
        self,
        request: Any,  # noqa: ANN401 - Twisted's
        call: Callable[[Any], Coroutine[Any, Any, bytes]],
    ) -> bytes:
        """Make a call; tell a refusal as the app reads it."""
        try:
            body = await call(request)
        except (Problem, PeerError, Unavailable) as error:
            problem = _problem(error)
            self._parts.count(problem.kind)
            request.setResponseCode(problem.status)
            for name, value in problem.headers.items():
                request.setHeader(name.encode(), value.encode())
            told = {"code": problem.status, "message": TITLES[problem.kind]}
            body = json.dumps({"result": {"status": False, "error": told}}).encode()
        request.setHeader(b"Content-Type", b"application/json")
        return body

    # --- what it can be ---

    async def _posted(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        body = request.content.getvalue()
        fields = _form(body)
        form = body.decode("ascii")
        if "enrollment_credential" in fields:
            return await self._roll_out(request, fields, form)
        if "new_fb_token" in fields:
            return await self._update(request, fields)
        return await self._answer(request, fields, form)

    async def _roll_out(self, request: Any, fields: Fields, form: str) -> bytes:  # noqa: ANN401
        source, now = source_of_request(request, self._parts), self._parts.clock.seconds()
        _must_wait(self._roll_outs.wait(source, now))
        try:
            serial, credential, text = _all(fields, "serial", "enrollment_credential", "pubkey")
            key = pipush.read_public_key(text)
        except (Problem, PeerError):
            self._roll_outs.failed(source, now)
            raise
        verdict = await self._parts.tokens.roll_out(serial, credential.lower(), key, form)
        if verdict != "done":
            self._roll_outs.failed(source, now)
            raise Problem(403, "bad-invitation")
        return json.dumps(
            {
                "result": {"status": True, "value": True},
                "detail": {
                    "public_key": self._parts.tokens.public_key(),
                    "rollout_state": "enrolled",
                    "serial": serial,
                },
            }
        ).encode()

    async def _poll(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        query = request.uri.partition(b"?")[2]
        fields = _form(query)
        serial, timestamp = _all(fields, "serial", "timestamp")
        token = await self._signed(request, fields, pipush.poll_text(serial, timestamp), timestamp)
        device = token.device
        if device is None:
            device = await self._activated(serial, query.decode("ascii"))
        texts = await self._challenges(_good(device).id)
        # As they stand in the store: what was signed is sent octet by octet.
        return b'{"result": {"status": true, "value": [' + ", ".join(texts).encode() + b"]}}"

    async def _update(self, request: Any, fields: Fields) -> bytes:  # noqa: ANN401 - Twisted's
        """Take a token of a push service, which nobody needs: these phones poll."""
        given, serial, timestamp = _all(fields, "new_fb_token", "serial", "timestamp")
        text = pipush.update_text(given, serial, timestamp)
        _good((await self._signed(request, fields, text, timestamp)).device)  # not a pending one
        return _value(good=True)

    async def _answer(self, request: Any, fields: Fields, form: str) -> bytes:  # noqa: ANN401
        _all(fields, "serial", "signature")
        answer = pipush.read_answer(fields)
        if answer.nonce is not None and len(answer.nonce) > NONCE_LENGTH:
            raise Problem(400, "malformed")
        token, check = self._checking(request, answer.serial)
        device = token.device
        if device is None:
            raise Problem(400, NO_SIGNATURE)
        tokens = self._parts.tokens
        nonces = tokens.open_nonces(device.id) if answer.nonce is None else [answer.nonce]
        nonce = next((one for one in nonces if answer.verifies(one, token.key)), None)
        check(good=nonce is not None)
        found = None if nonce is None else tokens.challenge(device.id, nonce)
        if found is None or (found.number is None and answer.presence_answer is not None):
            return _value(good=False)
        verdict = await tokens.answer(
            found.id, device.id, answer.decision, answer.presence_answer or "", form
        )
        self._parts.stirred()
        return _value(good=verdict == "stored")

    # --- who calls ---

    async def _signed(
        self,
        request: Any,  # noqa: ANN401 - Twisted's
        fields: Fields,
        text: str,
        timestamp: str,
    ) -> Token:
        """Give the phone that has signed *text* now, once. Raises Problem, PeerError."""
        serial, signature = _all(fields, "serial", "signature")
        now = self._parts.clock.seconds()
        moment = pipush.check_timestamp(timestamp, now)
        token, check = self._checking(request, serial)
        check(good=token.key.verifies(signature, text))
        if token.device is not None:
            _good(token.device)  # who is no enrolled phone is refused without a write
        digest = sha256(f"privacyidea {text}".encode()).digest()
        kept_until = moment + 2 * pipush.CLOCK_TOLERANCE
        if not await self._parts.tokens.use_proof(digest, kept_until):
            raise Problem(400, "replayed-proof")
        return token

    def _checking(self, request: Any, serial: str) -> tuple[Token, Callable[..., None]]:  # noqa: ANN401
        """Give the phone of a serial, and what is told whether its signature is good."""
        source, now = source_of_request(request, self._parts), self._parts.clock.seconds()
        token = self._parts.tokens.find(serial) if pipush.is_serial(serial) else None
        key = source if token is None else (source, serial)
        _must_wait(self._checks.wait(key, now))

        def check(*, good: bool) -> None:
            if not good:
                self._checks.failed(key, now)
                raise Problem(400, NO_SIGNATURE)

        if token is None:
            check(good=False)
            raise AssertionError
        return token, check

    async def _activated(self, serial: str, poll: str) -> Device | None:
        """Make a phone that has signed its first poll the account's; give it."""
        await self._parts.tokens.activate(serial, poll)
        self._parts.stirred()
        token = self._parts.tokens.find(serial)  # a poll beside this one may have been first
        if token is None or token.device is None:
            raise Problem(403, "bad-invitation")
        return token.device

    # --- waiting ---

    async def _challenges(self, device_id: str) -> list[str]:
        """Give what a phone can answer; wait for it if there is nothing. A newer poll ends this."""
        mine = self._newest[device_id] = object()
        self._parts.inbox.changed(device_id)
        ends_at = self._reactor.seconds() + LONGEST_WAIT
        try:
            while True:
                _good(self._parts.tokens.device(device_id))
                found = [one.request for one in self._parts.tokens.open_approvals(device_id)]
                left = ends_at - self._reactor.seconds()
                if found or left <= 0 or self._newest.get(device_id) is not mine:
                    return found
                await self._change(device_id, left)
        finally:
            if self._newest.get(device_id) is mine:
                del self._newest[device_id]

    async def _change(self, device_id: str, seconds: float) -> None:
        waiting = self._parts.inbox.wait(device_id)
        waiting.addTimeout(seconds, self._reactor)
        try:
            await waiting
        except TimeoutError:
            return


def _good(device: Device | None) -> Device:
    """Give the phone if it is enrolled and its account good. Raises Problem."""
    if device is None or device.retired_at is not None:
        raise Problem(403, "device-retired")
    if not device.account_good:
        raise Problem(403, "account-blocked")
    return device


def _must_wait(seconds: float) -> None:
    if seconds > 0:
        raise Problem(429, "too-many-tries", {"Retry-After": str(int(seconds) + 1)})


def _form(octets: bytes) -> Fields:
    """Read a form or query: each field once, all within their limits. Raises Problem."""
    if len(octets) > BODY_LENGTH:
        raise Problem(413, "too-large")
    try:
        pairs = parse_qsl(
            octets.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=FIELDS,
        )
    except ValueError:
        raise Problem(400, "malformed") from None
    fields = dict(pairs)
    if len(fields) < len(pairs) or any(len(value) > FIELD_LENGTH for value in fields.values()):
        raise Problem(400, "malformed")
    return fields


def _all(fields: Fields, *names: str) -> list[str]:
    found = [fields.get(name) for name in names]
    if not all(found):
        raise Problem(400, "malformed")
    return [value for value in found if value]


def _value(*, good: bool) -> bytes:
    return json.dumps({"result": {"status": True, "value": good}}).encode()


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case ClockError():
            return Problem(400, "clock")
        case PeerError():
            return Problem(400, error.reason)
        case _:
            return Problem(503, "unavailable", {"Retry-After": "5"})
