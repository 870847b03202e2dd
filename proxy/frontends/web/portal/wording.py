"""What people are told of a login's answer, worded only here."""

from collections.abc import Mapping
from typing import Final

from proxy.accounts.self_service import PastLogin, Refusal
from proxy.login.actions import Prompt, Reject, RejectReason

WRONG: Final = "The name or the password is wrong, or you may not sign in here."
"""Whatever would tell a stranger more than that."""
TOLD: Final[Mapping[RejectReason, str]] = {
    "not-enrolled": "Your password is right, but you have no second factor yet. Ask your "
    "administrator for an invitation: a link that enrols your phone.",
    "may-not-enrol": "Your password is right, but you have no second factor. Ask your "
    "administrator for one.",
    "no-way-to-ask": "Your second factor cannot be used here. Ask your administrator.",
    "password-expired": "Your password has expired.",
    "password-must-change": "You must change your password first.",
    "account-disabled": "Your account is disabled.",
    "account-expired": "Your account has expired.",
    "logon-hours": "You may not sign in at this hour.",
    "workstation": "You may not sign in from here.",
    "waiting": "A login was not approved on your phone a moment ago, so your phone is not asked "
    "now. Try again later.",
    "new-place": "You have not signed in from here before, so a code is wanted, and you have none.",
    "quiet-hours": "At this hour your phone is not asked. Sign in later.",
    "push-blocked": "Your phone is not asked, because logins were refused or not answered there. "
    "Open the app on your phone to go on, or ask your administrator.",
    "another-login": "Another login of yours is waiting on your phone. Answer it there, or wait.",
}
"""Told only where the password was right (`Reject.told`)."""
ENDED: Final[Mapping[RejectReason, str]] = {
    "denied": "The sign-in was denied on your phone.",
    "reported": "The sign-in was reported on your phone as not yours.",
    "no-answer": "Nobody answered in time. Sign in again.",
    "wrong-number": "A wrong number was typed three times on your phone. Sign in again.",
    "wrong-code": "That code is wrong, and there were too many. Sign in again.",
    "withdrawn": "This sign-in was replaced or ended. Sign in again.",
    "state": "This sign-in is over. Sign in again.",
    "directory-unavailable": "The directory cannot be asked now. Try again in a while.",
    "store-unavailable": "The server cannot do this now. Try again in a while.",
    "too-many-pending": "Too many sign-ins are going on. Try again in a while.",
}
"""Comes after a right password, or tells nothing of it."""
OVER: Final = "This sign-in is over. Sign in again."
PROMPTS: Final[Mapping[Prompt, str]] = {
    "enter-code": "Type the code that your app shows, or a recovery code.",
    "wrong-code": "That code was wrong. Type the next one that your app shows.",
    "approve-or-code": "Approve on your phone and continue, or type a code.",
    "approve": "Approve on your phone and continue.",
    "type-number": "Your phone asks for this number:",
    "number-goes-on-phone": "The number goes on your phone, not here.",
    "upstream": "Type what you are asked for.",
}
REFUSED: Final[Mapping[Refusal, str]] = {
    "has-phone": "You have a phone already. To enrol another one, replace it.",
    "last-factor": "This is your only second factor: enrol another one first.",
    "not-enrolled": "There is no such thing to change any more.",
    "offer-over": "That code to scan was shown too long ago. Here is a new one.",
    "wrong-code": "That is not the code that the app shows for this account. Try the next one.",
    "prove-by-phone": "To replace your phone, approve on the phone that you have, use its passkey, "
    "or use a recovery code.",
    "prove-without-push": "To have your phone asked again, sign in with a code of your app or a "
    "recovery code, or use your phone's passkey on the page of your phone.",
    "push-locked": "Only your administrator can have your phone asked again.",
    "passkey-refused": "That was not the passkey of your phone. Try again.",
}
OUTCOMES: Final[Mapping[str, str]] = {
    "accept": "Let in",
    "reject": "Refused",
    "challenge": "Not finished",
    "unanswered": "Not finished",
}
REASONS: Final[Mapping[str, str]] = {
    "push": "approved on the phone",
    "totp": "code of the app",
    "recovery": "recovery code",
    "first-factor-alone": "password alone",
    "bypass": "password alone, by way of exception",
    "remembered": "known device",
    "bad-credentials": "wrong password",
    "throttled": "too many wrong passwords",
    "sprayed": "a password that is being tried on many people",
    "not-allowed": "not allowed there",
    "policy-refuses": "not allowed there",
    "unsendable-reply": "not allowed there",
    "not-enrolled": "no second factor",
    "may-not-enrol": "no second factor",
    "denied": "denied on the phone",
    "reported": "reported on the phone",
    "no-answer": "no answer in time",
    "another-login": "another login was waiting",
    "waiting": "waiting after refused pushes",
    "push-blocked": "pushes blocked",
    "new-place": "a code was wanted from a new place",
    "quiet-hours": "no pushes at that hour",
    "wrong-number": "wrong number on the phone",
    "wrong-code": "wrong code",
    "withdrawn": "replaced by a newer one",
    "blocked": "account blocked",
    "another-person": "account to be checked by an admin",
    "password-expired": "password expired",
    "password-must-change": "password to be changed",
    "password-not-changed": "password not changed",
    "account-disabled": "account disabled",
    "account-expired": "account expired",
    "directory-unavailable": "directory not reachable",
    "store-unavailable": "server not ready",
}


def rejected(reject: Reject, *, after_password: bool) -> str:
    """Word a refusal; *after_password*: it answers a challenge, so the password was right."""
    if reject.told and reject.reason in TOLD:
        return TOLD[reject.reason]
    if reject.reason in ENDED:
        return ENDED[reject.reason]
    return OVER if after_password else WRONG


def outcome(login: PastLogin) -> str:
    """Say what became of a login."""
    word = OUTCOMES.get(login.outcome, login.outcome)
    why = REASONS.get(login.reason)
    return word if why is None or login.outcome in ("challenge", "unanswered") else f"{word}: {why}"
