"""
A login rehearsed: the real machine, asked by nobody, up to where a person would have to act.

The directory is searched as for a login, the account is only read, the password is taken for right.
Nothing is written, counted or sent.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from proxy.accounts.account import NOTHING_ENROLLED, Account, Enrolments, Person
from proxy.login.actions import (
    Action,
    AskApproval,
    CheckFirstFactor,
    CheckPasscode,
    FindAccount,
    FindPerson,
    LoadAccount,
    RecallSecondFactor,
)
from proxy.login.events import (
    AccountLoaded,
    AccountUnknown,
    ApprovalNotAsked,
    Event,
    FirstFactorPassed,
    LoginStarted,
    PasscodeAccepted,
    PersonFound,
    PersonNotFound,
    PersonPresumed,
    PersonProved,
    SecondFactorNotRecalled,
)
from proxy.login.fatigue import Defence
from proxy.login.machine import step
from proxy.login.policy import Policy, candidates
from proxy.login.realm import Realms
from proxy.login.request import LoginRequest
from proxy.login.stages import Arrived, AwaitingUpstream, Known, known_of
from proxy.ports import Found
from proxy.secret import Secret
from proxy.store import accounts, fatigue
from proxy.store.session import Session

UNKNOWN: Final = 0
"""The key of an account that the store has not yet."""

A_RECOVERY_CODE: Final = b"AAAA-AAAA-AAAA-AAAA"
"""What has the form of one."""

Find = Callable[[FindPerson], Found]
Load = Callable[[LoadAccount], AccountLoaded]
Ask = Callable[[AskApproval], ApprovalNotAsked | None]
"""Says why no push would be sent; None: it would."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How far a login came, and what it wants then."""

    action: Action
    """The first that a person, a phone or a code would have to answer; or the login's answer."""
    found: Found | None
    """What the directories said; None: they were not asked."""
    enrolments: Enrolments
    known: Known | None
    """Who it is and what the policy says; None: it did not come so far."""
    no_push: ApprovalNotAsked | None = None
    """Why no push would be sent, where one was wanted."""
    recalls: bool = False
    """An earlier login of this caller may be remembered; it is not looked for."""

    @property
    def person(self) -> Person | None:
        """Give who it is, with groups."""
        found = self.found
        return found.person if isinstance(found, PersonFound | PersonPresumed) else None


def rehearse(
    request: LoginRequest,
    policies: Sequence[Policy],
    realms: Realms | None,
    find: Find,
    load: Load,
    ask: Ask,
) -> Rehearsed:
    """Walk a login through the machine; its password, and a code behind it, are right."""
    now, found, enrolments, known, no_push = request.arrived, None, NOTHING_ENROLLED, None, None
    recalls = False
    fitting = candidates(policies, request)
    stage, action = step(Arrived(request, fitting, realms), LoginStarted(), now)
    while True:
        event: Event
        known = known_of(stage) or known
        match action:
            case FindPerson():
                event = found = find(action)
            case LoadAccount():
                event = loaded = load(action)
                enrolments = loaded.enrolments
            case FindAccount():
                event = AccountUnknown()
            case CheckFirstFactor() if isinstance(stage, AwaitingUpstream):
                event = PersonProved(action.person, passed=None)
            case CheckFirstFactor():
                event = FirstFactorPassed()
            case CheckPasscode(kind=kind):
                event = PasscodeAccepted(kind)
            case RecallSecondFactor():
                event, recalls = SecondFactorNotRecalled("none"), True
            case AskApproval() if (no_push := ask(action)) is not None:
                event = no_push
            case _:
                return Rehearsed(action, found, enrolments, known, no_push, recalls)
        stage, action = step(stage, event, now)


def with_codes(request: LoginRequest, enrolments: Enrolments) -> Iterator[LoginRequest]:
    """Give the request with each kind of code that the person has behind its password."""
    codes = []
    if enrolments.totp_digits is not None:
        codes.append(b"0" * enrolments.totp_digits)
    if enrolments.recovery_codes:
        codes.append(A_RECOVERY_CODE)
    for code in codes:
        yield replace(request, password=Secret(request.password.reveal() + b"," + code))


def in_order(answers: Sequence[Found]) -> Found:
    """Give what a login goes by of what directories said: the next only for no such person."""
    for answer in answers:
        if not isinstance(answer, PersonNotFound) or answer.reason != "unknown":
            return answer
    return PersonNotFound("unknown")


def read_account(session: Session, question: LoadAccount, now: float) -> AccountLoaded:
    """Read what a login would load; an account that is new is made nowhere."""
    loaded = accounts.find_for_login(session, question, now)
    if loaded is not None:
        return loaded
    person = question.person
    found = accounts.find(session, person.directory, person.user_name)
    if found is None:
        account = Account(UNKNOWN, person.directory, person.user_name, None)
        return AccountLoaded(account, NOTHING_ENROLLED)
    stranger = found.stable_id is not None
    blocked = "another-person" if stranger else found.account.blocked
    account = Account(found.account.id, person.directory, person.user_name, blocked)
    return AccountLoaded(account, found.enrolments)


def read_no_push(
    session: Session, question: AskApproval, defence: Defence, now: float
) -> ApprovalNotAsked | None:
    """Read whether a person is to be worn down by no more pushes; None: one would be sent."""
    if fatigue.of_account(session, question.account_id).is_blocked:
        return ApprovalNotAsked("push-blocked")
    for wait in fatigue.waits(session, question.account_id):
        until = wait.until(defence)
        if wait.client == question.login.client.name and now < until:
            return ApprovalNotAsked("waiting", until - now)
    return None
