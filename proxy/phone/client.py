"""
The device API as a phone calls it: blocking, one connection kept, certificates always verified.

A refusal is a `Refused` with the problem's kind; no answer is an `Unreachable`. Where the server
says that the clock is wrong, the difference to its Date is kept and the call is made once more.
"""

import http.client
import json
import secrets
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from proxy.errors import Unavailable
from proxy.factors import dpop, enrolment
from proxy.factors.approval import Answer, ApprovalRequest, shown_text, sign_answer
from proxy.factors.jwk import SigningKey

PREFIX: Final = "/api/device/v1"
TIME_LIMIT: Final = 75.0
"""Seconds for a call: the longest poll and some more."""
ANSWER_LIMIT: Final = 1024 * 1024
"""Octets of an answer; a list of 16 requests has 40,000."""


class Unreachable(Unavailable):
    """The server gave no answer, or one that is none."""

    reason = "unreachable"


class Refused(Exception):  # noqa: N818 - it names what was found
    """The server refused; the kind is the last part of the problem's type (RFC 9457)."""

    def __init__(self, status: int, kind: str, title: str) -> None:
        super().__init__(title or kind)
        self.status = status
        self.kind = kind

    @property
    def may_pass(self) -> bool:
        """The same call may do later: the server is busy, or failed."""
        return self.status == 429 or self.status >= 500

    @property
    def told(self) -> str:
        """What a person is told; safe to print."""
        return f"refused ({shown_text(self.kind)}): {shown_text(str(self))}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def members(self) -> dict[str, Any]:
        """Give the JSON object. Raises Unreachable where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            raise Unreachable("the server's answer is not JSON") from None
        if not isinstance(found, dict):
            raise Unreachable("the server's answer is not a JSON object")
        return found


class Client:
    """
    Calls one server with one key.

    Args:
        url: the server's `web.url`.
        ca: a PEM text of the CA to trust; None: the system's.
    """

    def __init__(
        self,
        url: str,
        key: SigningKey,
        ca: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = url
        self._key = key
        self._clock = clock
        self._ahead = 0.0
        """Seconds that the server's clock is ahead of ours."""
        self._context = ssl.create_default_context(cadata=ca)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._connection: http.client.HTTPSConnection | None = None

    def now(self) -> float:
        """Give the time by the server's clock, as far as it is known."""
        return self._clock() + self._ahead

    def enroll(self, code: str, name: str) -> dict[str, Any]:
        """Enrol this key; give what the server told: device_id, account, server_keys, issuer."""

        def call() -> Reply:
            proof = enrolment.make_proof(self._key, code, self.url, self.now())
            body = {"code": code, "name": name, "key": self._key.public.to_jwk(), "proof": proof}
            headers = {"Content-Type": "application/json"}
            return self._send("POST", "/enrolments", json.dumps(body).encode(), headers)

        return self._in_time(call).members()

    def approvals(self, wait: float = 0, seen: str | None = None) -> tuple[dict[str, Any], str]:
        """
        Give the list of open requests and its tag; wait up to *wait* seconds for one.

        With the tag of a list that was *seen* it waits for another list; `{}`: there was none.
        """
        headers = {} if seen is None else {"If-None-Match": seen}
        reply = self._proved("GET", "/approvals", query=f"?wait={int(wait)}", headers=headers)
        tag = reply.headers.get("etag", "")
        return ({} if reply.status == 304 else reply.members()), tag

    def answer(self, jws: str, asked: ApprovalRequest, answer: Answer) -> None:
        """Send the signed answer to a verified request; *jws* is the request as received."""

        def body() -> bytes:
            return sign_answer(jws, asked, answer, self._key, self.now()).encode()

        path = f"/approvals/{asked.id}/answer"
        self._proved("POST", path, body, {"Content-Type": "application/jose"})

    def me(self, known: Iterable[str] = ()) -> dict[str, Any]:
        """
        Give what the server knows of this phone, and its keys as a signed list.

        *known* are the ids of the server's keys that this phone has: one of them signs the list.
        """
        query = urlencode([("known", kid) for kid in known])
        return self._proved("GET", "/me", query=f"?{query}" if query else "").members()

    def confirm(self) -> None:
        """Say that this phone's person is there, so that it is asked again."""
        self._proved("DELETE", "/push-block")

    def unenroll(self) -> None:
        """End this phone."""
        self._proved("DELETE", "/me")

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _proved(
        self,
        method: str,
        path: str,
        body: Callable[[], bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> Reply:
        """Make a call with a proof that this phone makes it."""

        def call() -> Reply:
            jti = secrets.token_urlsafe(16)
            proof = dpop.make_proof(self._key, method, self.url + PREFIX + path, jti, self.now())
            told = {"DPoP": proof, **(headers or {})}
            return self._send(method, path + query, body() if body else b"", told)

        return self._in_time(call)

    def _in_time(self, call: Callable[[], Reply]) -> Reply:
        reply = self._once_more_if_closed(call)
        if _kind(reply) == "clock":
            reply = self._once_more_if_closed(call)
        if reply.status >= 400:
            raise Refused(reply.status, _kind(reply), str(reply.members().get("title", "")))
        return reply

    def _once_more_if_closed(self, call: Callable[[], Reply]) -> Reply:
        """Make a call; again, with a new proof, where the kept connection had been closed."""
        kept = self._connection is not None
        try:
            return self._told(call())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not kept or isinstance(error, TimeoutError):
                raise Unreachable(_why(error)) from None
        try:
            return self._told(call())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(_why(error)) from None

    def _told(self, reply: Reply) -> Reply:
        """Take the time from the server's Date: requests are counted down by it."""
        try:
            told = parsedate_to_datetime(reply.headers.get("date", ""))
            self._ahead = told.timestamp() - self._clock()
        except ValueError:
            pass
        return reply

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        if self._connection is None:
            parts = urlsplit(self.url)
            self._connection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port or 443, timeout=TIME_LIMIT, context=self._context
            )
        self._connection.request(
            method, urlsplit(self.url).path + PREFIX + path, body, dict(headers)
        )
        answer = self._connection.getresponse()
        octets = answer.read(ANSWER_LIMIT + 1)
        if len(octets) > ANSWER_LIMIT:
            raise http.client.HTTPException("the server's answer is too long")
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, told, octets)


def _kind(reply: Reply) -> str:
    if reply.status < 400:
        return ""
    try:
        found = json.loads(reply.body)
        return str(found["type"]).rsplit("/", 1)[-1]
    except (ValueError, KeyError, TypeError):
        return "unknown"


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
