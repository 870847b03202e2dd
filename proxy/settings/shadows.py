"""Which policies never decide, because an earlier one takes all of their logins."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from proxy.accounts.account import fold_username
from proxy.ldap.names import canonical_dn
from proxy.login.hours import WEEK, Span
from proxy.login.policy import Condition
from proxy.settings.addresses import Network
from proxy.settings.policies import PolicySettings

MOST_POLICIES: Final = 1024
"""Of which each is compared with each before it; more only take longer."""


def shadows(earlier: Sequence[PolicySettings], policy: PolicySettings) -> Iterator[str]:
    """Say which earlier policy takes all of a policy's logins; only one policy alone is seen."""
    for other in earlier:
        if _takes_all(other, policy):
            yield f"never decides: policy {other.name!r} before it takes the same logins"
            return


def _takes_all(other: PolicySettings, policy: PolicySettings) -> bool:
    """Say whether each login that fits a policy fits the other; doubtful is no."""
    return (
        other.directory == policy.directory
        and set(policy.clients) <= set(other.clients)
        and _within(_names(policy.groups), _names(other.groups))
        and _within(_folded(policy.users), _folded(other.users))
        and _within(_set(policy.methods), _set(other.methods))
        and _within(_set(policy.ssids), _set(other.ssids))
        and _within(_set(policy.access_points), _set(other.access_points))
        and all(
            name in policy.when and _covers(name, values, policy.when[name])
            for name, values in other.when.items()
        )
        and _networks_within(policy.networks, other.networks)
        and _times_within(policy, other)
    )


def _within(narrower: AbstractSet[str] | None, wider: AbstractSet[str] | None) -> bool:
    """Compare sets of which any will do; None: whatever there is."""
    return wider is None or (narrower is not None and narrower <= wider)


def _set(values: Iterable[str] | None) -> set[str] | None:
    return None if values is None else set(values)


@lru_cache(MOST_POLICIES)
def _names(groups: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if groups is None else frozenset(canonical_dn(group) for group in groups)


@lru_cache(MOST_POLICIES)
def _folded(users: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if users is None else frozenset(fold_username(user) for user in users)


def _covers(name: str, wider: tuple[str, ...], narrower: tuple[str, ...]) -> bool:
    """Say whether each value fits the wider ones; one with a star only where it is the same."""
    plain = tuple(value for value in narrower if "*" not in value)
    starred = set(narrower) - set(plain)
    return starred <= set(wider) and all(
        Condition(name, wider).holds({name: (value,)}) for value in plain
    )


def _networks_within(
    narrower: tuple[Network, ...] | None, wider: tuple[Network, ...] | None
) -> bool:
    if wider is None or narrower is None:
        return wider is None
    return all(any(_holds(outer, inner) for outer in wider) for inner in narrower)


def _holds(outer: Network, inner: Network) -> bool:
    return (
        outer.version == inner.version
        and outer.prefixlen <= inner.prefixlen
        and inner.network_address in outer
    )


def _times_within(policy: PolicySettings, other: PolicySettings) -> bool:
    if other.times is None or policy.times is None:
        return other.times is None or len(_minutes(other.times)) == WEEK
    same_clock = policy.time_zone == other.time_zone
    return same_clock and _minutes(policy.times) <= _minutes(other.times)


@lru_cache(MOST_POLICIES)
def _minutes(spans: tuple[Span, ...]) -> frozenset[int]:
    return frozenset(minute for span in spans for minute in span.minutes())
