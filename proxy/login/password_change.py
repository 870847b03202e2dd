"""
An expired password, changed in the challenge: the old one proved right, the second factor passed,
the new one typed twice; then the directory exchanges them, and the login goes on to its answer.

The second factor comes first: who merely knows an old password must not come to a new one. The old
password stays with the login until the change, which cannot be made without it: it, the new one and
its repetition come in three requests, so that one of them has to be kept between two whatever is
asked in which order. What is kept of the new one is a digest.
"""

import hmac
import unicodedata
from dataclasses import replace
from typing import Final

from proxy.accounts.account import Enrolments
from proxy.login.actions import (
    Accept,
    Challenge,
    ChangePassword,
    LoadAccount,
    Prompt,
    Reject,
    Unanswered,
)
from proxy.login.appended import split_password
from proxy.login.events import (
    AccountLoaded,
    AnswerGiven,
    DirectoryFailed,
    Event,
    NotChanged,
    PasswordChanged,
    PasswordNotChanged,
    PasswordProof,
)
from proxy.login.second_factor import STATE_LIFETIME, begin_second_factor
from proxy.login.stages import (
    AwaitingAccountForChange,
    AwaitingFirstFactor,
    AwaitingNewPassword,
    AwaitingPasswordChange,
    AwaitingSecondFactor,
    Ended,
    Known,
    PasswordDialogue,
)
from proxy.login.transition import Step, UnknownTransition, end, why_blocked
from proxy.sealing import keyed_digest
from proxy.secret import Secret

PASSWORD_LENGTH: Final = 128
"""Octets that User-Password carries (RFC 2865 section 5.2)."""
NEW_TRIES: Final = 3
"""New passwords that one login may offer."""
CHANGEABLE: Final = frozenset[PasswordProof | None]({"password-expired", "password-must-change"})
_SECOND_FACTORS: Final = frozenset({"push", "totp", "recovery"})
"""Nothing else is enough for a change, whatever else lets a login pass."""
_COMPLAINTS: Final[dict[NotChanged, Prompt]] = {
    "too-short": "password-too-short",
    "too-simple": "password-too-simple",
    "used-before": "password-used-before",
    "refused": "password-refused",
}
"""What another new password may mend."""


def begin_change(
    stage: AwaitingFirstFactor, old: Secret, proof: PasswordProof | None, now: float
) -> Step:
    """Ask for the second factor; *proof* says why a change is due, None: a grace login."""
    begun = begin_second_factor(stage, now)
    return after_second_factor(AwaitingSecondFactor(stage.known, begun[0], old, proof), begun, now)


def after_second_factor(stage: AwaitingSecondFactor, taken: Step, now: float) -> Step:
    """Go on where the second factor is, until it has passed; then ask for the new password."""
    inner, action = taken
    forced = stage.proof is not None
    match action:
        case Accept(factor=factor) if factor in _SECOND_FACTORS:
            dialogue = PasswordDialogue(action, stage.old, forced, now + STATE_LIFETIME)
            return _ask(stage.known, dialogue, _first_prompt(dialogue), now)
        case Accept() if stage.proof is not None:
            return end(Reject(stage.proof, told=True))
        case Reject(reason="not-enrolled" | "may-not-enrol") if stage.proof is not None:
            return end(Reject(stage.proof, told=True))
        case Accept() | Reject() | Unanswered():
            return inner, action
        case _:
            return AwaitingSecondFactor(stage.known, inner, stage.old, stage.proof), action


def awaiting_new_password(stage: AwaitingNewPassword, event: Event) -> Step:
    """Something was typed: read the account afresh."""
    match event:
        case AnswerGiven(text):
            person = replace(stage.known.person, stable_id=None)
            return AwaitingAccountForChange(stage.known, stage.change, text), LoadAccount(
                person, stage.known.login.client.name
            )
        case _:
            raise UnknownTransition(stage, event)


def awaiting_account_for_change(stage: AwaitingAccountForChange, event: Event, now: float) -> Step:
    """Look at what was typed."""
    match event:
        case AccountLoaded(account, enrolments):
            if account.blocked is not None or account.id != stage.known.account.id:
                return end(Reject(why_blocked(account)))
            return _typed(stage, enrolments, now)
        case _:
            raise UnknownTransition(stage, event)


def _typed(stage: AwaitingAccountForChange, enrolments: Enrolments, now: float) -> Step:
    known, change = stage.known, stage.change
    if not stage.text.reveal().strip():
        if change.first is not None:
            return _ask(known, change, "new-password-again", now)
        if not change.forced:
            return _given_up(change)
        return _ask(known, change, _first_prompt(change), now)
    digest = keyed_digest(known.login.request_digest, stage.text.reveal())
    if change.first is None:
        if not _usable(stage.text, change.old, known, enrolments):
            return _once_more(known, change, "password-unusable", now)
        return _ask(known, replace(change, first=digest), "new-password-again", now)
    if not hmac.compare_digest(digest, change.first):
        return _once_more(known, change, "passwords-differ", now)
    return AwaitingPasswordChange(known, change), ChangePassword(
        known.person, change.old, stage.text
    )


def _usable(new: Secret, old: Secret, known: Known, enrolments: Enrolments) -> bool:
    """Say whether people could log in with it, here and wherever text is typed."""
    octets = new.reveal()
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return False
    if len(octets) > PASSWORD_LENGTH or new == old:
        return False
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        return False
    appends = known.decision.append_code
    return not (appends and split_password(new, enrolments).appended is not None)


def awaiting_password_change(stage: AwaitingPasswordChange, event: Event, now: float) -> Step:
    """The directory has the new password, or says why not."""
    match event:
        case PasswordChanged():
            return Ended(password_changed=True), stage.change.accept
        case PasswordNotChanged(reason):
            prompt = _COMPLAINTS.get(reason)
            if prompt is None:
                return _given_up(stage.change)
            return _once_more(stage.known, stage.change, prompt, now)
        case DirectoryFailed():
            return end(Reject("directory-unavailable"))
        case _:
            raise UnknownTransition(stage, event)


def _first_prompt(change: PasswordDialogue) -> Prompt:
    return "new-password" if change.forced else "new-password-or-continue"


def _once_more(known: Known, change: PasswordDialogue, prompt: Prompt, now: float) -> Step:
    """Ask for another new password, from the beginning."""
    tried = replace(change, first=None, tries=change.tries + 1)
    return _given_up(change) if tried.tries >= NEW_TRIES else _ask(known, tried, prompt, now)


def _given_up(change: PasswordDialogue) -> Step:
    """Without a change a grace login passes, as it would where none can be made; no other does."""
    return end(Reject("password-not-changed", told=True) if change.forced else change.accept)


def _ask(known: Known, change: PasswordDialogue, prompt: Prompt, now: float) -> Step:
    if change.ends_at <= now:
        return end(Reject("no-answer", told=True))
    return AwaitingNewPassword(known, change), Challenge(
        prompt, None, code=False, expires_at=change.ends_at, hidden=True
    )
