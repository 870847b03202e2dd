"""
A second factor that was passed before, remembered: who is let in because of it, and who never.

A login is remembered when it passed both factors here, and only then: not one that was itself let
in by being remembered, so that none renews itself, nor one that needed no second factor or was
spared it. It serves the same person and caller, at the same group of clients and in the same Wi-Fi
network, until its time is over or something ends it: a report ("this was not me"), anything
enrolled or removed, another password, an admin. It serves no login that asks for more than it had.

Whoever resumes a TLS session of such a login has proved no password now; so nothing but what is
remembered lets them in, and a push is never sent. The directory is not asked either: what it said
when the session began serves with it.

A caller is known by its form alone: a MAC address as a NAS tells it, or an IP address where the
policy says so. Whoever has the password and can pretend to the caller is let in; docs/security.md
says who that is.
"""

import re
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final

from proxy.accounts.account import NOTHING_ENROLLED, Enrolments
from proxy.login.actions import Accept, Answer, RecallSecondFactor, Reject
from proxy.login.events import Event, SecondFactorNotRecalled, SecondFactorRecalled
from proxy.login.policy import Decision, Remembering
from proxy.login.request import PORTAL, Factor, LoginRequest
from proxy.login.second_factor import accept, begin_second_factor
from proxy.login.stages import AwaitingFirstFactor, AwaitingRecall, Known
from proxy.login.transition import Step, UnknownTransition, end

PENDING: Final = 1800.0
"""Seconds that a login may take until its second factor passed: three challenges of 5 minutes, and
time to spare."""
MOST: Final = 20
"""Of one person; the oldest is forgotten for a newer one."""
_MAC: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)
_BY_BOTH: Final = frozenset({"push", "totp", "recovery", "remembered"})
"""What logs in by a second factor, now or before."""
_NO_STATION: Final = "0" * 12


@dataclass(frozen=True, slots=True)
class Passed:
    """What is kept of a login that passed its second factor."""

    login_id: str
    factor: Factor
    number: bool
    """A number was typed for the push."""
    verified: bool
    """The phone's passkey verified its person for the push."""
    until: float


@dataclass(frozen=True, slots=True)
class Remembered:
    """A login that is remembered, as it stands in the store."""

    passed: Passed
    started_at: float
    """When its password was right."""
    passed_at: float
    enrolled: str
    """What the person had enrolled then."""
    password_mark: bytes
    """What showed then when the password was changed last."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with the person now."""

    enrolled: str
    password_mark: bytes
    reported_at: float | None
    """The last "this was not me"; None: there never was one."""


def recall(stage: AwaitingFirstFactor, terms: Remembering, now: float) -> Step:
    """Look for a second factor to go on with; whoever cannot be remembered passes one at once."""
    question = _question(stage, terms)
    return (
        begin_second_factor(stage, now) if question is None else (AwaitingRecall(stage), question)
    )


def recall_resumed(
    known: Known, enrolments: Enrolments, ssid: str | None, proved_at: float
) -> Step:
    """
    Look for the second factor of whoever resumed a session; without one it ends here.

    Args:
        proved_at: when the login that the session is from had passed.
    """
    terms = known.decision.remember
    stage = AwaitingFirstFactor(known, enrolments, None, ssid=ssid)
    question = None if terms is None else _question(stage, terms)
    if question is None:
        return end(Reject("session-over"))
    return AwaitingRecall(stage, resumed=True), replace(question, proved_at=proved_at)


def _question(stage: AwaitingFirstFactor, terms: Remembering) -> RecallSecondFactor | None:
    """Ask what is remembered; None: nothing can be."""
    login, decision = stage.known.login, stage.known.decision
    caller = caller_of(login.caller, terms)
    if caller is None or login.client.name == PORTAL or not decision.factors:
        return None
    return RecallSecondFactor(
        login_id=login.login_id,
        account_id=stage.known.account.id,
        person=stage.known.person,
        client=login.client.name,
        group=terms.group,
        caller=caller,
        seconds=terms.seconds,
        factors=() if stage.appended is not None else _serving(decision),
        number=decision.number,
        verify_user=decision.verify_user,
        ssid=stage.ssid,
    )


def awaiting_recall(stage: AwaitingRecall, event: Event, now: float) -> Step:
    """A second factor is remembered, or one is asked as ever."""
    match event:
        case SecondFactorRecalled():
            return end(accept(stage.known, "remembered"))
        case SecondFactorNotRecalled() if stage.resumed:
            return end(Reject("session-over"))
        case SecondFactorNotRecalled():
            return begin_second_factor(stage.before, now)
        case _:
            raise UnknownTransition(stage, event)


def caller_of(caller: str | None, terms: Remembering) -> str | None:
    """
    Give a caller that can be remembered; None: it cannot.

    A MAC address is an individual one (IEEE 802, the group bit is clear) and not zero, which some
    NASes send for everybody; nothing else is a device, whatever the client says.
    """
    if caller is None:
        return None
    if terms.kind == "device":
        return caller if is_station(caller) else None
    try:
        address = ip_address(caller)
    except ValueError:
        return None
    return None if address.is_unspecified else str(address)


def is_station(caller: str) -> bool:
    """Say whether a caller is an individual device, by the form of its MAC address."""
    if not _MAC.fullmatch(caller) or caller == _NO_STATION:
        return False
    return not int(caller[:2], 16) & 1


def _serving(decision: Decision) -> tuple[Factor, ...]:
    return tuple([one for one in decision.factors if one != "push" or decision.push])


def to_remember(known: Known, answer: Answer, now: float) -> Passed | None:
    """Give what is kept of a login that ends with this answer; None: nothing is."""
    terms, decision = known.decision.remember, known.decision
    if terms is None or not isinstance(answer, Accept):
        return None
    by_push = answer.factor == "push"
    match answer.factor:
        case "push" | "totp" | "recovery":
            return Passed(
                login_id=known.login.login_id,
                factor=answer.factor,
                number=by_push and decision.number,
                verified=by_push and decision.verify_user,
                until=now + terms.seconds,
            )
        case _:
            return None


def resumes_later(request: LoginRequest, decision: Decision) -> bool:
    """Say whether a TLS session of this login may be kept, and its person with all groups."""
    return request.method == "eap" and decision.remember is not None


def resumable(
    known: Known | None, answer: Accept, ssid: str | None, now: float
) -> RecallSecondFactor | None:
    """Give what decides whether a TLS session that began now may be resumed; None: it never may."""
    terms = None if known is None else known.decision.remember
    if known is None or terms is None or answer.factor not in _BY_BOTH:
        return None
    question = _question(AwaitingFirstFactor(known, NOTHING_ENROLLED, None, ssid=ssid), terms)
    return None if question is None else replace(question, proved_at=now)


def holds(one: Remembered, standing: Standing, now: float) -> bool:
    """Say whether nothing has ended what is remembered."""
    in_time = one.started_at <= one.passed_at <= now < one.passed.until
    reported = standing.reported_at is not None and standing.reported_at >= one.started_at
    same = one.enrolled == standing.enrolled and one.password_mark == standing.password_mark
    return in_time and same and not reported


def serves(one: Remembered, question: RecallSecondFactor, now: float) -> bool:
    """Say whether what is remembered had all that this login asks for."""
    passed = one.passed
    if passed.factor not in question.factors or now >= one.passed_at + question.seconds:
        return False
    if passed.factor != "push":
        return True
    return (passed.number or not question.number) and (passed.verified or not question.verify_user)
