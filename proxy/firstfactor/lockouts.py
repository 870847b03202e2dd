"""
When a directory locks an account: read from it, so that the shield stays below.

Active Directory keeps one threshold for the domain in the domain's own entry ([MS-ADA1] 2.383,
2.381); fine-grained policies for some people are not looked for. Password policies of LDAP
(draft-behera-ldap-password-policy-10 sections 5.2.11 to 5.2.13) are entries under the suffix: for
everyone holds the only one, or the one that is named default, else the strictest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from proxy.accounts.throttle import DirectoryLockout
from proxy.firstfactor.kinds import Found, Values
from proxy.firstfactor.operation import Answer
from proxy.ldap import ber, responses
from proxy.ldap.filters import EQUALITY
from proxy.ldap.requests import Scope, SearchRequest

POLICIES: Final = 100
"""Password policies that are looked at."""

_POLICY: Final = ber.element(
    EQUALITY,
    ber.element(ber.OCTET_STRING, b"objectClass"),
    ber.element(ber.OCTET_STRING, b"pwdPolicy"),
)
_OF_POLICY: Final = (b"cn", b"pwdLockout", b"pwdMaxFailure", b"pwdFailureCountInterval")
_OF_DOMAIN: Final = (b"lockoutThreshold", b"lockOutObservationWindow")
_TICKS: Final = 10_000_000
"""Of Active Directory's clock in a second; a duration is negative."""


@dataclass(frozen=True, slots=True)
class Lockouts:
    """What a directory tells of its lock-outs."""

    told: bool
    """False: it shows nothing, so it may lock people and not say so."""
    everyone: DirectoryLockout | None
    """None: it does not lock."""
    some: tuple[DirectoryLockout, ...] = ()
    """Those of other password policies, for some people."""


class Asking(Protocol):
    """A connection that is asked for entries."""

    async def values(self, dn: bytes, attributes: tuple[bytes, ...]) -> Values: ...
    async def search(self, request: SearchRequest, entries_wanted: int) -> Answer: ...


async def read_lockouts(asked: Asking, found: Found) -> Lockouts:
    """Ask a server when it locks. Raises ServerFailure, MalformedMessage."""
    if found.suffix is None:
        return Lockouts(told=False, everyone=None)
    suffix = found.suffix.encode()
    if found.kind == "active-directory":
        domain = await asked.values(suffix, _OF_DOMAIN)
        return Lockouts(bool(domain), of_domain(domain))
    request = SearchRequest(suffix, Scope.SUBTREE, _OF_POLICY, _POLICY)
    answer = await asked.search(request, POLICIES)
    wanted = frozenset(name.lower() for name in _OF_POLICY)
    return of_policies(
        responses.decode_entry(one, wanted).attributes for one in answer.entries[:POLICIES]
    )


def of_domain(domain: Values) -> DirectoryLockout | None:
    """Read a domain's threshold; 0 or none: it does not lock."""
    threshold = _number(domain, b"lockoutthreshold")
    if not threshold:
        return None
    window = _number(domain, b"lockoutobservationwindow")
    return DirectoryLockout(threshold, -window / _TICKS if window else None)


def of_policies(policies: Iterable[Values]) -> Lockouts:
    """Read password policies; which one is for everyone is told above."""
    named: list[tuple[bool, DirectoryLockout | None]] = []
    for policy in policies:
        default = any(name.lower() == b"default" for name in policy.get(b"cn", []))
        named.append((default, _of_policy(policy)))
    chosen = [lockout for default, lockout in named if default] or [one for _, one in named]
    everyone = min((one for one in chosen if one is not None), key=_strictness, default=None)
    some = tuple(one for _, one in named if one is not None and one != everyone)
    return Lockouts(bool(named), everyone, some)


def _of_policy(policy: Values) -> DirectoryLockout | None:
    threshold = _number(policy, b"pwdmaxfailure")
    if not threshold or policy.get(b"pwdlockout") != [b"TRUE"]:
        return None
    return DirectoryLockout(threshold, _number(policy, b"pwdfailurecountinterval") or None)


def _strictness(lockout: DirectoryLockout) -> tuple[int, float]:
    window = float("inf") if lockout.window is None else lockout.window
    return lockout.threshold, -window


def _number(values: Values, name: bytes) -> int | None:
    """Give a number of an entry; None: there is none that can be read."""
    found = values.get(name, [])
    try:
        return int(found[0][:32]) if found else None
    except ValueError:
        return None
