"""
The paths of the portal, on the router that has all paths of the site.

Each request is looked at first (`visit`), then served, then made a page. A refusal is a page too;
what is nobody's refusal goes on to the site, which logs it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from klein import Klein

from proxy.errors import Unavailable
from proxy.frontends.web.portal.entering import Entering
from proxy.frontends.web.portal.factors import OwnFactors
from proxy.frontends.web.portal.overview import Overview
from proxy.frontends.web.portal.pages import REFERRER, Fact, Go, Shown, Templates, fact
from proxy.frontends.web.portal.ports import PortalParts
from proxy.frontends.web.portal.visit import SignedOut, Visit, visit
from proxy.frontends.web.problem import TITLES, Problem

Answer = Shown | Go | Fact
Serve = Callable[[Any, Visit], Awaitable[Answer]]

HIDDEN: Final = frozenset({404, 405})
"""Problems that are the site's: nothing shows that the portal is there."""


@dataclass(frozen=True, slots=True)
class Path:
    """One path and method."""

    method: str
    path: str
    serve: Serve
    signed_in: bool = True
    """It is for those who have a session; others are sent to sign in."""


class Portal:
    """The pages for people."""

    def __init__(self, parts: PortalParts) -> None:
        self._parts = parts
        self._templates = Templates(parts.url)
        entering, overview, own = Entering(parts), Overview(parts), OwnFactors(parts)
        self.paths: tuple[Path, ...] = (
            Path("GET", "/sign-in", entering.ask, signed_in=False),
            Path("POST", "/sign-in", entering.begin, signed_in=False),
            Path("POST", "/sign-in/answer", entering.answer, signed_in=False),
            Path("GET", "/sign-in/news", entering.news, signed_in=False),
            Path("POST", "/sign-in/cancel", entering.cancel, signed_in=False),
            Path("POST", "/sign-out", entering.leave),
            Path("POST", "/sign-out-everywhere", entering.leave_everywhere),
            Path("GET", "/", overview.home),
            Path("GET", "/logins", overview.logins),
            Path("POST", "/logins/not-me", overview.not_me),
            Path("POST", "/pushes", overview.confirm_push),
            Path("GET", "/phone", own.phone),
            Path("POST", "/phone", own.invite),
            Path("POST", "/phone/passkey", own.prove),
            Path("GET", "/phone/news", own.phone_news),
            Path("GET", "/totp", own.totp),
            Path("POST", "/totp/new", own.offer_totp),
            Path("POST", "/totp", own.enrol_totp),
            Path("POST", "/totp/remove", own.remove_totp),
            Path("GET", "/recovery", own.recovery),
            Path("POST", "/recovery", own.issue_recovery),
        )

    def add_to(self, router: Klein) -> None:
        """Add the paths to a router."""
        for one in self.paths:
            name = f"portal {one.method} {one.path}"
            router.route(one.path, methods=[one.method], endpoint=name)(self._served(one))

    def _served(self, path: Path) -> Callable[[Any], Awaitable[bytes]]:
        async def served(request: Any) -> bytes:  # noqa: ANN401 - Twisted's
            seen = None
            try:
                seen = visit(
                    request, self._parts, form=path.method == "POST", signed_in=path.signed_in
                )
                await self._note(seen)
                answer = await path.serve(request, seen)
            except SignedOut:
                script = request.getHeader(b"Sec-Fetch-Mode") == b"cors"
                answer = Fact({"signed_out": True}) if script else Go("/sign-in")
            except Problem as problem:
                answer = self._problem(request, problem)
            except Unavailable:
                answer = self._problem(request, Problem(503, "unavailable"))
            return self._render(request, seen, answer)

        return served

    async def _note(self, seen: Visit) -> None:
        noted = None if seen.session is None else self._parts.store.see(seen.session)
        if noted is not None:
            await noted

    def _problem(self, request: Any, problem: Problem) -> Shown:  # noqa: ANN401 - Twisted's
        if problem.status in HIDDEN:
            raise problem
        self._parts.count(problem.kind)
        for name, value in problem.headers.items():
            request.setHeader(name.encode(), value.encode())
        return Shown("problem", {"title_text": TITLES[problem.kind]}, problem.status)

    def _render(self, request: Any, seen: Visit | None, answer: Answer) -> bytes:  # noqa: ANN401
        if isinstance(answer, Fact):
            return fact(request, answer)
        if isinstance(answer, Go):
            request.setResponseCode(303)
            request.setHeader(b"Location", f"{self._parts.url}{answer.path}".encode())
            request.setHeader(b"Referrer-Policy", REFERRER.encode())
            return b""
        more = {
            "person": seen.session.user_name if seen is not None and seen.session else None,
            "form": seen.form_token if seen is not None else None,
        }
        return self._templates.render(request, answer, more)
