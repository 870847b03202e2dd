"""
Which login needs what: the first policy that matches decides, no match refuses.

Policies are read in order, twice: `candidates` by what the request shows (client, attributes, how,
from where and when it came), then `decide` by who the person proved to be (directory, name,
groups). A policy whose factors the person has not enrolled still decides; it never falls through to
the next. Both ask the same questions that `unfit` names for whoever wants to know why not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from proxy.accounts.account import Person, Values, fold_username
from proxy.login.circumstances import (
    CameAt,
    CameBy,
    CameFrom,
    CameOver,
    CameThrough,
    Circumstance,
)
from proxy.login.reply import (
    Length,
    ReplyAttribute,
    ReplyLine,
    Unsendable,
    must_fit,
    reply_of,
)
from proxy.login.request import Callers, ClientTerms, Factor, LoginRequest

NumberMatching = Literal["when-possible", "required", "off"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of `when`: an attribute and the values of which any will do."""

    attribute: str
    values: tuple[str, ...]
    """Compared exactly; a `*` at either end stands for anything."""

    def holds(self, attributes: Mapping[str, tuple[str, ...]]) -> bool:
        """Say whether one of the attribute's values matches; an absent attribute does not."""
        return any(
            _matches(wanted, found)
            for found in attributes.get(self.attribute, ())
            for wanted in self.values
        )


def _matches(wanted: str, found: str) -> bool:
    core = wanted.strip("*") if wanted != "*" else ""
    match wanted.startswith("*"), wanted.endswith("*"):
        case True, True:
            return core in found
        case True, False:
            return found.endswith(core)
        case False, True:
            return found.startswith(core)
        case _:
            return found == wanted


@dataclass(frozen=True, slots=True)
class Remember:
    """How long a second factor that was passed is remembered."""

    seconds: float
    addresses: bool = False
    """Where the caller is an address too, from which others may come."""


@dataclass(frozen=True, slots=True)
class Remembering:
    """What a login needs to be remembered, or to be let in because one was."""

    seconds: float
    kind: Literal["device", "address"]
    """What its caller must be by its form."""
    group: str
    """The clients among which it is remembered."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule of the configuration."""

    name: str
    clients: frozenset[str]
    directory: str
    factors: tuple[Factor, ...]
    """In order of preference, one of which must pass; empty: the first factor alone."""
    when: tuple[Condition, ...] = ()
    groups: frozenset[str] | None = None
    """Canonical DNs, any of which must be the person's; None: everyone in the directory."""
    number_matching: NumberMatching = "when-possible"
    number_digits: int = 6
    verify_user: bool = False
    """A push serves only with an assertion of the phone's passkey."""
    reply: tuple[ReplyLine, ...] = ()
    reply_to_eap: tuple[ReplyLine, ...] = ()
    """Sent after those where the login came by EAP."""
    challenge: bool | None = None
    wait: float | None = None
    append_code: bool | None = None
    app_codes: bool = True
    """The app on a person's phone may enrol TOTP."""
    picking: bool = False
    """Where a number is asked, an app that cannot have one typed may have it pressed."""
    allow: bool = True
    """False: whoever comes under it is refused."""
    users: frozenset[str] | None = None
    """Folded names, one of which must be the account's; None: everyone in the directory."""
    circumstances: tuple[Circumstance, ...] = ()
    """All must hold."""
    enrolment: bool = True
    """Who has no factor may enrol one, and is told where."""
    once: frozenset[str] = frozenset()
    """Attributes of `reply` that an Access-Accept has once, or once with each tag."""
    length: Length | None = field(default=None, compare=False)
    """Measures what is sent; None: it is not looked at."""
    room: int = 0
    """Octets that there are for it."""
    accounting_class: bool = False
    """A Class with the login's id is sent too."""
    remember: Remember | None = None
    """None: every login passes its second factor anew."""
    password_change: bool = False
    """An expired password may be changed, where the NAS can ask for the new one."""
    upstream: bool = False
    """Its directory is another RADIUS server, which can check MS-CHAPv2."""
    nt_hash: bool = False
    """Its directory gives NT hashes, so that MS-CHAPv2 can be checked here."""
    second_first: bool = False
    """An appended code is checked before the password."""

    def __hash__(self) -> int:
        """Hash what is unique in a configuration: each login looks its decision up."""
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy asks of one login."""

    policy: str
    factors: tuple[Factor, ...]
    challenge: bool
    wait: float
    append_code: bool
    number: bool
    """A push is answered by typing the number that the NAS shows."""
    push: bool
    """A push may serve at all (`number_matching: required` where the NAS can show none: no)."""
    number_digits: int
    reply: tuple[ReplyAttribute, ...]
    verify_user: bool = False
    """A push serves only with an assertion of the phone's passkey."""
    picking: bool = False
    """Where a number is asked, an app that cannot have one typed may have it pressed."""
    enrolment: bool = True
    """Who has no factor may enrol one, and is told where."""
    accounting_class: bool = False
    """A Class with the login's id is sent too."""
    remember: Remembering | None = None
    """None: the second factor is passed anew."""
    password_change: bool = False
    """An expired password may be changed here: after a second factor, in challenges."""
    second_first: bool = False
    """An appended code is checked before the password; nothing is asked for."""


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """No policy lets this login pass, whatever it proves."""

    reason: Literal["not-allowed", "policy-refuses", "unsendable-reply"]
    """`not-allowed`: none matches."""
    policy: str | None
    """The one that refuses."""
    detail: str | None = None
    """What was found that cannot be sent."""


def candidates(policies: Sequence[Policy], request: LoginRequest) -> tuple[Policy, ...]:
    """Give the policies that a request may come under, in order."""
    client = request.login.client.name
    return tuple(
        [
            policy
            for policy in policies
            if client in policy.clients
            and (not (policy.when or policy.circumstances) or _holds(policy, request))
        ]
    )


def decide(
    policies: Sequence[Policy], person: Person, client: ClientTerms
) -> Decision | NotAllowed:
    """Give what the first matching policy says; none matches: the login is refused."""
    for policy in policies:
        if policy.directory == person.directory and _is_for(policy, person):
            return _decided(policy, person, client)
    return _NO_MATCH


Part = Literal[
    "clients",
    "methods",
    "when",
    "networks",
    "times",
    "ssids",
    "access_points",
    "directory",
    "users",
    "groups",
]
"""What of a policy may not fit a login; the word is that of its key."""


def unfit(policy: Policy, request: LoginRequest, person: Person | None) -> Iterator[Part]:
    """Give each part of a policy that does not fit; *person* None: nobody is known yet."""
    if request.login.client.name not in policy.clients:
        yield "clients"
    if not all(line.holds(request.attributes) for line in policy.when):
        yield "when"
    for one in policy.circumstances:
        if not one.holds(request):
            yield _PARTS[type(one)]
    if person is not None:
        if policy.directory != person.directory:
            yield "directory"
        if not _names(policy, person):
            yield "users"
        if policy.groups is not None and not policy.groups & person.groups:
            yield "groups"


_NO_MATCH = NotAllowed("not-allowed", None)
_PARTS: Mapping[type[Circumstance], Part] = {
    CameBy: "methods",
    CameFrom: "networks",
    CameAt: "times",
    CameOver: "ssids",
    CameThrough: "access_points",
}


def _holds(policy: Policy, request: LoginRequest) -> bool:
    return all(line.holds(request.attributes) for line in policy.when) and all(
        one.holds(request) for one in policy.circumstances
    )


def _is_for(policy: Policy, person: Person) -> bool:
    if policy.groups is not None and not policy.groups & person.groups:
        return False
    return policy.users is None or _names(policy, person)


def _names(policy: Policy, person: Person) -> bool:
    return policy.users is None or fold_username(person.user_name) in policy.users


def _decided(policy: Policy, person: Person, client: ClientTerms) -> Decision | NotAllowed:
    if not policy.allow:
        return NotAllowed("policy-refuses", policy.name)
    lines = policy.reply
    if policy.reply_to_eap and client.by_eap:
        lines += policy.reply_to_eap
    if lines:
        groups = person.groups
        lines = tuple([one for one in lines if one.groups is None or one.groups & groups])
        if lines and person.attributes:
            return _made(policy, client, lines, person.attributes)  # one person's: not to be kept
    return _decision(policy, client, lines)


def serves(policies: Sequence[Policy], directory: str, factor: Factor) -> bool:
    """Say whether a factor serves anybody of a directory."""
    return any(
        factor in policy.factors
        for policy in policies
        if policy.allow and policy.directory == directory
    )


def app_codes(policies: Sequence[Policy], directory: str) -> bool:
    """
    Say whether the app on a phone may enrol TOTP for the people of a directory.

    A phone that calls brings no groups, so one policy of the directory that says no says so for all
    of its people. Where no policy takes a code there is nothing to enrol.
    """
    theirs = [policy for policy in policies if policy.allow and policy.directory == directory]
    takes_codes = any("totp" in policy.factors for policy in theirs)
    return takes_codes and all(policy.app_codes for policy in theirs)


@lru_cache(maxsize=1024)  # logins that are decided alike share it while they wait
def _decision(
    policy: Policy, client: ClientTerms, lines: tuple[ReplyLine, ...]
) -> Decision | NotAllowed:
    return _made(policy, client, lines, ())


def _made(
    policy: Policy, client: ClientTerms, lines: tuple[ReplyLine, ...], attributes: Values
) -> Decision | NotAllowed:
    try:
        reply = reply_of(lines, attributes, policy.once)
        if policy.length is not None:
            must_fit(reply, policy.length, policy.room)
    except Unsendable as error:
        return NotAllowed("unsendable-reply", policy.name, str(error))
    challenge = client.challenge if policy.challenge is None else policy.challenge
    if client.mute:
        challenge = False
    wait = client.wait if policy.wait is None else policy.wait
    required = policy.number_matching == "required"
    number = challenge and policy.number_matching != "off"
    return Decision(
        policy=policy.name,
        factors=policy.factors,
        challenge=challenge,
        wait=wait if client.most_wait is None else min(wait, client.most_wait),
        append_code=client.append_code if policy.append_code is None else policy.append_code,
        number=number,
        push="push" in policy.factors and (number or not required),
        number_digits=policy.number_digits,
        reply=reply,
        verify_user=policy.verify_user,
        picking=policy.picking,
        enrolment=policy.enrolment,
        accounting_class=policy.accounting_class,
        remember=_remembering(policy.remember, client.callers),
        password_change=policy.password_change and challenge and bool(policy.factors),
        second_first=policy.second_first,
    )


def _remembering(remember: Remember | None, callers: Callers | None) -> Remembering | None:
    if remember is None or callers is None:
        return None
    if callers.kind == "address" and not remember.addresses:
        return None
    return Remembering(remember.seconds, callers.kind, callers.group)
