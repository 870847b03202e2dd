"""
The first half of the table where the first factor is another RADIUS server.

Nothing can be searched there: until it accepts the login, the person is presumed from what was
typed. So the store is asked first what it knows under that name, and makes nothing; the server is
asked; and only the person whom its Access-Accept proves gets an account, decides the policy, and
is asked for a second factor. Challenges of the server go out and come back in between.
"""

from dataclasses import replace
from typing import Final

from proxy.accounts.account import NOTHING_ENROLLED, Enrolments
from proxy.login.actions import (
    Challenge,
    CheckFirstFactor,
    LoadAccount,
    Reject,
)
from proxy.login.appended import split_password
from proxy.login.events import (
    AccountLoaded,
    AccountUnknown,
    AnswerGiven,
    DirectoryFailed,
    Event,
    FirstFactorChallenged,
    FirstFactorFailed,
    FirstFactorPassed,
    PersonProved,
)
from proxy.login.first_factor import SHIELDED, awaiting_first_factor
from proxy.login.policy import NotAllowed, decide
from proxy.login.second_factor import STATE_LIFETIME, lifts
from proxy.login.stages import (
    AnsweringUpstream,
    AwaitingFirstFactor,
    AwaitingPresumedAccount,
    AwaitingProvedAccount,
    AwaitingUpstream,
    AwaitingUpstreamAnswer,
    KnownUpstream,
    Presumed,
)
from proxy.login.transition import Step, UnknownTransition, end, why_blocked

ROUNDS: Final = 10
"""Challenges of a server in one login: a password change has three or four."""


def awaiting_presumed_account(stage: AwaitingPresumedAccount, event: Event) -> Step:
    """What the store knows under the name says whether the server is asked, and how."""
    match event:
        case AccountLoaded():
            if event.account.blocked is not None:
                return end(Reject(why_blocked(event.account)))
            return _ask(stage, event.enrolments)
        case AccountUnknown():
            return _ask(stage, NOTHING_ENROLLED)
        case _:
            raise UnknownTransition(stage, event)


def _ask(stage: AwaitingPresumedAccount, enrolments: Enrolments) -> Step:
    """Send the password on; a policy that this person would come under says how it is cut."""
    request, person = stage.request, stage.person
    if all(policy.directory != person.directory for policy in stage.policies):
        return end(Reject("not-allowed"))
    client = request.login.client
    decision = decide(stage.policies, person, client)
    terms = client if isinstance(decision, NotAllowed) else decision
    password, appended = request.password, None
    if terms.append_code and not request.response:
        split = split_password(password, enrolments)
        password, appended = split.password, split.appended
    if not password:
        return end(Reject("bad-credentials"))
    presumed = Presumed(
        request.login, person, request.method, request.attributes, terms.challenge, rounds=0
    )
    return AwaitingUpstream(presumed, stage.policies, appended), CheckFirstFactor(
        person,
        password,
        request.login,
        "mschapv2" if request.response else request.method,
        relay=request.relay,
    )


def awaiting_upstream(stage: AwaitingUpstream, event: Event, now: float) -> Step:
    """The server accepted, refused, or asks something itself."""
    match event:
        case PersonProved():
            return AwaitingProvedAccount(
                stage.presumed, stage.policies, event, stage.appended
            ), LoadAccount(event.person, stage.presumed.login.client.name)
        case FirstFactorChallenged():
            return _challenge(stage.presumed, event, now)
        case FirstFactorFailed(reason, _, relayed):
            return end(Reject(SHIELDED.get(reason, "bad-credentials"), relayed=relayed))
        case DirectoryFailed():
            return end(Reject("directory-unavailable"))
        case _:
            raise UnknownTransition(stage, event)


def _challenge(presumed: Presumed, event: FirstFactorChallenged, now: float) -> Step:
    if not presumed.challenge or presumed.rounds >= ROUNDS:
        return end(Reject("no-way-to-ask"))
    lifetime = STATE_LIFETIME
    if event.lifetime is not None:
        lifetime = min(lifetime, event.lifetime)
    asked = replace(presumed, rounds=presumed.rounds + 1)
    return AwaitingUpstreamAnswer(asked, event.state), Challenge(
        "upstream",
        None,
        code=False,
        expires_at=now + lifetime,
        hidden=not event.echo,
        text=event.text,
    )


def answering_upstream(stage: AnsweringUpstream, event: Event) -> Step:
    """Its challenge was answered: the answer is the server's, whatever it says."""
    match event:
        case AnswerGiven(text, _, relay):
            presumed = stage.asked.presumed
            return AwaitingUpstream(presumed, stage.policies, None), CheckFirstFactor(
                presumed.person, text, presumed.login, "pap", stage.asked.state, relay
            )
        case _:
            raise UnknownTransition(stage, event)


def awaiting_proved_account(stage: AwaitingProvedAccount, event: Event, now: float) -> Step:
    """The person is known: the policy decides, and the login goes on as any other."""
    match event:
        case AccountLoaded():
            return _proved(stage, event, now)
        case _:
            raise UnknownTransition(stage, event)


def _proved(stage: AwaitingProvedAccount, loaded: AccountLoaded, now: float) -> Step:
    account = loaded.account
    if account.blocked is not None:
        return end(Reject(why_blocked(account)))
    login, person = stage.presumed.login, stage.proved.person
    decision = decide(stage.policies, person, login.client)
    if isinstance(decision, NotAllowed):
        return end(Reject(decision.reason, policy=decision.policy, detail=decision.detail))
    known = KnownUpstream(login, person, account, decision, stage.proved.passed)
    bypass = loaded.bypass is not None and lifts(login)
    if decision.second_first and not bypass:  # which the configuration refuses
        return end(Reject("wrong-code"))
    proved = AwaitingFirstFactor(known, loaded.enrolments, stage.appended, bypass)
    return awaiting_first_factor(proved, FirstFactorPassed(), now)
