"""
Every text that a NAS shows to a person (Reply-Message); nothing else is worded elsewhere.

Whoever has not proved the password learns nothing: every Access-Reject whose reason may not be told
has the same text, whatever the reason.
"""

import math
from collections.abc import Mapping
from typing import Final

from proxy.login.actions import Challenge, NewPasswordPrompt, Prompt, Reject, RejectReason

REFUSED: Final = "Login failed. Check your name, your password and your code, then try again."
"""What every reason that may not be told looks like."""

_TOLD: Final[Mapping[RejectReason, str]] = {
    "may-not-enrol": "You have no second factor. Ask your help desk for one.",
    "no-way-to-ask": "Your second factor cannot be used with this login. Ask your help desk.",
    "password-expired": "Your password has expired. Change it, then log in again.",
    "password-must-change": "Your password must be changed first. Change it, then log in again.",
    "password-not-changed": "Your password could not be changed. Ask your help desk.",
    "account-disabled": "Your account is disabled. Ask your help desk.",
    "account-expired": "Your account has expired. Ask your help desk.",
    "logon-hours": "Your account may not log in at this hour.",
    "workstation": "Your account may not log in from here.",
    "no-answer": "No answer came from your phone in time. Log in again when it is at hand.",
    "another-login": "Another login is waiting for your answer on your phone. Answer it there, "
    "then log in again.",
    "waiting": "A login was not approved on your phone, so your phone is not asked now.",
    "new-place": "You have not logged in from here before, so a code is wanted, and this login "
    "cannot ask for one. Log in from where you did before, or ask your help desk.",
    "quiet-hours": "At this hour your phone is not asked.",
    "push-blocked": "Your phone is not asked, because logins were refused or not answered there. "
    "If they were not yours, change your password. To go on, confirm in the app or at the portal, "
    "or ask your help desk.",
    "too-many-pending": "Too many logins are waiting at the moment. Try again in a minute.",
}
"""By reason; one that is not here is not told, even where it might be."""

_NEW_PASSWORD: Final[Mapping[NewPasswordPrompt, str]] = {
    "new-password": "Your password must be changed. Enter a new one.",
    "new-password-or-continue": "Your password has expired. Enter a new one, or continue without "
    "for now.",
    "new-password-again": "Enter the new password once more.",
    "passwords-differ": "The two were not the same. Enter a new password.",
    "password-unusable": "That cannot be your new password. Enter another, of 128 characters at "
    "most.",
    "password-too-short": "That password is too short. Enter a longer one.",
    "password-too-simple": "That password is too simple. Enter another.",
    "password-used-before": "That password was used before. Enter another.",
    "password-refused": "That password is not allowed: too short, too simple or used before. Enter "
    "another.",
}
_SHORT: Final[Mapping[Prompt, str]] = {
    "new-password": "New password?",
    "new-password-or-continue": "New password?",
    "new-password-again": "Once more?",
    "passwords-differ": "Not the same. New?",
    "password-unusable": "Not possible. New?",
    "password-too-short": "Too short. New?",
    "password-too-simple": "Too simple. New?",
    "password-used-before": "Used before. New?",
    "password-refused": "Not allowed. New?",
}
"""The same for small displays."""


def reject_text(reject: Reject, web_url: str) -> str:
    """Word an Access-Reject; *web_url* is where people enrol."""
    if reject.relayed is not None:
        return reject.relayed.text or REFUSED
    if not reject.told:
        return REFUSED
    if reject.reason == "not-enrolled":
        return f"You have no second factor yet. Set one up at {web_url} and log in again."
    text = _TOLD.get(reject.reason, REFUSED)
    return text if reject.wait is None else f"{text} Log in again in {_time(reject.wait)}."


def _time(seconds: float) -> str:
    """Word a time to come, never too short: `30 seconds`, `2 minutes`, `7 hours`."""
    unit, length = "hour", 3600
    if seconds <= 90:
        unit, length = "second", 1
    elif seconds <= 90 * 60:
        unit, length = "minute", 60
    number = max(1, math.ceil(seconds / length))
    return f"{number} {unit}{'' if number == 1 else 's'}"


def challenge_text(challenge: Challenge, limit: int | None = None) -> str:
    """
    Word an Access-Challenge.

    Args:
        limit: how many characters the NAS shows; where the usual text is longer, a shorter one
            opens with what cannot be done without: the number. None: all of them.
    """
    text = _whole(challenge)
    if limit is None or len(text) <= limit:
        return text
    shorter = _shorter(challenge)
    return next((one for one in shorter if len(one) <= limit), shorter[-1][:limit])


def _whole(challenge: Challenge) -> str:
    match challenge.prompt:
        case "enter-code":
            return "Enter your code."
        case "wrong-code":
            return f"That code was not accepted. {_what_now(challenge)}"
        case "approve" | "approve-or-code" | "type-number":
            return _what_now(challenge)
        case "number-goes-on-phone":
            done = "pressed" if challenge.press else "typed"
            return f"The number is to be {done} on your phone, not here. {_what_now(challenge)}"
        case "upstream":
            return challenge.text or "Enter what you are asked for."
        case _:
            return _NEW_PASSWORD[challenge.prompt]


def _shorter(challenge: Challenge) -> list[str]:
    """Give ever shorter texts, whose last says only what cannot be done without."""
    number, prompt = challenge.number, challenge.prompt
    if prompt in _SHORT:
        return [_SHORT[prompt]]
    wrong = "Wrong code. " if prompt == "wrong-code" else ""
    code = " Or a code here." if challenge.code else ""
    if number is not None:
        what = "press it on your phone" if challenge.press else "type it on your phone"
        here = ", not here" if prompt == "number-goes-on-phone" else ""
        return [
            f"{number}: {what}{here} and continue.{code} {wrong}".rstrip(),
            f"{number}: {what}{here}.{code}",
            f"{number} on your phone",
            number,
        ]
    if prompt in {"approve", "approve-or-code"}:
        return [f"Approve on your phone.{code}", "Approve on phone"]
    return [f"{wrong}Enter a code.", "Code?"]


def _what_now(challenge: Challenge) -> str:
    """Say what there is to do: on the phone, with a code, or either."""
    number, prompt = challenge.number, challenge.prompt
    if number is not None and challenge.press:
        phone = f"Open the app on your phone, press {number}"
    elif number is not None:
        phone = f"Type the number {number} on your phone"
    elif prompt in {"approve", "approve-or-code"}:
        phone = "Approve the login on your phone"
    else:
        return "Enter another code."
    return f"{phone} and continue{', or enter a code here.' if challenge.code else '.'}"
