"""A rehearsed login in words, and as facts for JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never

from proxy.accounts.account import Enrolments, Person
from proxy.cli.output import moment
from proxy.cli.rehearsal import Rehearsed
from proxy.frontends.radius.wording import reject_text
from proxy.login.actions import Accept, AskApproval, Challenge, Reject
from proxy.login.circumstances import CameAt, caller_address
from proxy.login.events import PersonNotFound
from proxy.login.policy import Decision, Part, Policy, unfit
from proxy.login.reply import ReplyAttribute
from proxy.login.request import Factor, LoginRequest
from proxy.login.second_factor import accept
from proxy.radius.attributes import Attributes
from proxy.radius.called_station import CalledStation
from proxy.settings.schema import Settings
from proxy.settings.values import written


@dataclass(frozen=True, slots=True)
class Factored:
    """One factor of the policy that decides."""

    factor: Factor
    enrolled: bool
    why_not: str | None
    """Why it cannot serve this login; None: it can."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A login that was rehearsed."""

    settings: Settings
    attributes: Attributes
    request: LoginRequest
    policies: Sequence[Policy]
    went: Rehearsed
    person: Person
    appended: bool
    """The person passes by a code behind the password, and by nothing else."""

    @property
    def decision(self) -> Decision | None:
        """Give what the policy says; None: none lets this login pass."""
        return None if self.went.known is None else self.went.known.decision

    @property
    def deciding(self) -> int | None:
        """Give the position of the first policy that fits; None: none does."""
        fits = (
            index
            for index, policy in enumerate(self.policies)
            if not any(unfit(policy, self.request, self.person))
        )
        return next(fits, None)

    @property
    def allowed(self) -> bool:
        """Say whether the person can pass, with the right password and a factor."""
        return not isinstance(self.went.action, Reject)

    def factors(self) -> list[Factored]:
        """Give the factors, in order."""
        decision, enrolments = self.decision, self.went.enrolments
        if decision is None:
            return []
        return [
            Factored(factor, enrolments.has(factor), self._why_not(factor, decision))
            for factor in decision.factors
        ]

    def _why_not(self, factor: Factor, decision: Decision) -> str | None:
        refused = self.went.no_push
        if factor != "push" or refused is None:
            return _why_not(factor, decision, self.went.enrolments)
        if refused.wait is not None:
            until = moment(self.request.arrived + refused.wait)
            return f"after pushes that were refused or unanswered none is sent until {until}"
        return "after pushes that were refused or unanswered push is blocked"

    def reply(self) -> list[ReplyAttribute]:
        """Give the attributes of the Access-Accept, whichever factor passes."""
        known = self.went.known
        if known is None or not self.allowed:
            return []
        return list(accept(known, "first-factor-alone").reply)


def _why_not(factor: Factor, decision: Decision, enrolments: Enrolments) -> str | None:
    if not enrolments.has(factor):
        return "not enrolled"
    if factor == "push":
        if not decision.push:
            return "number_matching: required, and this NAS shows none"
        if decision.verify_user and not enrolments.passkey:
            return "verify_user, and the phone has no passkey"
        return None
    if not (decision.challenge or decision.append_code):
        return "this NAS cannot ask for a code, and append_code is off"
    return None


def facts(found: Explained) -> dict[str, Any]:
    """Give all of it as JSON."""
    request, decision, action = found.request, found.decision, found.went.action
    deciding = found.deciding
    return {
        "directory": found.person.directory,
        "user": found.person.user_name,
        "dn": found.person.dn,
        "groups": sorted(found.person.groups),
        "client": request.login.client.name,
        "caller": request.login.caller,
        "at": moment(request.arrived),
        "method": request.method,
        "policies": [_rule(found, index) for index in range(len(found.policies))],
        "policy": None if deciding is None else found.policies[deciding].name,
        "allowed": found.allowed,
        "reason": action.reason if isinstance(action, Reject) else None,
        "detail": action.detail if isinstance(action, Reject) else None,
        "message": _message(found),
        "factors": [
            {"factor": one.factor, "enrolled": one.enrolled, "why_not": one.why_not}
            for one in found.factors()
        ],
        "asked": asked(found),
        "may_be_remembered": found.went.recalls,
        "terms": None if decision is None else _terms(decision),
        "reply": [
            {"attribute": one.attribute, "value": _value(found, one), "tag": one.tag}
            for one in found.reply()
        ],
    }


def _rule(found: Explained, index: int) -> dict[str, Any]:
    policy, deciding = found.policies[index], found.deciding
    if deciding is not None and index > deciding:
        return {"name": policy.name, "matches": None, "why_not": []}
    parts = unfit(policy, found.request, found.person)
    why_not = [_word(part, policy, found) for part in parts]
    return {"name": policy.name, "matches": not why_not, "why_not": why_not}


def _terms(decision: Decision) -> dict[str, Any]:
    return {
        "challenge": decision.challenge,
        "wait": decision.wait,
        "append_code": decision.append_code,
        "order": "second-first" if decision.second_first else "password-first",
        "number_digits": decision.number_digits if decision.number else 0,
        "verify_user": decision.verify_user,
        "enrolment": decision.enrolment,
    }


def lines(found: Explained) -> Iterator[str]:
    """Give all of it in words."""
    person, request = found.person, found.request
    yield f"person:   {person.directory}/{person.user_name} ({person.dn})"
    yield f"groups:   {'; '.join(sorted(person.groups)) or 'none'}"
    yield f"login:    {_circumstances(request)}"
    for index, policy in enumerate(found.policies):
        rule = _rule(found, index)
        match rule["matches"]:
            case True:
                yield f"policy:   {policy.name}: decides"
            case False:
                yield f"policy:   {policy.name}: no, {'; '.join(rule['why_not'])}"
            case _:
                yield f"policy:   {policy.name}: not looked at"
    for one in found.factors():
        yield f"factor:   {one.factor}: {one.why_not or 'serves'}"
    yield f"asked:    {asked(found)}"
    if found.went.recalls:
        yield "          (nothing, where an earlier login of this caller is remembered)"
    if not found.allowed:
        yield f"answer:   Access-Reject: {_message(found)}"
        return
    yield "answer:   Access-Accept"
    for line in found.reply():
        tag = "" if line.tag is None else f" (tag {line.tag})"
        yield f"          {line.attribute}{tag} = {_value(found, line)}"


def _circumstances(request: LoginRequest) -> str:
    told = [f"{name}={value}" for name, values in request.attributes.items() for value in values]
    caller = request.login.caller or "an untold caller"
    at = moment(request.arrived)
    return ", ".join(
        [f"at {request.login.client.name}", f"from {caller}", f"at {at}", request.method, *told]
    )


def asked(found: Explained) -> str:
    """Say what the person would have to do after the password."""
    action, decision = found.went.action, found.decision
    match action:
        case Accept() if found.appended:
            return "a code behind the password: password,123456"
        case Accept(factor="bypass"):
            return "nothing more than the password: a bypass holds"
        case Accept():
            return "nothing more than the password"
        case AskApproval(number_digits=0):
            wait = written(decision.wait) if decision is not None else ""
            return f"an approval on the phone; the request is held for {wait} at most"
        case AskApproval(number_digits=digits):
            return f"an approval on the phone, with a number of {digits} digits that the NAS shows"
        case Challenge():
            return "a code, by a challenge"
        case Reject() if isinstance(found.went.found, PersonNotFound):
            return "nothing: no directory that this login asks has the name"
        case Reject(reason=reason, detail=detail):
            return f"nothing: {reason}" + (f" ({detail})" if detail else "")
        case _:
            return type(action).__name__


def _message(found: Explained) -> str | None:
    action = found.went.action
    if found.allowed or not isinstance(action, Reject):
        return None
    return reject_text(action, found.settings.web.url)


def _value(found: Explained, line: ReplyAttribute) -> str:
    return "***" if found.attributes.find(line.attribute).hiding else line.value


def _word(part: Part, policy: Policy, found: Explained) -> str:
    """Say why a part of a policy does not fit."""
    request, person = found.request, found.person
    match part:
        case "clients":
            return f"clients: {', '.join(sorted(policy.clients))}"
        case "directory":
            return f"directory: {policy.directory}"
        case "users":
            return f"users: {person.user_name} is not named"
        case "groups":
            return f"groups: in none of {'; '.join(sorted(policy.groups or ()))}"
        case "methods":
            return f"methods: not {request.method}"
        case "networks":
            return f"networks: {_where(request)}"
        case "times":
            return f"times: {_when(policy, request.arrived)}"
        case "ssids" | "access_points":
            return f"{part}: {_called(part, request.called)}"
        case "when":
            return f"when: {_attributes(policy, request)}"
        case _:
            assert_never(part)


def _where(request: LoginRequest) -> str:
    caller = request.login.caller
    if caller is None:
        return "the caller is untold"
    if caller_address(caller) is None:
        return f"{caller} is no address"
    return f"{caller} is in none"


def _called(part: Literal["ssids", "access_points"], called: CalledStation) -> str:
    told = called.ssid if part == "ssids" else called.access_point
    what = "SSID" if part == "ssids" else "access point"
    return f"the {what} is untold" if told is None else f"{told} is none of them"


def _when(policy: Policy, at: float) -> str:
    zones = [one.hours.zone for one in policy.circumstances if isinstance(one, CameAt)]
    shown = datetime.fromtimestamp(at, zones[0])
    return f"{shown:%a %H:%M} is in none"


def _attributes(policy: Policy, request: LoginRequest) -> str:
    told = []
    for line in policy.when:
        if not line.holds(request.attributes):
            values = request.attributes.get(line.attribute, ())
            told.append(f"{line.attribute} is {' and '.join(values) or 'absent'}")
    return ", ".join(told)
