"""
A person confirms to be there, so that their phone is asked again: on that phone, or at the portal.

At the portal it takes a second factor that is no push, given a moment ago: whoever is worn down by
pushes shall not be led to undo the block by one more of them.
"""

from proxy.accounts.push_block import Confirmation, PushBlock
from proxy.accounts.self_service import Browser, Changed, Refusal
from proxy.store import announcements, devices, fatigue, web_sessions
from proxy.store.session import Session


def push_block(session: Session, account_id: int) -> PushBlock | None:
    """Give what blocks a person's pushes; None: nothing does."""
    found = fatigue.of_account(session, account_id)
    if not found.is_blocked:
        return None
    since = found.last_failed_at if found.blocked_at is None else found.blocked_at
    return PushBlock(found.blocked_by, since, found.is_locked)


def by_phone(session: Session, device_id: str, now: float) -> Confirmation:
    """Take the block back, because the account's phone says so."""
    phone = devices.find(session, device_id)
    if phone is None or phone.retired_at is not None or not phone.account_good:
        return "not-enrolled"
    return _confirm(session, phone.account_id, now)


def by_browser(session: Session, browser: Browser, now: float) -> Changed | Refusal:
    """Take the block back, because the person says so at the portal."""
    web = web_sessions.find(session, browser.digest, now)
    if web is None or web.first:
        return "signed-out"
    if web.proved_by == "push" or not web.proved_recently(now):
        return "prove-without-push"
    confirmed = _confirm(session, web.account_id, now)
    return "push-locked" if confirmed == "locked" else Changed()


def _confirm(session: Session, account_id: int, now: float) -> Confirmation:
    found = push_block(session, account_id)
    if found is None:
        return "not-blocked"
    if not fatigue.confirm(session, account_id):
        return "locked"
    announcements.add(session, account_id, "push-confirmed", "", now)
    return "confirmed"
