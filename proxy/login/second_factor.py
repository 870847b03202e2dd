"""
The second half of the table: the password is right, a second factor is asked and answered.

A push is sent only from here. A code is looked at only from here. Challenges park the login.
"""

from dataclasses import replace
from typing import Final

from proxy.accounts.account import Enrolments
from proxy.login.actions import (
    Accept,
    Answer,
    AskApproval,
    AwaitApproval,
    Challenge,
    CheckPasscode,
    ClaimApproval,
    PassedFactor,
    Prompt,
    Reject,
    Unanswered,
    WithdrawApproval,
)
from proxy.login.events import (
    ApprovalAnswered,
    ApprovalAsked,
    ApprovalClaimed,
    ApprovalEnded,
    ApprovalLost,
    ApprovalNotAsked,
    ApprovalWithdrawn,
    CallerGone,
    Event,
    PasscodeAccepted,
    PasscodeRefused,
    TimeRanOut,
)
from proxy.login.policy import Decision
from proxy.login.reply import ReplyAttribute
from proxy.login.request import PORTAL, Factor, Login, PasscodeKind
from proxy.login.stages import (
    NO_DIALOGUE,
    AwaitingAnswer,
    AwaitingApproval,
    AwaitingApprovalRequest,
    AwaitingClaim,
    AwaitingFirstFactor,
    AwaitingPasscode,
    AwaitingWithdrawal,
    Dialogue,
    Known,
    OpenApproval,
)
from proxy.login.transition import Step, UnknownTransition, end
from proxy.secret import Secret

STATE_LIFETIME: Final = 300.0
"""Seconds that a State lives; also the longest a dialogue with an open approval takes."""
TRIES: Final = 3
NO_QUESTION: Final = "inside this EAP method nothing can be asked, and no push serves"
"""Codes that one login may try."""


def begin_second_factor(stage: AwaitingFirstFactor, now: float) -> Step:
    """Choose the first factor of the policy that is enrolled and can be asked here."""
    known, enrolments, appended = stage.known, stage.enrolments, stage.appended
    decision = known.decision
    if stage.bypass:
        return end(accept(known, "bypass"))
    if not decision.factors:
        return end(accept(known, "first-factor-alone"))
    if appended is not None and appended.kind is not None:
        if appended.kind not in decision.factors:
            return end(Reject("wrong-code"))
        return check_passcode(
            AwaitingPasscode(known, enrolments, appended.kind, NO_DIALOGUE, appended=True),
            appended.code,
            known.login.login_id,
        )
    if not any(_serves(factor, decision, enrolments) for factor in decision.factors):
        return end(_nothing_enrolled(known))
    pushed = appended is not None
    for factor in decision.factors:
        if factor == "push" and decision.push and _serves("push", decision, enrolments):
            return _ask_approval(known, enrolments)
        if factor != "push" and decision.challenge and enrolments.has(factor) and not pushed:
            return ask_code(known, now)
    detail = NO_QUESTION if known.login.client.mute else None
    return end(Reject("no-way-to-ask", told=True, detail=detail))


def lifts(login: Login) -> bool:
    """
    Say whether a bypass may lift the second factor of a login.

    Not at the portal: what is enrolled there would outlast it.
    """
    return login.client.name != PORTAL


def _nothing_enrolled(known: Known) -> Reject:
    return Reject("not-enrolled" if known.decision.enrolment else "may-not-enrol", told=True)


def _serves(factor: Factor, decision: Decision, enrolments: Enrolments) -> bool:
    """Say whether a factor is enrolled; a phone without a passkey verifies nobody."""
    able = factor != "push" or enrolments.passkey or not decision.verify_user
    return able and enrolments.has(factor)


def _ask_approval(known: Known, enrolments: Enrolments) -> Step:
    decision = known.decision
    return AwaitingApprovalRequest(known, enrolments), AskApproval(
        login=known.login,
        account_id=known.account.id,
        account_name=known.account.user_name,
        number_digits=decision.number_digits if decision.number else 0,
        verify_user=decision.verify_user,
        picking=decision.picking,
        digits_where_new=decision.number_digits if decision.challenge else 0,
    )


def awaiting_approval_request(stage: AwaitingApprovalRequest, event: Event, now: float) -> Step:
    """An approval request is open, or there is none and a code may do."""
    known = stage.known
    match event:
        case ApprovalAsked(approval_id, None, expires_at):
            approval = OpenApproval(approval_id, None, expires_at)
            dialogue = Dialogue(approval, tries=0, ends_at=None)
            return AwaitingApproval(known, stage.enrolments, approval, dialogue), AwaitApproval(
                approval_id
            )
        case ApprovalAsked(approval_id, number, expires_at, press=press):
            dialogue = Dialogue(OpenApproval(approval_id, number, expires_at, press), 0, expires_at)
            return challenge(known, dialogue, stage.enrolments, "type-number", now)
        case ApprovalNotAsked(reason, wait):
            if known.decision.challenge and _codes(known, stage.enrolments):
                return ask_code(known, now)
            if reason == "no-device":
                return end(_nothing_enrolled(known))
            return end(Reject(reason, told=True, wait=wait))
        case _:
            raise UnknownTransition(stage, event)


def awaiting_approval(stage: AwaitingApproval, event: Event, now: float) -> Step:
    """The phone answered, or the NAS will wait no longer."""
    known = stage.known
    match event:
        case ApprovalAnswered(approval_id, "approve"):
            return AwaitingClaim(known), ClaimApproval(
                approval_id, known.login.login_id, known.decision.verify_user
            )
        case ApprovalAnswered(_, "deny"):
            return end(Reject("denied"))
        case ApprovalAnswered(_, "report"):
            return end(Reject("reported"))
        case ApprovalEnded(_, "expired"):
            if known.decision.challenge and _codes(known, stage.enrolments):
                return ask_code(known, now, stage.dialogue)
            return end(Reject("no-answer", told=True))
        case ApprovalEnded(_, "wrong-number"):
            return end(Reject("wrong-number"))
        case ApprovalEnded():
            return end(Reject("withdrawn"))
        case CallerGone():
            return withdraw_then(stage.approval, Unanswered("gone"))
        case TimeRanOut():
            return _no_answer_in_time(stage, now)
        case _:
            raise UnknownTransition(stage, event)


def _no_answer_in_time(stage: AwaitingApproval, now: float) -> Step:
    known, dialogue = stage.known, stage.dialogue
    if not known.decision.challenge:
        return end(Reject("no-answer", told=True))
    prompt: Prompt = "approve"
    if stage.approval.number is not None:
        prompt = "type-number"
    elif _codes(known, stage.enrolments):
        prompt = "approve-or-code"
    return challenge(known, dialogue, stage.enrolments, prompt, now)


def awaiting_claim(stage: AwaitingClaim, event: Event) -> Step:
    """The approval is this login's own, or another's."""
    match event:
        case ApprovalClaimed():
            return end(accept(stage.known, "push"))
        case ApprovalLost(_, "superseded"):
            return end(Unanswered("superseded"))
        case ApprovalLost():
            return end(Reject("withdrawn"))
        case _:
            raise UnknownTransition(stage, event)


def check_passcode(stage: AwaitingPasscode, code: Secret, attempt: str) -> Step:
    known = stage.known
    return stage, CheckPasscode(known.account.id, stage.kind, code, attempt, known.login)


def awaiting_passcode(stage: AwaitingPasscode, event: Event, now: float) -> Step:
    """The code was checked."""
    known, dialogue = stage.known, stage.dialogue
    match event:
        case PasscodeAccepted(kind):
            return withdraw_then(dialogue.approval, accept(known, kind))
        case PasscodeRefused():
            tried = replace(dialogue, tries=dialogue.tries + 1)
            if stage.appended or tried.tries >= TRIES:
                return withdraw_then(dialogue.approval, Reject("wrong-code"))
            return challenge(known, tried, stage.enrolments, "wrong-code", now)
        case _:
            raise UnknownTransition(stage, event)


def withdraw_then(approval: OpenApproval | None, answer: Answer) -> Step:
    """Give the answer, once an open request is off the phone."""
    if approval is None:
        return end(answer)
    given_up = isinstance(answer, Reject)
    return AwaitingWithdrawal(answer), WithdrawApproval(approval.id, given_up)


def awaiting_withdrawal(stage: AwaitingWithdrawal, event: Event) -> Step:
    """The phone no longer shows the request; the answer may go."""
    match event:
        case ApprovalWithdrawn():
            return end(stage.answer)
        case _:
            raise UnknownTransition(stage, event)


def ask_code(known: Known, now: float, before: Dialogue = NO_DIALOGUE) -> Step:
    """Ask for a code, with no approval open; what is left of a dialogue *before* is its time."""
    ends_at = before.ends_at if before.ends_at is not None else now + STATE_LIFETIME
    if ends_at <= now:
        return end(Reject("no-answer", told=True))
    dialogue = Dialogue(approval=None, tries=before.tries, ends_at=ends_at)
    return AwaitingAnswer(known, dialogue), Challenge(
        "enter-code", None, code=True, expires_at=ends_at
    )


def challenge(
    known: Known, dialogue: Dialogue, enrolments: Enrolments, prompt: Prompt, now: float
) -> Step:
    """Go on with a dialogue; with an open approval it ends five minutes after its beginning."""
    ends_at = dialogue.ends_at
    if ends_at is None or (dialogue.approval is None and prompt == "wrong-code"):
        ends_at = now + STATE_LIFETIME
    if ends_at <= now:
        return end(Reject("no-answer", told=True))
    approval = dialogue.approval
    number = approval.number if approval is not None else None
    press = approval is not None and approval.press
    code = bool(_codes(known, enrolments))
    return AwaitingAnswer(known, replace(dialogue, ends_at=ends_at)), Challenge(
        prompt, number, code, ends_at, press
    )


def _codes(known: Known, enrolments: Enrolments) -> tuple[PasscodeKind, ...]:
    kinds: tuple[PasscodeKind, ...] = ("totp", "recovery")
    return tuple(kind for kind in kinds if kind in known.decision.factors and enrolments.has(kind))


def accept(known: Known, factor: PassedFactor) -> Accept:
    """Let a login in by this factor, with what its policy says."""
    decision = known.decision
    reply = decision.reply
    if decision.accounting_class:
        reply = (*reply, ReplyAttribute("Class", known.login.login_id))
    passed = getattr(known, "passed", None)  # of an upstream server
    return Accept(known.account.user_name, factor, decision.policy, reply, passed)
