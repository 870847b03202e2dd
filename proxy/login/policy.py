"""
Which login needs what: the first policy that matches decides, no match refuses.

Policies are read in order, twice: `candidates` by what the request shows (client, attributes), then
`decide` by who the person proved to be (directory, groups). A policy whose factors the person has
not enrolled still decides; it never falls through to the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from proxy.login.request import ClientTerms, Factor
from proxy.quick import quick

NumberMatching = Literal["when-possible", "required", "off"]


@quick
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


@quick
@dataclass(frozen=True, slots=True)
class ReplyAttribute:
    """An attribute of the Access-Accept."""

    attribute: str
    """Its name in the dictionary."""
    value: str
    groups: frozenset[str] | None = None
    """Canonical DNs, any of which must be the person's; None: everyone."""
    tag: int | None = None
    """1 to 31 for a tagged attribute (RFC 2868 section 3.1); None: no tag."""


@quick
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
    reply: tuple[ReplyAttribute, ...] = ()
    challenge: bool | None = None
    wait: float | None = None
    append_code: bool | None = None


@quick
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


def candidates(
    policies: Sequence[Policy], client: str, attributes: Mapping[str, tuple[str, ...]]
) -> tuple[Policy, ...]:
    """Give the policies that this client and these attributes may come under, in order."""
    return tuple(
        policy
        for policy in policies
        if client in policy.clients and all(line.holds(attributes) for line in policy.when)
    )


def decide(
    policies: Sequence[Policy], directory: str, groups: frozenset[str], client: ClientTerms
) -> Decision | None:
    """Give what the first matching policy asks; None: none matches, the login is refused."""
    for policy in policies:
        if policy.directory != directory:
            continue
        if policy.groups is not None and not policy.groups & groups:
            continue
        reply = tuple(line for line in policy.reply if line.groups is None or line.groups & groups)
        return _decision(policy, client, reply)
    return None


def serves(policies: Sequence[Policy], directory: str, factor: Factor) -> bool:
    """Say whether a factor serves anybody of a directory."""
    return any(factor in policy.factors for policy in policies if policy.directory == directory)


@lru_cache(maxsize=1024)  # logins that are decided alike share it while they wait
def _decision(policy: Policy, client: ClientTerms, reply: tuple[ReplyAttribute, ...]) -> Decision:
    challenge = client.challenge if policy.challenge is None else policy.challenge
    required = policy.number_matching == "required"
    number = challenge and policy.number_matching != "off"
    return Decision(
        policy=policy.name,
        factors=policy.factors,
        challenge=challenge,
        wait=client.wait if policy.wait is None else policy.wait,
        append_code=client.append_code if policy.append_code is None else policy.append_code,
        number=number,
        push="push" in policy.factors and (number or not required),
        number_digits=policy.number_digits,
        reply=reply,
    )
