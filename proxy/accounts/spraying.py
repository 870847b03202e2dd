"""
Password spraying: one password is tried on many people, so that none of them is locked.

Wrong passwords are compared by keyed digests, over all people, for a bounded time and in memory
alone. Once so many people were tried with one, from one source or from anywhere, it is refused for
everybody without the directory being asked. Who it may be right for is asked before: whoever is
known to have passed with it is let through to the directory. Anybody else whose password it is has
a password that is being sprayed, and waits; that is the price, and an admin sees it.
"""

from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 10_000
"""Passwords that are compared; the one that was tried longest ago is forgotten first."""
SOURCES: Final = 100
"""Of one password."""


@dataclass(frozen=True, slots=True)
class SprayLimits:
    """When a password counts as sprayed."""

    people: int
    """Tried with it from anywhere."""
    people_per_source: int
    """Tried with it from one source."""
    window: float
    """Seconds for which a wrong password is compared, and then for which it is refused."""


@dataclass(slots=True)
class _Tried:
    ends_at: float
    people: set[Hashable] = field(default_factory=set)
    pairs: set[tuple[Hashable, Hashable]] = field(default_factory=set)
    by_source: Counter[Hashable] = field(default_factory=Counter)
    sprayed: bool = False


class Spraying:
    """Compares wrong passwords by their digests."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._tried: OrderedDict[bytes, _Tried] = OrderedDict()

    def any(self, now: float) -> bool:
        """Say whether any password is refused."""
        return any(one.sprayed and one.ends_at > now for one in self._tried.values())

    def refuses(self, password: bytes, now: float) -> bool:
        """Say whether a password is being sprayed."""
        tried = self._tried.get(password)
        if tried is None or not tried.sprayed:
            return False
        if tried.ends_at <= now:
            del self._tried[password]
            return False
        return True

    def failed(
        self,
        password: bytes,
        person: Hashable,
        source: Hashable | None,
        limits: SprayLimits,
        now: float,
    ) -> int:
        """
        Note a wrong password; give of how many people where it counts as sprayed now, else 0.

        Args:
            source: None: nobody knows; it counts for no source.
        """
        tried = self._tried.get(password)
        if tried is None or tried.ends_at <= now:
            tried = self._tried[password] = _Tried(now + limits.window)
        if tried.sprayed:
            return 0
        self._tried.move_to_end(password)
        tried.people.add(person)
        if (
            source is not None
            and (person, source) not in tried.pairs
            and len(tried.by_source) < SOURCES
        ):
            tried.pairs.add((person, source))
            tried.by_source[source] += 1
        if len(self._tried) > self._kept:
            self._tried.popitem(last=False)
        most_here = tried.by_source[source]
        if len(tried.people) < limits.people and most_here < limits.people_per_source:
            return 0
        tried.sprayed, tried.ends_at = True, now + limits.window
        tried.pairs.clear()
        return len(tried.people)
