"""The pages of a person's phone, app and recovery codes."""

import base64
from typing import Any, Final
from urllib.parse import urlsplit

import segno

from proxy.accounts.device import DeviceKind
from proxy.accounts.enrolment import DEFAULT_TTL, enrolment_url
from proxy.accounts.self_service import Changed, Invited, Issued, Refusal
from proxy.factors import pipush
from proxy.factors.recovery import grouped
from proxy.factors.totp import TotpSeed, new_seed, otpauth_uri
from proxy.frontends.web.portal import wording
from proxy.frontends.web.portal.pages import Fact, Go, Shown
from proxy.frontends.web.portal.passkeys import OwnPasskeys
from proxy.frontends.web.portal.ports import PortalParts
from proxy.frontends.web.portal.visit import Visit

CODE_LENGTH: Final = 16
"""Characters of a typed code that are looked at."""


class OwnFactors:
    """What a person enrols, replaces and removes."""

    def __init__(self, parts: PortalParts) -> None:
        self._parts = parts
        self._issuer = urlsplit(parts.url).hostname or ""
        self._passkeys = OwnPasskeys(parts)

    # --- the phone ---

    async def phone(self, request: Any, visit: Visit) -> Shown:  # noqa: ANN401, ARG002
        """Show the phone that there is, and how to come to one."""
        return self._phone(visit)

    def _phone(self, visit: Visit, fault: str = "") -> Shown:
        factors = self._parts.store.enrolled(visit.known.account_id)
        may_replace = visit.known.may_replace_phone(visit.now)
        places = {
            "factors": factors,
            "fault": fault,
            "may_replace": may_replace,
            "passkey": None if may_replace else self._passkeys.asked(visit),
        }
        return Shown("phone", places, 403 if fault else 200)

    async def prove(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Take the phone's passkey for a proof."""
        done = await self._passkeys.prove(visit)
        if isinstance(done, Changed):
            return Go("/phone")
        return self._refused(done, "phone") or self._phone(visit, wording.REFUSED[done])

    async def invite(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Invite a phone; the page is the only place where the invitation stands."""
        replace = visit.form.get("replace") == "yes"
        kind: DeviceKind = "privacyidea" if visit.form.get("app") == "privacyidea" else "app"
        if kind == "privacyidea" and not self._parts.store.has_app_key():
            await self._parts.store.keep_app_key(await self._parts.make_app_key())
        made = await self._parts.store.invite(visit.browser, kind, replace=replace)
        if not isinstance(made, Invited):
            return self._refused(made, "phone") or self._phone(visit, wording.REFUSED[made])
        link = self._link(made, visit.known.user_name)
        places = {
            "kind": kind,
            "link": link,
            "qr": qr_code(link),
            "minutes": DEFAULT_TTL // 60,
            "since": self._parts.store.enrolled(visit.known.account_id).phone_since or 0,
            "replace": replace,
        }
        return Shown("phone_invited", places)

    def _link(self, made: Invited, user_name: str) -> str:
        """Give what the phone scans."""
        if made.serial is None:
            return enrolment_url(self._parts.url, made.code)
        return pipush.enrolment_uri(
            url=self._parts.url,
            serial=made.serial,
            credential=made.code,
            label=user_name,
            issuer=self._issuer,
            ttl=DEFAULT_TTL,
        )

    async def phone_news(self, request: Any, visit: Visit) -> Fact:  # noqa: ANN401, ARG002
        """Tell a script since when there is a phone."""
        since = self._parts.store.enrolled(visit.known.account_id).phone_since
        return Fact({"since": since or 0})

    # --- the app ---

    async def totp(self, request: Any, visit: Visit) -> Shown:  # noqa: ANN401, ARG002
        """Show the app that there is, and how to come to one."""
        return self._totp(visit)

    def _totp(self, visit: Visit, fault: str = "") -> Shown:
        factors = self._parts.store.enrolled(visit.known.account_id)
        return Shown("totp", {"factors": factors, "fault": fault}, 403 if fault else 200)

    async def offer_totp(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Show a new seed; it is kept once a code of it comes back."""
        browser = visit.browser
        if not (browser.first_login if visit.known.first else self._proved(visit)):
            return Go("/sign-in?then=totp")
        seed = new_seed()
        return self._offer(visit, seed, self._parts.store.offer(browser, seed))

    def _offer(self, visit: Visit, seed: TotpSeed, offer: str, fault: str = "") -> Shown:
        text = base64.b32encode(seed.secret.reveal()).decode().rstrip("=")
        uri = otpauth_uri(seed, visit.known.user_name, self._issuer)
        places = {
            "qr": qr_code(uri),
            "uri": uri,
            "text": grouped(text).replace("-", " "),
            "offer": offer,
            "fault": fault,
        }
        return Shown("totp_offered", places, 403 if fault else 200)

    async def enrol_totp(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Take the code that proves that the app has the seed."""
        offer, code = visit.form.get("offer", ""), visit.form.get("code", "")
        seed = self._parts.store.offered(visit.browser, offer)
        if seed is None:
            return self._totp(visit, wording.REFUSED["offer-over"])
        typed = "".join(code.split())[:CODE_LENGTH]
        done = await self._parts.store.enrol_totp(
            visit.browser, seed, typed, visit.terms.window_steps
        )
        if done == "wrong-code":
            return self._offer(visit, seed, offer, wording.REFUSED["wrong-code"])
        return self._changed(visit, done, "totp", "/?done=totp")

    async def remove_totp(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Forget the app."""
        done = await self._parts.store.remove_totp(visit.browser)
        return self._changed(visit, done, "totp", "/?done=totp-removed")

    def _changed(self, visit: Visit, done: Changed | Refusal, intent: str, to: str) -> Shown | Go:
        if isinstance(done, Changed):
            self._parts.stirred()
            return Go("/sign-in?note=enrolled" if visit.known.first else to)
        return self._refused(done, intent) or self._totp(visit, wording.REFUSED[done])

    # --- recovery codes ---

    async def recovery(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Say how many codes are left."""
        if visit.known.first:
            return Go("/")
        return Shown("recovery", {"factors": self._parts.store.enrolled(visit.known.account_id)})

    async def issue_recovery(self, request: Any, visit: Visit) -> Shown | Go:  # noqa: ANN401, ARG002
        """Make codes; the page is the only place where they stand."""
        made = await self._parts.store.issue_recovery(visit.browser)
        if not isinstance(made, Issued):
            return self._refused(made, "recovery") or Go("/")
        self._parts.stirred()
        return Shown("recovery_issued", {"codes": made.codes, "now": visit.now})

    # --- what is asked first ---

    def _proved(self, visit: Visit) -> bool:
        return visit.known.proved_recently(visit.now)

    def _refused(self, refusal: Refusal, intent: str) -> Go | None:
        """Send a person to sign in where that is what is missing; None: it is something else."""
        if refusal == "signed-out":
            return Go("/sign-in")
        return Go(f"/sign-in?then={intent}") if refusal == "prove" else None


def qr_code(text: str) -> str:
    """Draw a QR code as a `data:` URL of an SVG, dark on white, with the quiet zone it needs."""
    drawn = segno.make(text, error="m", micro=False)
    return drawn.svg_data_uri(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
