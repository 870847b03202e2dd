"""
The first half of the table: from the request to the password.

The person and the groups are read before the password is tried, because the policy decides how the
password field is cut. Whatever fails here is told as wrong credentials. A login whose first factor
was proved before it began tries no password: all else is as ever, the second factor above all.
"""

from collections.abc import Mapping
from dataclasses import replace
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
    LoginVouched,
    PersonBarred,
    PersonFound,
    PersonNotFound,
    PersonPresumed,
)
from proxy.login.password_change import CHANGEABLE, begin_change
from proxy.login.policy import NotAllowed, Policy, decide
from proxy.login.remembering import recall, recall_resumed, resumes_later
from proxy.login.request import LoginRequest, Proof
from proxy.login.second_factor import accept, begin_second_factor, lifts
from proxy.login.second_first import begin_code
from proxy.login.stages import (
    Arrived,
    AwaitingAccount,
    AwaitingFirstFactor,
    AwaitingPerson,
    AwaitingPresumedAccount,
    Known,
    KnownUpstream,
)
from proxy.login.transition import Step, UnknownTransition, end, why_blocked

NO_HASH: Final = "MS-CHAPv2, which no directory of a policy for this client checks"
NO_ROOM: Final = "a response of MS-CHAPv2 has no room for the code that is wanted first"
SHIELDED: Final[Mapping[str, RejectReason]] = {"throttled": "throttled", "sprayed": "sprayed"}
"""Refusals of the shield, by the reason that it gives; they look like any wrong password."""


def arrived(stage: Arrived, event: Event) -> Step:
    """Refuse what needs no directory; else search for the person."""
    request, policies = stage.request, stage.policies
    match event:
        case LoginStarted() if request.proof is None:
            if not request.password:
                return end(Reject("bad-credentials"))
            if request.response:
                policies = tuple(one for one in policies if checks_response(one, request))
        case LoginVouched() if request.proof is not None:
            pass
        case _:
            raise UnknownTransition(stage, event)
    if not policies:
        return end(Reject("not-allowed", detail=NO_HASH if stage.policies else None))
    login, proof = request.login, request.proof
    if proof is not None and proof.person is not None:
        return AwaitingAccount(request, policies, proof.person), LoadAccount(
            proof.person, login.client.name
        )
    directories = tuple(dict.fromkeys([policy.directory for policy in policies]))
    username = login.username
    if stage.realms is not None:
        directories, username = stage.realms.place(username, login.client.name, directories)
    if proof is None:
        return AwaitingPerson(request, policies), FindPerson(directories, username, login)
    if proof.directory is not None:
        directories = tuple(one for one in directories if one == proof.directory)
    return AwaitingPerson(request, policies), FindPerson(directories, username, login, vouched=True)


def checks_response(policy: Policy, request: LoginRequest) -> bool:
    """Say whether a policy's directory can, and may, check a response of MS-CHAPv2."""
    inside = request.method == "eap"
    return policy.upstream or (policy.nt_hash and (inside or request.login.client.mschapv2))


def awaiting_person(stage: AwaitingPerson, event: Event) -> Step:
    """Exactly one person: load the account."""
    match event:
        case PersonFound(person):
            return AwaitingAccount(stage.request, stage.policies, person), LoadAccount(
                person, stage.request.login.client.name
            )
        case PersonBarred(reason) if stage.request.proof is not None:
            return end(Reject(reason))
        case PersonPresumed(person) if stage.request.proof is not None:
            if person.directory != stage.request.proof.upstream:
                return end(Reject("bad-credentials"))
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


def awaiting_account(stage: AwaitingAccount, event: Event, now: float) -> Step:
    """The account decides whether the policy is asked, the policy what the password field is."""
    match event:
        case AccountLoaded():
            return _account_known(stage, event, now)
        case _:
            raise UnknownTransition(stage, event)


def _account_known(stage: AwaitingAccount, loaded: AccountLoaded, now: float) -> Step:
    account, enrolments, request = loaded.account, loaded.enrolments, stage.request
    if account.blocked is not None:
        return end(Reject(why_blocked(account)))
    login, person = request.login, stage.person
    decision = decide(stage.policies, person, login.client)
    if isinstance(decision, NotAllowed):
        return end(Reject(decision.reason, policy=decision.policy, detail=decision.detail))
    if (person.groups or person.attributes) and not resumes_later(request, decision):
        person = person.alone()
    known = Known(login, person, account, decision)
    if request.proof is not None:
        return _vouched(request, request.proof, known, loaded, now)
    password, appended = request.password, None
    if decision.append_code and not request.response:
        split = split_password(password, enrolments)
        password, appended = split.password, split.appended
    if not password:
        return end(Reject("bad-credentials"))
    bypass = loaded.bypass is not None and lifts(login)
    if decision.second_first and not bypass:
        if request.response:
            return end(Reject("wrong-code", detail=NO_ROOM))
        return begin_code(known, enrolments, SplitPassword(password, appended))
    changeable = None
    if decision.password_change and not bypass and request.method == "pap":
        changeable = password
    ssid = stage.request.called.ssid
    return AwaitingFirstFactor(
        known, enrolments, appended, bypass, changeable, ssid=ssid
    ), CheckFirstFactor(known.person, password, login, "mschapv2" if request.response else "pap")


def _vouched(
    request: LoginRequest, proof: Proof, known: Known, loaded: AccountLoaded, now: float
) -> Step:
    """Go on as after the right password; a session that was resumed is asked nothing more."""
    if proof.person is not None:
        return recall_resumed(known, loaded.enrolments, request.called.ssid, proof.at)
    login, decision = known.login, known.decision
    if proof.passed is not None:
        known = KnownUpstream(login, known.person, known.account, decision, proof.passed)
    bypass = loaded.bypass is not None and lifts(login)
    if decision.second_first and not bypass:  # nothing is appended to a proof
        return end(Reject("wrong-code"))
    ssid = request.called.ssid
    proved = AwaitingFirstFactor(known, loaded.enrolments, None, bypass, ssid=ssid)
    return awaiting_first_factor(proved, FirstFactorPassed(), now)


def awaiting_first_factor(stage: AwaitingFirstFactor, event: Event, now: float) -> Step:
    """The password was tried."""
    match event:
        case FirstFactorPassed():
            if event.passed is not None:
                stage = replace(stage, known=_with_attributes(stage.known, event.passed))
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


def _with_attributes(known: Known, passed: str) -> KnownUpstream:
    """Note what goes on to the NAS."""
    return KnownUpstream(known.login, known.person, known.account, known.decision, passed)
