"""The pages of signing in and out."""

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from proxy.accounts.self_service import SignIn
from proxy.frontends.web.portal import wording
from proxy.frontends.web.portal.pages import Fact, Go, Shown
from proxy.frontends.web.portal.ports import PortalParts
from proxy.frontends.web.portal.sign_in import SignIns, Told
from proxy.frontends.web.portal.visit import SESSION_COOKIE, SIGN_IN_COOKIE, Visit, new_token
from proxy.login.actions import Accept, Challenge, Reject

INTENTS: Final = {"": "/", "phone": "/phone", "totp": "/totp", "recovery": "/recovery"}
"""Where a person may want to go; a browser names it, and can name nothing else."""
NOTES: Final = {
    "out": "You are signed out.",
    "everywhere": "You are signed out everywhere.",
    "enrolled": "You have a second factor now. Sign in with it.",
}
_CHALLENGE: Final = TypeAdapter(Challenge)


class Entering:
    """Signing in and out."""

    def __init__(self, parts: PortalParts) -> None:
        self._parts = parts
        self._sign_ins = SignIns(parts)

    async def ask(self, request: Any, visit: Visit) -> Shown:  # noqa: ANN401 - Twisted's
        """Show the form, or the challenge of the sign-in that is going on."""
        set_cookie(request, SIGN_IN_COOKIE, visit.door)
        sign_in = self._parts.store.sign_in(visit.door)
        if sign_in is not None:
            return _challenge(sign_in)
        note = NOTES.get(_argument(request, b"note"), "")
        return _form(visit, _argument(request, b"then"), note=note)

    async def begin(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401 - Twisted's
        """Take a name and a password."""
        username, password = visit.form.get("username", ""), visit.form.get("password", "")
        intent = visit.form.get("then", "")
        told = await self._sign_ins.begin(visit, username, password)
        return await self._answered(request, visit, told, username, intent)

    async def answer(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401 - Twisted's
        """Take the answer to a challenge: a code, or nothing, which continues."""
        sign_in = self._parts.store.sign_in(visit.door)
        if sign_in is None:
            return Go("/") if visit.session else _form(visit, "", fault=wording.OVER, status=403)
        text = "" if "continue" in visit.form else visit.form.get("code", "")
        told = await self._sign_ins.go_on(visit, sign_in, text)
        return await self._answered(request, visit, told, sign_in.username, sign_in.intent, sign_in)

    async def news(self, request: Any, visit: Visit) -> Fact:  # noqa: ANN401, ARG002
        """Tell a script whether the phone has answered, so that it continues."""
        sign_in = self._parts.store.sign_in(visit.door)
        return Fact({"news": sign_in is None or self._parts.store.has_news(sign_in)})

    async def cancel(self, request: Any, visit: Visit) -> Go:  # noqa: ANN401, ARG002
        """Forget the sign-in; its push ends by itself, or is replaced by the next one's."""
        await self._parts.store.end_sign_in(visit.door)
        return Go("/sign-in")

    async def leave(self, request: Any, visit: Visit) -> Go:  # noqa: ANN401 - Twisted's
        """Sign out."""
        if visit.token is not None:
            await self._parts.store.end(visit.token)
        drop_cookie(request, SESSION_COOKIE)
        return Go("/sign-in?note=out")

    async def leave_everywhere(self, request: Any, visit: Visit) -> Go:  # noqa: ANN401 - Twisted's
        """Sign out in every browser."""
        await self._parts.store.end_all(visit.known.account_id)
        drop_cookie(request, SESSION_COOKIE)
        return Go("/sign-in?note=everywhere")

    async def _answered(
        self,
        request: Any,  # noqa: ANN401 - Twisted's
        visit: Visit,
        told: Told,
        username: str,
        intent: str,
        before: SignIn | None = None,
    ) -> Shown | Go:
        match told.answer:
            case Challenge() as challenge if told.state is not None:
                shown = _CHALLENGE.dump_json(challenge).decode()
                kept = SignIn(
                    told.login_id, username, told.state, shown, intent, challenge.expires_at
                )
                token = new_token()
                await self._parts.store.keep_sign_in(token, kept, visit.door)
                set_cookie(request, SIGN_IN_COOKIE, token)
                return Go("/sign-in")
            case Accept():
                return await self._enter(request, visit, told, intent, first=False)
            case Reject("not-enrolled", True) if visit.terms.first_login(visit.now):
                return await self._enter(request, visit, told, intent, first=True)
            case Reject() as reject:
                return await self._refused(visit, reject, username, intent, before)
            case _:
                return Go("/sign-in")  # a newer request of this browser has the answer

    async def _enter(
        self,
        request: Any,  # noqa: ANN401 - Twisted's
        visit: Visit,
        told: Told,
        intent: str,
        *,
        first: bool,
    ) -> Shown | Go:
        token, door = new_token(), new_token()
        if not await self._parts.store.open(token, told.login_id, visit.token, first=first):
            fault = wording.TOLD["not-enrolled"] if first else wording.OVER
            return _form(visit, intent, fault=fault, status=403)
        await self._parts.store.end_sign_in(visit.door)
        set_cookie(request, SESSION_COOKIE, token)
        set_cookie(request, SIGN_IN_COOKIE, door)
        return Go("/" if first else INTENTS.get(intent, "/"))

    async def _refused(
        self, visit: Visit, reject: Reject, username: str, intent: str, before: SignIn | None
    ) -> Shown:
        if before is not None:
            await self._parts.store.end_sign_in(visit.door)
        status = 503 if reject.reason in ("directory-unavailable", "store-unavailable") else 403
        fault = wording.rejected(reject, after_password=before is not None)
        return _form(visit, intent, fault=fault, status=status, username=username)


def set_cookie(request: Any, name: bytes, token: str) -> None:  # noqa: ANN401 - Twisted's
    """Give the browser an id, for as long as it runs."""
    request.addCookie(name, token, path=b"/", secure=True, httpOnly=True, sameSite="strict")


def drop_cookie(request: Any, name: bytes) -> None:  # noqa: ANN401 - Twisted's
    """Have the browser forget an id."""
    request.addCookie(
        name, b"", path=b"/", secure=True, httpOnly=True, sameSite="strict", max_age=b"0"
    )


def _form(
    visit: Visit,
    intent: str,
    *,
    note: str = "",
    fault: str = "",
    status: int = 200,
    username: str = "",
) -> Shown:
    known = visit.session.user_name if visit.session is not None else username
    places = {
        "intent": intent if intent in INTENTS else "",
        "again": visit.session is not None and not visit.session.first,
        "username": known,
        "note": note,
        "fault": fault,
    }
    return Shown("sign_in", places, status)


def _challenge(sign_in: SignIn) -> Shown:
    try:
        challenge = _CHALLENGE.validate_json(sign_in.shown)
    except ValidationError:  # of another version
        challenge = Challenge("enter-code", None, code=True, expires_at=sign_in.expires_at)
    places = {
        "text": challenge.text or wording.PROMPTS[challenge.prompt],
        "prompt": challenge.prompt,
        "number": challenge.number,
        "code": challenge.code,
        "hidden": challenge.hidden,
        "username": sign_in.username,
    }
    return Shown("challenge", places)


def _argument(request: Any, name: bytes) -> str:  # noqa: ANN401 - Twisted's
    values: list[bytes] = request.args.get(name, [])
    return values[0].decode("ascii", "replace") if len(values) == 1 else ""
