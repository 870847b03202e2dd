"""
Every error is a problem (RFC 9457), told by its kind and nothing of the request's own octets.

A refusal is raised as `Problem` wherever it is found, and becomes an answer here. What is nobody's
refusal is our bug: logged once, told as `internal`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from twisted.logger import Logger
from twisted.python.failure import Failure
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from proxy.errors import Unavailable

MEDIA_TYPE: Final = b"application/problem+json"
RETRY_SECONDS: Final = 5
"""When a client may try again what the world prevented."""

TITLES: Final[Mapping[str, str]] = {
    "account-blocked": "The account is blocked.",
    "already-enrolled": "What was to be enrolled is or was enrolled.",
    "app-codes-off": "The app may not make codes here.",
    "another-site": "The form was sent by the page of another site.",
    "another-request": "The answer is to another request.",
    "answered": "The request was answered before.",
    "bad-algorithm": "The signature's algorithm must be ES256.",
    "bad-assertion": "The assertion is not that of this phone's passkey over this answer.",
    "bad-claims": "A member of the signed payload is missing or wrong.",
    "bad-invitation": "The enrolment code is not good, or no longer.",
    "bad-key": "The key is not a public P-256 key in the accepted form.",
    "bad-passkey": "The passkey's registration cannot be taken.",
    "bad-signature": "The signature is not that of the expected key.",
    "bad-subscription": "The push subscription cannot be sent to.",
    "bad-type": "The signed text has another type.",
    "code-wrong": "The code is wrong.",
    "clock": "The time is too far from the server's; see Date.",
    "device-retired": "This phone is no longer enrolled.",
    "gone": "The request expired or was withdrawn.",
    "has-device": "The person has a phone already.",
    "has-recovery-codes": "The account has recovery codes already.",
    "internal": "The server failed.",
    "last-factor": "The account would be left without a second factor.",
    "malformed": "The request has another form than this call needs.",
    "malformed-json": "The body is not one JSON object.",
    "malformed-jws": "The signed text is not a compact JWS of the profile.",
    "media-type": "The body has another media type than this call needs.",
    "method-not-allowed": "This path does not take this method.",
    "no-proof": "The call carries no DPoP proof that names its key.",
    "no-recovery-codes": "Recovery codes serve no login of this person.",
    "not-found": "There is nothing here.",
    "nothing-begun": "Nothing waits for this code, or no longer.",
    "number-missing": "The number is missing.",
    "number-wrong": "The number is wrong.",
    "passkey-copied": "The passkey's counter did not go on.",
    "passkey-synced": "Passkeys that are copied to other devices are not taken here.",
    "proof-of-another-call": "The DPoP proof is for another call.",
    "push-locked": "Only an administrator can have requests sent again.",
    "refused-header": "The signature's header holds what is never followed.",
    "replayed-proof": "The DPoP proof was used before.",
    "stale-form": "The form is not of a page that this browser was given, or no longer.",
    "too-large": "The request is too large.",
    "too-late": "It is too late for this call; the phone was enrolled before.",
    "too-many-polls": "This phone has too many polls open.",
    "too-many-tries": "Too many tries; wait.",
    "unavailable": "The server cannot do this now; try again.",
    "unknown-device": "The key is not that of an enrolled phone.",
    "verify-user": "The phone must make sure of its person, by its passkey.",
}

_log = Logger()


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal: its status, its kind (one of TITLES), headers that belong to it."""

    def __init__(self, status: int, kind: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.headers = dict(headers or {})
        if status == 401:
            # RFC 9110 section 11.6.1 asks for a challenge, RFC 9449 section 7.1 gives its form.
            self.headers["WWW-Authenticate"] = 'DPoP algs="ES256"'

    def body(self, url: str) -> bytes:
        """Give the JSON; *url* is `web.url`."""
        members = {
            "type": f"{url}/problems/{self.kind}",
            "title": TITLES[self.kind],
            "status": self.status,
        }
        return json.dumps(members).encode()


class Problems:
    """
    Makes answers of failures.

    Args:
        url: `web.url`.
        count: called with the kind of each problem.
    """

    def __init__(self, url: str, count: Callable[[str], object]) -> None:
        self._url = url
        self._count = count

    def answer(self, request: Any, failure: Failure) -> bytes:  # noqa: ANN401 - Twisted's
        """Answer a call that failed; give the body."""
        return self.render(request, problem_of(failure))

    def render(self, request: Any, problem: Problem) -> bytes:  # noqa: ANN401 - Twisted's
        """Make a problem the answer of a call; give the body."""
        self._count(problem.kind)
        body = problem.body(self._url)
        request.setResponseCode(problem.status)
        request.setHeader(b"Content-Type", MEDIA_TYPE)
        request.setHeader(b"Content-Length", str(len(body)).encode())
        for name, value in problem.headers.items():
            request.setHeader(name.encode(), value.encode())
        return body

    def raw(self, problem: Problem) -> bytes:
        """Give a whole HTTP answer, for what never became a request; the connection then ends."""
        self._count(problem.kind)
        body = problem.body(self._url)
        head = (
            f"HTTP/1.1 {problem.status} Refused\r\n"
            f"Content-Type: {MEDIA_TYPE.decode()}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        return head.encode() + body


def problem_of(failure: Failure) -> Problem:
    """Say what a failure is told as; a bug of ours is logged."""
    error = failure.value
    match error:
        case Problem():
            return error
        case MethodNotAllowed():
            allowed = ", ".join(sorted(error.valid_methods or ()))
            return Problem(405, "method-not-allowed", {"Allow": allowed})
        case HTTPException():
            return Problem(404, "not-found")
        case Unavailable():
            _log.error("a call could not be served: {error}", error=error)
            return Problem(503, "unavailable", {"Retry-After": str(RETRY_SECONDS)})
        case _:
            _log.failure("a call failed", failure=failure)
            return Problem(500, "internal")
