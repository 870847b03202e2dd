"""
The paths for phones, under /api/device/v1: enrolment, approvals, answers.

Each call but the enrolment is made by an enrolled phone, which is found first. What a call needs of
its body is checked after that.
"""

import json
from typing import Any, Final

from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from proxy.accounts import enrolment as codes
from proxy.accounts.device import Candidate, Enrolled
from proxy.errors import PeerError
from proxy.factors import enrolment, key_list
from proxy.factors.claims import ClockError
from proxy.factors.jwk import PublicKey
from proxy.factors.strict_json import parse_object
from proxy.factors.subscription import BadSubscription, parse_subscription
from proxy.frontends.web.answering import answer_with_assertion, plain_answer, take_answer
from proxy.frontends.web.device_calls import calling_device
from proxy.frontends.web.first_codes import may_have
from proxy.frontends.web.passkeys import passkey_of
from proxy.frontends.web.polls import LONGEST_WAIT, Polls
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem, Problems
from proxy.frontends.web.push_block import PushBlockCalls, block_facts
from proxy.frontends.web.source import source_of_request
from proxy.frontends.web.tries import Tries

PREFIX: Final = "/api/device/v1"
NAME_LENGTH: Final = 256
"""Characters of a phone's name that are looked at; 64 are kept."""
KNOWN_KEYS: Final = 16
"""Keys that a phone may say it has: more than are ever published at once."""
_REFUSED: Final = {"bad-invitation": 403, "already-enrolled": 409, "has-device": 409}


class DeviceApi:
    """The calls of phones, on a router that has all paths of the site."""

    def __init__(self, parts: Parts, problems: Problems, reactor: IReactorTime) -> None:
        self._parts = parts
        self._problems = problems
        self._polls = Polls(parts, reactor)
        self._tries = Tries()

    def add_to(self, router: Klein) -> None:
        """Add the paths to a router."""
        for path, method, call in (
            ("/enrolments", "POST", self.enrol),
            ("/approvals", "GET", self.approvals),
            ("/events", "GET", self.events),
            ("/approvals/<approval_id>/answer", "POST", self.answer),
            ("/me", "GET", self.me),
            ("/me", "DELETE", self.unenrol),
            ("/push-subscription", "PUT", self.subscribe),
            ("/push-subscription", "DELETE", self.unsubscribe),
        ):
            name = f"{method} {path}"
            router.route(PREFIX + path, methods=[method], endpoint=name)(call)
        PushBlockCalls(self._parts).add_to(router, PREFIX)
        router.handle_errors(Exception)(self.failed)

    def failed(self, request: Any, failure: Failure) -> bytes:  # noqa: ANN401 - Twisted's
        """Tell a failure as the problem that it is."""
        return self._problems.answer(request, failure)

    async def enrol(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Enrol a phone by its invitation's code and the proof that it has the key."""
        source = source_of_request(request, self._parts)
        now = self._parts.clock.seconds()
        wait = self._tries.wait(source, now)
        if wait > 0:
            raise Problem(429, "too-many-tries", {"Retry-After": str(int(wait) + 1)})
        try:
            code, candidate = self._candidate(_json_body(request))
            # The keys first: an enrolment cannot be taken back where they cannot be had.
            keys = await self._parts.devices.server_keys()
            enrolled = await self._enrol(code, candidate)
        except Problem as problem:
            if problem.kind != "clock":
                self._tries.failed(source, now)
            raise
        self._parts.stirred()
        request.setResponseCode(201)
        return _json(
            request,
            {
                "device_id": enrolled.device_id,
                "account": enrolled.account_name,
                "server_keys": key_list.jwks(keys.published),
                "issuer": self._parts.url,
            },
        )

    def _candidate(self, members: dict[str, Any]) -> tuple[str, Candidate]:
        """Give the code and the phone of an enrolment whose proof is good."""
        typed, name, proof = (_text(members, member) for member in ("code", "name", "proof"))
        code = codes.normal_code(typed)
        try:
            key = PublicKey.parse(members.get("key"))
            enrolment.check_proof(proof, key, typed, self._parts.url, self._parts.clock.seconds())
        except ClockError:
            raise Problem(400, "clock") from None
        except PeerError as error:
            raise Problem(400, error.reason) from None
        if code is None:
            raise Problem(403, "bad-invitation")
        return code, Candidate(
            id=key.thumbprint,
            public_jwk=key.to_text(),
            name=name[:NAME_LENGTH],
            proof=proof,
            passkey=passkey_of(self._parts, members, proof),
        )

    async def _enrol(self, code: str, candidate: Candidate) -> Enrolled:
        verdict = await self._parts.devices.enrol(code, candidate)
        if not isinstance(verdict, Enrolled):
            raise Problem(_REFUSED[verdict], verdict)
        return verdict

    async def approvals(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Give the open requests; wait for them if there are none."""
        device = await calling_device(request, self._parts)
        return await self._polls.poll(request, device, _wait(request))

    async def events(self, request: Any) -> None:  # noqa: ANN401 - Twisted's
        """Give the open requests as a stream."""
        device = await calling_device(request, self._parts)
        await self._polls.stream(request, device)

    async def answer(self, request: Any, approval_id: str) -> bytes:  # noqa: ANN401 - Twisted's
        """Take the signed answer to a request."""
        device = await calling_device(request, self._parts)
        body = request.content.getvalue()
        if _media_type(request) == b"application/json":
            sent = answer_with_assertion(body)
        else:
            _must_be(request, b"application/jose")
            sent = plain_answer(body)
        await take_answer(self._parts, device, approval_id, sent)
        request.setResponseCode(204)
        return b""

    async def me(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Tell a phone who it is, and the server's keys, signed by one that it has."""
        device = await calling_device(request, self._parts)
        keys = await self._parts.devices.key_list(device, _known(request))
        now = self._parts.clock.seconds()
        listed = key_list.sign_key_list(
            keys.published, self._parts.url, device.id, keys.signing, now
        )
        return _json(
            request,
            {
                "device_id": device.id,
                "account": device.user_name,
                "name": device.name,
                "issuer": self._parts.url,
                "enrolled_at": int(device.enrolled_at),
                "passkey": device.passkey is not None,
                "server_keys": listed,
                "recovery_codes": may_have(self._parts, device),
                "push_key": await self._parts.devices.push_key(),
                "push_subscribed": self._parts.devices.is_subscribed(device.id),
                "totp": self._parts.codes.enrolled(device),
                "totp_here": self._parts.codes.are_here(device),
                "app_codes": self._parts.app_codes(device.directory),
                "push_blocked": block_facts(self._parts, device),
            },
        )

    async def subscribe(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Wake the phone that calls by Web Push from now on, there and nowhere else."""
        device = await calling_device(request, self._parts)
        try:
            subscription = parse_subscription(_json_body(request))
        except BadSubscription as error:
            raise Problem(400, error.reason) from None
        if not self._parts.may_be_called(subscription.endpoint):
            raise Problem(400, "bad-subscription")
        if not await self._parts.devices.subscribe(device.id, subscription):
            raise Problem(401, "device-retired")
        request.setResponseCode(204)
        return b""

    async def unsubscribe(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Wake the phone that calls no more."""
        device = await calling_device(request, self._parts)
        await self._parts.devices.unsubscribe(device.id)
        request.setResponseCode(204)
        return b""

    async def unenrol(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Retire the phone that calls, unless it is the account's last factor."""
        device = await calling_device(request, self._parts)
        verdict = await self._parts.devices.unenrol(device.id)
        self._parts.stirred()
        if verdict == "last-factor":
            raise Problem(409, "last-factor")
        if verdict == "not-enrolled":
            raise Problem(401, "device-retired")
        request.setResponseCode(204)
        return b""


def _json(request: Any, members: dict[str, Any]) -> bytes:  # noqa: ANN401 - Twisted's
    request.setHeader(b"Content-Type", b"application/json")
    return json.dumps(members).encode()


def _json_body(request: Any) -> dict[str, Any]:  # noqa: ANN401 - Twisted's
    if request.getHeader(b"Content-Type") is not None:  # only the answer's is asked for
        _must_be(request, b"application/json")
    try:
        members: dict[str, Any] = parse_object(request.content.getvalue())
    except PeerError as error:
        raise Problem(400, error.reason) from None
    return members


def _must_be(request: Any, media_type: bytes) -> None:  # noqa: ANN401 - Twisted's
    if _media_type(request) != media_type:
        raise Problem(415, "media-type")


def _media_type(request: Any) -> bytes:  # noqa: ANN401 - Twisted's
    found: bytes = request.getHeader(b"Content-Type") or b""
    return found.split(b";")[0].strip().lower()


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise Problem(400, "malformed")
    return value


def _known(request: Any) -> list[str]:  # noqa: ANN401 - Twisted's
    """Give the ids of the server's keys that the phone says it has."""
    values = request.args.get(b"known", [])
    if len(values) > KNOWN_KEYS:
        raise Problem(400, "malformed")
    return [value.decode("ascii", "replace") for value in values]


def _wait(request: Any) -> float:  # noqa: ANN401 - Twisted's
    values = request.args.get(b"wait", [b"0"])
    if len(values) != 1 or not values[0].isdigit() or len(values[0]) > 4:
        raise Problem(400, "malformed")
    return min(float(values[0]), LONGEST_WAIT)
