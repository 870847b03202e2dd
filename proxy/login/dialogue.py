"""
What a person typed into a challenge: a code, the number in the wrong place, or "go on".

Going on is whatever has not the form of a code of this person; it is no wrong code and gives no
more time.

The account is read afresh first: what was revoked meanwhile no longer serves.
"""

from dataclasses import replace

from proxy.accounts.account import Enrolments
from proxy.login.actions import AwaitApproval, LoadAccount, Reject
from proxy.login.appended import passcode_kind
from proxy.login.events import AccountLoaded, AnswerGiven, Event
from proxy.login.second_factor import accept, challenge, check_passcode, lifts, withdraw_then
from proxy.login.stages import (
    AwaitingAccountAgain,
    AwaitingAnswer,
    AwaitingApproval,
    AwaitingPasscode,
)
from proxy.login.transition import Step, UnknownTransition, end, why_blocked
from proxy.secret import Secret


def awaiting_answer(stage: AwaitingAnswer, event: Event) -> Step:
    """The challenge was answered: read the account afresh."""
    match event:
        case AnswerGiven(text, attempt):
            # The stable id of back then is no news: an admin may have decided about it since.
            person = replace(stage.known.person, stable_id=None)
            return AwaitingAccountAgain(stage.known, stage.dialogue, text, attempt), LoadAccount(
                person, stage.known.login.client.name
            )
        case _:
            raise UnknownTransition(stage, event)


def awaiting_account_again(stage: AwaitingAccountAgain, event: Event, now: float) -> Step:
    """Look at what was typed."""
    match event:
        case AccountLoaded(account, enrolments, bypass):
            if account.blocked is not None or account.id != stage.known.account.id:
                return end(Reject(why_blocked(account)))
            if bypass is not None and lifts(stage.known.login):
                return withdraw_then(stage.dialogue.approval, accept(stage.known, "bypass"))
            return _answered(stage, enrolments, now)
        case _:
            raise UnknownTransition(stage, event)


def _answered(stage: AwaitingAccountAgain, enrolments: Enrolments, now: float) -> Step:
    known, dialogue = stage.known, stage.dialogue
    text, approval = stage.text.reveal().strip(), dialogue.approval
    if approval is not None and approval.number is not None and text == approval.number.encode():
        return challenge(known, dialogue, enrolments, "number-goes-on-phone", now)
    kind = passcode_kind(text, enrolments)
    if kind is not None and kind in known.decision.factors:
        return check_passcode(
            AwaitingPasscode(known, enrolments, kind, dialogue, appended=False),
            Secret(text),
            stage.attempt,
        )
    if approval is not None:
        return AwaitingApproval(known, enrolments, approval, dialogue), AwaitApproval(approval.id)
    return challenge(known, dialogue, enrolments, "enter-code", now)
