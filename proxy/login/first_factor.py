"""
The first half of the table: from the request to the password.

The person and the groups are read before the password is tried, because the policy decides how the
password field is cut. Whatever fails here is told as wrong credentials.
"""

from collections.abc import Mapping
from typing import Final

from proxy.login.actions import (
    CheckFirstFactor,
    FindAccount,
    FindPerson,
    LoadAccount,
    Reject,
    RejectReason,
)
from proxy.login.appended import SplitPassword, split_password
from proxy.login.events import (
    AccountLoaded,
    DirectoryFailed,
    Event,
    FirstFactorFailed,
    FirstFactorPassed,
    LoginStarted,
    PersonFound,
    PersonNotFound,
    PersonPresumed,
)
from proxy.login.password_change import CHANGEABLE, begin_change
from proxy.login.policy import NotAllowed, decide
from proxy.login.remembering import recall
from proxy.login.second_factor import accept, begin_second_factor, lifts
from proxy.login.second_first import begin_code
from proxy.login.stages import (
    Arrived,
    AwaitingAccount,
    AwaitingFirstFactor,
    AwaitingPerson,
    AwaitingPresumedAccount,
    Known,
)
from proxy.login.transition import Step, UnknownTransition, end, why_blocked

SHIELDED: Final[Mapping[str, RejectReason]] = {"throttled": "throttled", "sprayed": "sprayed"}
"""Refusals of the shield, by the reason that it gives; they look like any wrong password."""


def arrived(stage: Arrived, event: Event) -> Step:
    """Refuse what needs no directory; else search for the person."""
    match event:
        case LoginStarted():
            if not stage.request.password:
                return end(Reject("bad-credentials"))
            policies = stage.policies
            if stage.request.method == "mschapv2":
                policies = tuple(policy for policy in policies if policy.upstream)
            if not policies:
                return end(Reject("not-allowed"))
            directories = tuple(dict.fromkeys(policy.directory for policy in policies))
            username = stage.request.login.username
            if stage.realms is not None:
                client = stage.request.login.client.name
                directories, username = stage.realms.place(username, client, directories)
            return AwaitingPerson(stage.request, policies), FindPerson(
                directories, username, stage.request.login
            )
        case _:
            raise UnknownTransition(stage, event)


def awaiting_person(stage: AwaitingPerson, event: Event) -> Step:
    """Exactly one person: load the account."""
    match event:
        case PersonFound(person):
            return AwaitingAccount(stage.request, stage.policies, person), LoadAccount(
                person, stage.request.login.client.name
            )
        case PersonPresumed(person):
            return AwaitingPresumedAccount(stage.request, stage.policies, person), FindAccount(
                person
            )
        case PersonNotFound(reason):
            return end(Reject("throttled" if reason == "throttled" else "bad-credentials"))
        case DirectoryFailed():
            return end(Reject("directory-unavailable"))
        case _:
            raise UnknownTransition(stage, event)


def awaiting_account(stage: AwaitingAccount, event: Event) -> Step:
    """The account decides whether the policy is asked, the policy what the password field is."""
    match event:
        case AccountLoaded():
            return _account_known(stage, event)
        case _:
            raise UnknownTransition(stage, event)


def _account_known(stage: AwaitingAccount, loaded: AccountLoaded) -> Step:
    account, enrolments = loaded.account, loaded.enrolments
    if account.blocked is not None:
        return end(Reject(why_blocked(account)))
    login, person = stage.request.login, stage.person
    decision = decide(stage.policies, person, login.client)
    if isinstance(decision, NotAllowed):
        return end(Reject(decision.reason, policy=decision.policy, detail=decision.detail))
    if person.groups or person.attributes:
        person = person.alone()
    known = Known(login, person, account, decision)
    password, appended = stage.request.password, None
    if decision.append_code:
        split = split_password(password, enrolments)
        password, appended = split.password, split.appended
    if not password:
        return end(Reject("bad-credentials"))
    bypass = loaded.bypass is not None and lifts(login)
    if decision.second_first and not bypass:
        return begin_code(known, enrolments, SplitPassword(password, appended))
    changeable = None
    if decision.password_change and not bypass and stage.request.method == "pap":
        changeable = password
    return AwaitingFirstFactor(known, enrolments, appended, bypass, changeable), CheckFirstFactor(
        known.person, password, login
    )


def awaiting_first_factor(stage: AwaitingFirstFactor, event: Event, now: float) -> Step:
    """The password was tried."""
    match event:
        case FirstFactorPassed():
            if stage.proved is not None:
                return end(accept(stage.known, stage.proved))
            if stage.password is not None and event.grace:
                return begin_change(stage, stage.password, None, now)
            terms = stage.known.decision.remember
            if terms is not None and not stage.bypass:
                return recall(stage, terms, now)
            return begin_second_factor(stage, now)
        case FirstFactorFailed(reason, proof):
            if proof is None:
                return end(Reject(SHIELDED.get(reason, "bad-credentials")))
            if stage.password is not None and proof in CHANGEABLE:
                return begin_change(stage, stage.password, proof, now)
            return end(Reject(proof, told=stage.known.decision.challenge))
        case DirectoryFailed():
            return end(Reject("directory-unavailable"))
        case _:
            raise UnknownTransition(stage, event)
