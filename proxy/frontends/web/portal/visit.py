"""
What is known of a request before its page is made: where it came from, whose session, its form.

Outside `web.portal.networks` nothing is known and nothing is there.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from proxy.accounts.self_service import Browser
from proxy.accounts.web_session import WebSession
from proxy.frontends.web.portal.forms import FIELD, check_origin, form_token, is_token, read_form
from proxy.frontends.web.portal.ports import PortalParts, PortalTerms
from proxy.frontends.web.problem import Problem
from proxy.frontends.web.source import Address, address_of

SESSION_COOKIE: Final = b"__Host-countersign-session"
SIGN_IN_COOKIE: Final = b"__Host-countersign-sign-in"
"""The prefix has browsers refuse it without Secure, with a Domain, or with another path than /."""
_TOKEN: Final = re.compile(rb"[A-Za-z0-9_-]{43}")
NO_FORM: Final[Mapping[str, str]] = {}


def new_token() -> str:
    """Make an id: 256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a browser that may be answered."""

    terms: PortalTerms
    now: float
    address: Address
    door: str
    """The id that names its signing in; a new one where it brought none."""
    session: WebSession | None
    token: str | None
    """The id of that session."""
    form: Mapping[str, str]
    """The fields of a form whose token was good; empty: it brought none."""
    form_token: str
    """What the forms of its page carry."""

    @property
    def known(self) -> WebSession:
        """Give the session, where the page is only for those who have one."""
        assert self.session is not None
        return self.session

    @property
    def browser(self) -> Browser:
        """Say who changes something."""
        return Browser(self.known.digest, self.terms.first_login(self.now))


def visit(request: Any, parts: PortalParts, *, form: bool, signed_in: bool) -> Visit:  # noqa: ANN401
    """
    Look at a request.

    Args:
        form: it must bring a form of ours.
        signed_in: its page is for those who have a session.

    Raises:
        Problem: it comes from elsewhere, or its form does.
        SignedOut: it has no session.
    """
    terms, now = parts.terms(), parts.clock.seconds()
    address = address_of(request, terms.trusted_proxies)
    if not terms.enabled or not _is_inside(address, terms):
        raise Problem(404, "not-found")
    if form:
        check_origin(request, parts.url)
    token = _cookie(request, SESSION_COOKIE)
    session = None if token is None else parts.store.session(token)
    if session is not None and session.first and not terms.first_login(now):
        session = None
    door = _cookie(request, SIGN_IN_COOKIE) or new_token()
    if signed_in and session is None:
        raise SignedOut
    holder = token if signed_in and token is not None else door
    fields = read_form(request) if form else NO_FORM
    if form and not is_token(parts.form_key, holder, fields.get(FIELD, "")):
        raise Problem(403, "stale-form")
    return Visit(
        terms=terms,
        now=now,
        address=address,
        door=door,
        session=session,
        token=token if session is not None else None,
        form=fields,
        form_token=form_token(parts.form_key, holder),
    )


class SignedOut(Exception):  # noqa: N818 - it names what was found
    """The page is for those who have a session, and this browser has none."""


def _is_inside(address: Address, terms: PortalTerms) -> bool:
    return not terms.networks or any(address in network for network in terms.networks)


def _cookie(request: Any, name: bytes) -> str | None:  # noqa: ANN401 - Twisted's
    found = request.getCookie(name)
    return None if found is None or not _TOKEN.fullmatch(found) else found.decode()
