"""The pages of what there is: enrolments with what is missing, and recent logins."""

import re
from typing import Any, Final

from twisted.logger import Logger

from proxy.accounts.self_service import Changed, PastLogin
from proxy.frontends.web.portal import wording
from proxy.frontends.web.portal.pages import Go, Shown
from proxy.frontends.web.portal.ports import PortalParts
from proxy.frontends.web.portal.visit import Visit

LOGINS_SHOWN: Final = 30
FEW_CODES: Final = 3
"""Recovery codes left at which the page says that they run out."""
NOTES: Final = {
    "phone": "Your phone is enrolled.",
    "totp": "Your app is enrolled.",
    "totp-removed": "Your app is removed.",
    "push": "Your phone is asked again.",
    "reported": "Thank you: your administrator is told. If it may have been somebody else, change "
    "your password now, and sign out everywhere.",
}
_LOGIN_ID: Final = re.compile(r"[0-9a-f]{32}")


class Overview:
    """What a person has, and what was done in their name."""

    _log = Logger()

    def __init__(self, parts: PortalParts) -> None:
        self._parts = parts

    async def home(self, request: Any, visit: Visit) -> Shown:  # noqa: ANN401 - Twisted's
        """Show the enrolments."""
        return self._home(request, visit)

    def _home(self, request: Any, visit: Visit, fault: str = "") -> Shown:  # noqa: ANN401
        factors = self._parts.store.enrolled(visit.known.account_id)
        values = request.args.get(b"done", [])
        done = values[0].decode("ascii", "replace") if len(values) == 1 else ""
        places = {
            "factors": factors,
            "few": FEW_CODES,
            "note": NOTES.get(done, ""),
            "first": visit.known.first,
            "fault": fault,
        }
        return Shown("overview", places, 403 if fault else 200)

    async def confirm_push(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401
        """Have the person's phone asked again."""
        done = await self._parts.store.confirm_push(visit.browser)
        if isinstance(done, Changed):
            return Go("/?done=push")
        if done == "signed-out":
            return Go("/sign-in")
        return self._home(request, visit, wording.REFUSED[done])

    async def logins(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Show the recent logins."""
        if visit.known.first:
            return Go("/")
        found = self._parts.store.logins(visit.known.account_id, LOGINS_SHOWN)
        lines = [(login, wording.outcome(login)) for login in found]
        return Shown("logins", {"logins": lines})

    async def not_me(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Take a person's word that a login was not theirs."""
        login_id = visit.form.get("login", "")
        if visit.known.first or not _LOGIN_ID.fullmatch(login_id):
            return Go("/logins")
        found = await self._parts.store.report(visit.browser, login_id)
        if not isinstance(found, PastLogin):
            return Go("/logins")
        if found.reported_at is None:
            self._parts.stirred()
            self._log.warn(
                "{username} says that login {login_id} at {client} from {origin} was not theirs",
                username=visit.known.user_name,
                login_id=login_id,
                client=found.client,
                origin=found.origin,
            )
        return Go("/?done=reported")
