"""
`order: second-first`: an appended code is checked before the password.

Only a right code lets the password reach the directory, so whoever has no code of a person can
neither guess the password nor have the directory count. Nothing is asked for and no push is sent:
the code comes appended, or the login is refused. The code is used up as ever, whether or not the
password proves right. Wrong codes count for the source and the person, apart from the counter that
locks the factor: nobody has proved a password yet. Nothing of a refusal is told, for the same
reason.
"""

from proxy.accounts.account import Enrolments
from proxy.login.actions import CheckFirstFactor, CheckPasscode, Reject
from proxy.login.appended import SplitPassword
from proxy.login.events import Event, PasscodeAccepted, PasscodeRefused
from proxy.login.stages import AwaitingCodeFirst, AwaitingFirstFactor, Known
from proxy.login.transition import Step, UnknownTransition, end


def begin_code(known: Known, enrolments: Enrolments, split: SplitPassword) -> Step:
    """Check the appended code; without one there is nothing to try."""
    login, appended, decision = known.login, split.appended, known.decision
    if not any(enrolments.has(factor) for factor in decision.factors):
        return end(Reject("not-enrolled"))
    if appended is None or appended.kind is None or appended.kind not in decision.factors:
        return end(Reject("wrong-code"))
    stage = AwaitingCodeFirst(known, enrolments, appended.kind, split.password)
    return stage, CheckPasscode(
        known.account.id, appended.kind, appended.code, login.login_id, login, unproved=True
    )


def awaiting_code_first(stage: AwaitingCodeFirst, event: Event) -> Step:
    """The code was checked: only a right one lets the password be tried."""
    known = stage.known
    match event:
        case PasscodeAccepted(kind):
            return AwaitingFirstFactor(known, stage.enrolments, None, proved=kind), (
                CheckFirstFactor(known.person, stage.password, known.login)
            )
        case PasscodeRefused(_, reason):
            return end(Reject("throttled" if reason == "throttled" else "wrong-code"))
        case _:
            raise UnknownTransition(stage, event)
