"""
What people change of their own second factors, each in the transaction that checks that they may.

Whoever has a session only looks: a change wants a second factor that was given within the last
minutes, and a new phone in place of the old one wants that phone's approval, its passkey or a
recovery code. A session that serves a first enrolment (`WebSession.first`) may enrol, as long as
the configuration says so.
"""

import base64
import json
import secrets
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, select

from proxy.accounts.device import DeviceKind
from proxy.accounts.self_service import (
    Browser,
    Changed,
    Factors,
    Invited,
    Issued,
    OwnPasskey,
    PastLogin,
    Refusal,
)
from proxy.accounts.web_session import WebSession
from proxy.factors.totp import TotpSeed, matching_step
from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import (
    accounts,
    announcements,
    approvals,
    confirming,
    devices,
    fatigue,
    login_history,
    passkeys,
    privacyidea,
    recovery,
    totp,
    used_proofs,
    web_sessions,
)
from proxy.store.schema import totp as totp_table
from proxy.store.session import Session

PASSKEY_SECONDS: Final = 300.0
"""How long a page that asks for a passkey serves."""
OFFER_SECONDS: Final = 600.0
"""How long an offered seed can be confirmed."""

_TOTP = select(totp_table.c.enrolled_at).where(
    totp_table.c.account_id == bindparam("account"), totp_table.c.sealed_seed.is_not(None)
)


def enrolled(session: Session, account_id: int) -> Factors:
    """Say what an account has."""
    phone = devices.active(session, account_id)
    row = session.row(_TOTP, account=account_id)
    return Factors(
        phone=phone.name if phone else None,
        phone_since=phone.enrolled_at if phone else None,
        totp_since=row["enrolled_at"] if row else None,
        recovery_codes=accounts.enrolments(session, account_id).recovery_codes,
        push_block=confirming.push_block(session, account_id),
    )


def invite(
    session: Session,
    master: MasterKey,
    browser: Browser,
    kind: DeviceKind,
    *,
    replace: bool,
    ttl: float,
    now: float,
) -> Invited | Refusal:
    """Invite a phone, the first one or in place of the one that there is."""
    web = _may_enrol(session, browser, now)
    if not isinstance(web, WebSession):
        return web
    if replace and not web.may_replace_phone(now):
        return "prove-by-phone"
    account_id = web.account_id
    try:
        if kind == "privacyidea":
            made = privacyidea.invite(
                session, master, account_id, replace=replace, ttl=ttl, now=now
            )
            return Invited(made.credential, made.serial)
        code = devices.invite(session, master, account_id, replace=replace, ttl=ttl, now=now)
    except devices.HasDevice:
        return "has-phone"
    return Invited(code)


def offer(master: MasterKey, browser: Browser, seed: TotpSeed, now: float) -> str:
    """Seal a new seed for the page that shows it; nothing is kept until its code comes back."""
    octets = base64.b64encode(seed.secret.reveal()).decode()
    text = json.dumps({"seed": octets, "until": now + OFFER_SECONDS})
    sealed = master.seal(Secret(text.encode()), _offer_context(browser))
    return base64.urlsafe_b64encode(sealed).decode()


def offered(master: MasterKey, browser: Browser, text: str, now: float) -> TotpSeed | None:
    """Give the seed that `offer` sealed for this session; None: it is over, or none of ours."""
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii", "replace"))
        found = json.loads(master.open(sealed, _offer_context(browser)).reveal())
    except (ValueError, NotSealed):
        return None
    if found["until"] <= now:
        return None
    return TotpSeed(Secret(base64.b64decode(found["seed"])))


def own_passkey(session: Session, account_id: int) -> OwnPasskey | None:
    """Give the passkey of the phone that an account has; None: it has none."""
    phone = devices.active(session, account_id)
    if phone is None or phone.passkey is None:
        return None
    return OwnPasskey(phone.id, phone.passkey)


def passkey_text(master: MasterKey, browser: Browser, now: float) -> str:
    """Make a text whose digest is a challenge for this session's person, once and soon."""
    text = json.dumps({"once": secrets.token_hex(16), "until": now + PASSKEY_SECONDS})
    sealed = master.seal(Secret(text.encode()), _passkey_context(browser))
    return base64.urlsafe_b64encode(sealed).decode()


def prove_by_passkey(
    session: Session,
    master: MasterKey,
    browser: Browser,
    text: str,
    device_id: str,
    sign_count: int,
    now: float,
) -> Changed | Refusal:
    """
    Note in a session that its person used the phone's passkey; the assertion was verified.

    Args:
        text: what the assertion is bound to, as `passkey_text` made it for this session.
        device_id: whose passkey it was; it must be the phone that there is now.
    """
    web = web_sessions.find(session, browser.digest, now)
    if web is None or web.first:
        return "signed-out"
    until = _until(master, text, _passkey_context(browser))
    own = own_passkey(session, web.account_id)
    if until is None or until <= now or own is None or own.device_id != device_id:
        return "passkey-refused"
    if not used_proofs.use_proof(session, sha256(text.encode()).digest(), until):
        return "passkey-refused"
    if not passkeys.use(session, device_id, sign_count):
        return "passkey-refused"
    web_sessions.prove(session, browser.digest, "passkey", now)
    return Changed()


def enrol_totp(
    session: Session,
    master: MasterKey,
    browser: Browser,
    seed: TotpSeed,
    code: str,
    window_steps: int,
    now: float,
) -> Changed | Refusal:
    """Keep a seed whose code was typed, in place of the one before; the code is used up."""
    web = _may_enrol(session, browser, now)
    if not isinstance(web, WebSession):
        return web
    step = matching_step(seed, code.encode(), now, window_steps)
    if step is None:
        return "wrong-code"
    totp.enroll(session, master, web.account_id, seed, now)
    totp.use_step(session, web.account_id, step, "enrolled")
    announcements.add(session, web.account_id, "totp-enrolled", "", now)
    web_sessions.end_others(session, web.account_id, browser.digest, now)
    return Changed()


def remove_totp(session: Session, browser: Browser, now: float) -> Changed | Refusal:
    """Forget the seed, unless it is the account's last factor."""
    web = _may_change(session, browser, now)
    if not isinstance(web, WebSession):
        return web
    has = accounts.enrolments(session, web.account_id)
    if not has.has("totp"):
        return "not-enrolled"
    if not (has.has("push") or has.has("recovery")):
        return "last-factor"
    totp.remove(session, web.account_id)
    announcements.add(session, web.account_id, "totp-removed", "", now)
    web_sessions.end_others(session, web.account_id, browser.digest, now)
    return Changed()


def issue_recovery(
    session: Session, master: MasterKey, browser: Browser, now: float
) -> Issued | Refusal:
    """Make recovery codes; those of before are over."""
    web = _may_change(session, browser, now)
    if not isinstance(web, WebSession):
        return web
    codes = recovery.issue(session, master, web.account_id, now)
    announcements.add(session, web.account_id, "recovery-issued", "", now)
    web_sessions.end_others(session, web.account_id, browser.digest, now)
    return Issued(tuple(codes))


def report(session: Session, browser: Browser, login_id: str, now: float) -> PastLogin | Refusal:
    """Keep the word that a login was not this person's; they are told once by mail too."""
    web = web_sessions.find(session, browser.digest, now)
    if web is None or web.first:
        return "signed-out"
    found = login_history.report(session, web.account_id, login_id, now)
    if found is None:
        return "not-enrolled"
    if found.reported_at is None:
        client, origin = found.client, found.origin
        announcements.alert(session, web.account_id, "login-reported", client, origin, now)
        fatigue.report(session, web.account_id, now)
        approvals.void_of_account(session, web.account_id, now)
    return found


def _may_enrol(session: Session, browser: Browser, now: float) -> WebSession | Refusal:
    web = web_sessions.find(session, browser.digest, now)
    if web is not None and web.first:
        return web if browser.first_login else "signed-out"
    return _may_change(session, browser, now)


def _may_change(session: Session, browser: Browser, now: float) -> WebSession | Refusal:
    web = web_sessions.find(session, browser.digest, now)
    if web is None or web.first:
        return "signed-out"
    return web if web.proved_recently(now) else "prove"


def _until(master: MasterKey, text: str, context: str) -> float | None:
    """Say until when a sealed text is good; None: it is none of ours, or another session's."""
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii", "replace"))
        return float(json.loads(master.open(sealed, context).reveal())["until"])
    except (ValueError, NotSealed):
        return None


def _passkey_context(browser: Browser) -> str:
    return f"passkey challenge {browser.digest.hex()}"


def _offer_context(browser: Browser) -> str:
    return f"totp offer {browser.digest.hex()}"
