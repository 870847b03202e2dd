"""
How many failed binds of a person may reach the directory, so that it never locks them out.

A directory locks an account after its own number of failed binds in its own window, for every
program that uses it. Whoever may guess here could lock anybody out of everything. So at most
`attempts` failed binds reach it in a window that is as long or longer, whatever is tried; `Limits`
are below the directory's own, or should be.

- A bind that is under way counts as failed until its verdict is known. An attempt that only those
  stand in the way of waits for them; it is not refused.
- A bind without a verdict (no answer in time, a broken connection) counts as failed: the directory
  may have counted it.
- A verdict comes after the directory has counted, so a failure ages here no sooner than there.
- A success ends the count there. Here it forgets the failures that were known before the successful
  bind began, and no others: only those have certainly come before it.

A stranger who guesses must not lock the real person out of here, either:

- Where it is known from where the person passed lately, all other sources together get no more than
  `strangers` of the attempts. The rest is for the person's own sources.
- Where it is known which password passed last, the last attempt is for that password alone. So who
  knows it passes, after however many failures from wherever. Should it fail, because it was changed
  meanwhile, then it is forgotten, and it was the last attempt that was used up for it.

The sum stays below the directory's limit in every case, because every attempt, whatever it is taken
for, is counted in the same row.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from proxy.accounts.familiar import Familiar

LONGEST_WINDOW: Final = 24 * 3600.0
"""Seconds, where a directory's failures never age."""

Outcome = Literal["passed", "failed", "neither"]
"""`neither`: refused for a reason that proves the password right, which no directory counts."""


@dataclass(frozen=True, slots=True)
class DirectoryLockout:
    """When a directory locks an account, as it tells."""

    threshold: int
    """Failed binds after which it locks."""
    window: float | None
    """Seconds in which it counts them; None: they never age."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may reach a directory."""

    attempts: int
    """Failed binds of one person in the window, all together."""
    strangers: int
    """Those of them that sources may use which are not the person's own, where those are known."""
    window: float
    """Seconds."""

    def below(self, lockout: DirectoryLockout | None) -> "Limits":
        """Give limits that stay below a directory's own."""
        if lockout is None:
            return self
        window = LONGEST_WINDOW if lockout.window is None else min(lockout.window, LONGEST_WINDOW)
        return Limits(
            max(1, min(self.attempts, lockout.threshold - 1)),
            self.strangers,
            max(self.window, window),
        )

    def for_strangers(self, spare: int) -> int:
        """Give what strangers get, with one attempt at least left for the person."""
        return max(1, min(self.strangers, self.attempts - spare - 1))


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed bind that counts."""

    at: float
    stranger: bool
    number: int = 0
    """Its place in the order of all that happened."""


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A bind that may be sent; it is given back with its outcome, whatever happens."""

    person: Hashable
    source: bytes
    password: bytes
    stranger: bool
    number: int


@dataclass(slots=True)
class _Tries:
    failures: list[Failure] = field(default_factory=list)
    under_way: list[Ticket] = field(default_factory=list)


_ALONE: Final = _Tries()
"""Stands for one bind under way of whom nothing else is known: what most logins are."""


class Throttle:
    """
    Counts, per person; digests of sources and passwords are those that `Familiar` keeps.

    Most binds are the only one of a person of whom nothing failed. Those are `alone`: they cost two
    look-ups, and `Familiar` is asked nothing. Whoever comes beside them makes them like the others.
    """

    def __init__(self, familiar: Familiar) -> None:
        self.familiar = familiar
        self._tries: dict[Hashable, _Tries] = {}
        self._number = 0

    def alone(self, person: Hashable) -> bool:
        """Begin a bind that is the only one of a person; False: ask for it by `begin`."""
        if person in self._tries:
            return False
        self._tries[person] = _ALONE
        return True

    def passed_alone(self, person: Hashable) -> bool:
        """End it, where it passed and nobody came beside it; False: `late` gives its ticket."""
        if self._tries[person] is _ALONE:
            del self._tries[person]
            return True
        return False

    def late(self, person: Hashable, source: bytes, password: bytes, now: float) -> Ticket:
        """Give the ticket of a bind that began alone."""
        tries = self._of(person)
        first = tries.under_way[0]  # what began alone is the oldest
        stranger = not self.familiar.is_source(person, source, now)
        ticket = Ticket(person, source, password, stranger, first.number)
        tries.under_way[0] = ticket
        return ticket

    def _of(self, person: Hashable) -> _Tries:
        """Give what is counted of a person; one who was alone has a ticket from now on."""
        tries = self._tries.setdefault(person, _Tries())
        if tries is _ALONE:
            self._number += 1
            first = Ticket(person, b"", b"", stranger=True, number=self._number)
            tries = self._tries[person] = _Tries(under_way=[first])
        return tries

    def begin(
        self, person: Hashable, source: bytes, password: bytes, limits: Limits, now: float
    ) -> Ticket | Literal["wait", "refused"]:
        """Ask for a bind; `wait`: until one that is under way has ended, then ask again."""
        tries = self._of(person)
        stranger = not self.familiar.is_source(person, source, now)
        tries.failures = _counting(tries.failures, limits.window, now)
        ask = (tries, person, password, limits, now)
        if not self._may(tries.under_way, *ask, stranger=stranger):
            waits = tries.under_way and self._may((), *ask, stranger=stranger)
            return "wait" if waits else "refused"
        self._number += 1
        ticket = Ticket(person, source, password, stranger, self._number)
        tries.under_way.append(ticket)
        return ticket

    def end(self, ticket: Ticket, outcome: Outcome, now: float) -> Failure | None:
        """Give a ticket back; what counts now as a failure is given, to be kept."""
        person, failure = ticket.person, None
        tries = self._tries[person]
        tries.under_way.remove(ticket)
        if outcome == "failed":
            self._number += 1
            failure = Failure(now, ticket.stranger, self._number)
            tries.failures.append(failure)
            if self.familiar.is_password(person, ticket.password):
                self.familiar.forget_password(person)
        elif outcome == "passed":
            if tries.failures:
                tries.failures = [one for one in tries.failures if one.number > ticket.number]
            self.familiar.passed(person, ticket.source, now, ticket.password)
        if not tries.failures and not tries.under_way:
            del self._tries[person]
        return failure

    def load(self, person: Hashable, failures: Iterable[Failure]) -> None:
        """Take what was counted before this process began."""
        self._of(person).failures.extend(failures)

    def clear(self, person: Hashable) -> None:
        """Forget the failures of a person."""
        tries = self._tries.get(person)
        if tries is not None and tries is not _ALONE:
            tries.failures.clear()
            if not tries.under_way:
                del self._tries[person]

    def failures(self, person: Hashable) -> int:
        """Give how many failures are kept of a person."""
        tries = self._tries.get(person)
        return 0 if tries is None else len(tries.failures)

    def kept(self, person: Hashable) -> list[Failure]:
        """Give the failures of a person that are kept."""
        tries = self._tries.get(person)
        return [] if tries is None else list(tries.failures)

    def prune(self, window: float, now: float) -> None:
        """Forget everything that no longer counts."""
        for person, tries in list(self._tries.items()):
            if tries is _ALONE:
                continue
            tries.failures = _counting(tries.failures, window, now)
            if not tries.failures and not tries.under_way:
                del self._tries[person]

    def _may(
        self,
        under_way: Iterable[Ticket],
        tries: _Tries,
        person: Hashable,
        password: bytes,
        limits: Limits,
        now: float,
        *,
        stranger: bool,
    ) -> bool:
        """Say whether one more bind stays within the limits, those that are *under_way* failing."""
        counted = [one.stranger for one in tries.failures] + [one.stranger for one in under_way]
        if len(counted) >= limits.attempts:
            return False
        if self.familiar.is_password(person, password):
            return True
        spare = 1 if limits.attempts > 1 and self.familiar.password_known(person) else 0
        if len(counted) >= limits.attempts - spare:
            return False
        if not stranger or not self.familiar.has_sources(person, now):
            return True
        return sum(counted) < limits.for_strangers(spare)


def _counting(failures: list[Failure], window: float, now: float) -> list[Failure]:
    """Give those that still count; one of the future does: the clock was set back."""
    if not failures or failures[0].at > now - window:
        return failures
    return [one for one in failures if one.at > now - window]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is from being refused."""

    failures: int
    strangers: int
    refused_until: float | None
    """Every password but the one that passed last is refused; None: it is not."""
    strangers_until: float | None
    """From sources that are not the person's own, where some are known; None: they are not."""


def standing(failures: Iterable[Failure], limits: Limits, now: float) -> Standing:
    """Say what the failures that were kept mean now."""
    counted = sorted(
        (one for one in failures if one.at > now - limits.window), key=lambda one: one.at
    )
    strangers = [one for one in counted if one.stranger]
    spare = 1 if limits.attempts > 1 else 0
    return Standing(
        len(counted),
        len(strangers),
        _until(counted, limits.attempts - spare, limits.window),
        _until(strangers, limits.for_strangers(spare), limits.window),
    )


def _until(failures: list[Failure], most: int, window: float) -> float | None:
    """Give when fewer than *most* will count."""
    return None if len(failures) < most else failures[len(failures) - most].at + window
