"""
The table of every legal transition: `step(stage, event, now) -> (stage, action)`.

Its halves are first_factor and second_factor; dialogue reads what a challenge brought back; where
the first factor is another RADIUS server, upstream takes the place of first_factor. Every path to
`Accept` begins with `LoginVouched` or goes through `FirstFactorPassed`, and, unless the policy asks
for no second factor, goes through `ApprovalClaimed`, `PasscodeAccepted` or `SecondFactorRecalled`:
facts that the store has committed. A password that has expired is changed after both
(password_change). An event that a stage does not know is our bug and rises. `StoreFailed`,
`TimeRanOut` and `CallerGone` end a login refused, except where a phone is awaited.
"""

from typing import assert_never

from proxy.login.actions import Reject
from proxy.login.dialogue import awaiting_account_again, awaiting_answer
from proxy.login.events import CallerGone, Event, StoreFailed, TimeRanOut
from proxy.login.first_factor import (
    arrived,
    awaiting_account,
    awaiting_first_factor,
    awaiting_person,
)
from proxy.login.password_change import (
    after_second_factor,
    awaiting_account_for_change,
    awaiting_new_password,
    awaiting_password_change,
)
from proxy.login.remembering import awaiting_recall
from proxy.login.second_factor import (
    awaiting_approval,
    awaiting_approval_request,
    awaiting_claim,
    awaiting_passcode,
    awaiting_withdrawal,
)
from proxy.login.second_first import awaiting_code_first
from proxy.login.stages import (
    AnsweringUpstream,
    Arrived,
    AwaitingAccount,
    AwaitingAccountAgain,
    AwaitingAccountForChange,
    AwaitingAnswer,
    AwaitingApproval,
    AwaitingApprovalRequest,
    AwaitingClaim,
    AwaitingCodeFirst,
    AwaitingFirstFactor,
    AwaitingNewPassword,
    AwaitingPasscode,
    AwaitingPasswordChange,
    AwaitingPerson,
    AwaitingPresumedAccount,
    AwaitingProvedAccount,
    AwaitingRecall,
    AwaitingSecondFactor,
    AwaitingUpstream,
    AwaitingUpstreamAnswer,
    AwaitingWithdrawal,
    Ended,
    Stage,
)
from proxy.login.transition import Step, UnknownTransition, end
from proxy.login.upstream import (
    answering_upstream,
    awaiting_presumed_account,
    awaiting_proved_account,
    awaiting_upstream,
)


def step(stage: Stage, event: Event, now: float) -> Step:  # noqa: C901, PLR0912 - it is the table
    """Take one step of a login; *now* is in seconds since the epoch."""
    if isinstance(event, StoreFailed):
        return end(Reject("store-unavailable"))
    if isinstance(event, TimeRanOut | CallerGone) and not isinstance(
        stage, AwaitingApproval | AwaitingSecondFactor
    ):
        return end(_out_of_time(stage))
    match stage:
        case Arrived():
            return arrived(stage, event)
        case AwaitingPerson():
            return awaiting_person(stage, event)
        case AwaitingAccount():
            return awaiting_account(stage, event, now)
        case AwaitingFirstFactor():
            return awaiting_first_factor(stage, event, now)
        case AwaitingCodeFirst():
            return awaiting_code_first(stage, event)
        case AwaitingRecall():
            return awaiting_recall(stage, event, now)
        case AwaitingApprovalRequest():
            return awaiting_approval_request(stage, event, now)
        case AwaitingApproval():
            return awaiting_approval(stage, event, now)
        case AwaitingClaim():
            return awaiting_claim(stage, event)
        case AwaitingPasscode():
            return awaiting_passcode(stage, event, now)
        case AwaitingWithdrawal():
            return awaiting_withdrawal(stage, event)
        case AwaitingAnswer():
            return awaiting_answer(stage, event)
        case AwaitingAccountAgain():
            return awaiting_account_again(stage, event, now)
        case AwaitingPresumedAccount():
            return awaiting_presumed_account(stage, event)
        case AwaitingUpstream():
            return awaiting_upstream(stage, event, now)
        case AnsweringUpstream():
            return answering_upstream(stage, event)
        case AwaitingProvedAccount():
            return awaiting_proved_account(stage, event, now)
        case AwaitingSecondFactor():
            return after_second_factor(stage, step(stage.inner, event, now), now)
        case AwaitingNewPassword():
            return awaiting_new_password(stage, event)
        case AwaitingAccountForChange():
            return awaiting_account_for_change(stage, event, now)
        case AwaitingPasswordChange():
            return awaiting_password_change(stage, event, now)
        case Ended() | AwaitingUpstreamAnswer():
            raise UnknownTransition(stage, event)
        case _:
            assert_never(stage)


def _out_of_time(stage: Stage) -> Reject:
    asking = AwaitingPerson | AwaitingFirstFactor | AwaitingUpstream | AwaitingPasswordChange
    if isinstance(stage, asking):
        return Reject("directory-unavailable")
    return Reject("store-unavailable")
