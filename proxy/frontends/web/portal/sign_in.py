"""
Signing in: a form becomes a login of the client `portal`, its answer comes back as a value.

The portal is a client that can show a challenge. The caller is the browser's address, so that a
newer sign-in replaces an older one of the same place; requests are one login only where the same
browser sends the same name and password again. Whoever fails too often from one address, or under
one name, waits before the directory is asked again.
"""

import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from os import urandom
from typing import Final

from twisted.internet.defer import Deferred

from proxy.accounts.account import fold_username
from proxy.accounts.self_service import SignIn
from proxy.frontends.web.portal.ports import PortalParts
from proxy.frontends.web.portal.visit import Visit
from proxy.frontends.web.problem import Problem
from proxy.frontends.web.source import source_of
from proxy.frontends.web.tries import Tries
from proxy.login.actions import Answer, Reject
from proxy.login.request import PORTAL, ClientTerms, Login, LoginRequest, Resume
from proxy.sealing import keyed_digest
from proxy.secret import Secret

TERMS: Final = ClientTerms(PORTAL, challenge=True, wait=20.0, append_code=False)
"""A browser waits longer, but whoever presses "continue" wants to see something."""
NAME_LENGTH: Final = 256
"""Characters of a name: the store's column."""
PASSWORD_LENGTH: Final = 1024
"""Octets; directories take less."""
COUNTED: Final = frozenset(
    {
        "bad-credentials",
        "throttled",
        "sprayed",
        "wrong-code",
        "not-allowed",
        "policy-refuses",
        "wrong-number",
    }
)
"""Reasons that count as a failure of whoever tried."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a request of a login was answered."""

    login_id: str
    answer: Answer
    state: bytes | None
    """Goes with a Challenge."""


class SignIns:
    """The logins of browsers."""

    def __init__(self, parts: PortalParts) -> None:
        self._parts = parts
        self._by_source = Tries()
        self._by_name = Tries()

    async def begin(self, visit: Visit, username: str, password: str) -> Told:
        """
        Try a name and a password.

        Raises:
            Problem: 429, too many failures came from there or under that name.
        """
        self._must_not_wait(visit, username)
        answered, octets, login_id = _Answered(), password.encode(), urandom(16).hex()
        if _is_name(username) and 0 < len(octets) <= PASSWORD_LENGTH and b"\0" not in octets:
            request = self._request(visit, login_id, username, octets)
            self._parts.logins.begin(request, answered)
        else:
            self._parts.logins.refuse(visit.now, TERMS, "bad-credentials", answered)
        told = Told(login_id, *await answered.wait())
        self._count(visit, username, told.answer)
        return told

    async def go_on(self, visit: Visit, sign_in: SignIn, text: str) -> Told:
        """Answer the challenge of a sign-in; an empty *text* continues."""
        self._must_not_wait(visit, sign_in.username)
        answer = Secret(text.encode()[:PASSWORD_LENGTH])
        answered = _Answered()
        self._parts.logins.resume(
            Resume(sign_in.state, sign_in.username, TERMS, answer, visit.now), answered
        )
        told = Told(sign_in.login_id, *await answered.wait())
        self._count(visit, sign_in.username, told.answer)
        return told

    def _request(self, visit: Visit, login_id: str, username: str, password: bytes) -> LoginRequest:
        caller = str(visit.address)
        parts = (PORTAL.encode(), caller.encode(), visit.door.encode(), password)
        login = Login(
            login_id=login_id,
            username=username,
            client=TERMS,
            caller=caller,
            origin=caller,
            join_digest=keyed_digest(self._parts.join_key, *parts),
            request_digest=keyed_digest(self._parts.request_key, PORTAL.encode(), urandom(16)),
        )
        return LoginRequest(login, Secret(password), {}, visit.now, method="portal")

    def _must_not_wait(self, visit: Visit, username: str) -> None:
        name = _name_key(username)
        wait = max(
            self._by_source.wait(source_of(visit.address), visit.now),
            self._by_name.wait(name, visit.now),
        )
        if wait > 0:
            raise Problem(429, "too-many-tries", {"Retry-After": str(int(wait) + 1)})

    def _count(self, visit: Visit, username: str, answer: Answer) -> None:
        if isinstance(answer, Reject) and answer.reason in COUNTED:
            self._by_source.failed(source_of(visit.address), visit.now)
            self._by_name.failed(_name_key(username), visit.now)


class _Answered:
    """The reply of one request, as a Deferred."""

    def __init__(self) -> None:
        self._deferred: Deferred[tuple[Answer, bytes | None]] = Deferred()

    def __call__(self, answer: Answer, state: bytes | None) -> None:
        """Take the answer; a browser that went away does not hear it."""
        if not self._deferred.called:
            self._deferred.callback((answer, state))

    def wait(self) -> "Deferred[tuple[Answer, bytes | None]]":
        """Give what fires with the answer."""
        return self._deferred


def _is_name(username: str) -> bool:
    controls = "Cc" in map(unicodedata.category, username)
    return 0 < len(username) <= NAME_LENGTH and bool(username.strip()) and not controls


def _name_key(username: str) -> str:
    """Give a short key of a typed name, however long that is."""
    return sha256(fold_username(username[:NAME_LENGTH]).encode("utf-8", "replace")).hexdigest()
