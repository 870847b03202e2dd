"""
The shield: stands before the directories and lets through what cannot lock anybody out.

`Shield` is the port `FirstFactor` around another one; `Guard` is what outlives a new reading of the
configuration: the counters. A refusal is told as any wrong password is, after the same delay; the
record says `throttled` or `sprayed`. The rules are pure and stand in `accounts`: throttle (who may
be tried), familiar (who is no stranger), frequency (names that nobody has, sources), spraying.

Nothing is written unless something failed. Names and sources are counted in memory alone: what they
keep away is noise, while what keeps people from being locked out is kept in the store.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from proxy.accounts.account import fold_username
from proxy.accounts.familiar import DIGEST, Familiar
from proxy.accounts.frequency import Frequency
from proxy.accounts.spraying import Spraying, SprayLimits
from proxy.accounts.throttle import (
    DirectoryLockout,
    Failure,
    Limits,
    Outcome,
    Throttle,
    Ticket,
)
from proxy.deadlines import Timer
from proxy.errors import Unavailable
from proxy.login.actions import ChangePassword, CheckFirstFactor, FindPerson
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorChallenged,
    FirstFactorFailed,
    FirstFactorPassed,
    PasswordChanged,
    PasswordNotChanged,
    PersonNotFound,
    PersonProved,
)
from proxy.login.request import Login
from proxy.ports import FirstFactor, Found
from proxy.radius.caller import is_port
from proxy.secret import Secret

Key = tuple[str, str]
"""A directory and the name of a person in it."""
Source = tuple[str, str]
"""A client and the caller that it names."""
Name = tuple[tuple[str, ...], str]
"""Directories, and a folded name that is looked for in them."""
Verdict = (
    FirstFactorPassed | PersonProved | FirstFactorChallenged | FirstFactorFailed | DirectoryFailed
)

THROTTLED: Final = FirstFactorFailed("throttled")
SPRAYED: Final = FirstFactorFailed("sprayed")


class Ledger(Protocol):
    """Where failures outlive the process."""

    def keep(self, person: Key, failures: Sequence[Failure]) -> Awaitable[None]:
        """Keep these failures of a person, and no others."""


@dataclass(frozen=True, slots=True)
class ShieldTerms:
    """What the configuration says of the shield."""

    limits: Limits
    source_attempts: int
    """Failed binds of one source in the window, over all people."""
    spraying: SprayLimits
    lately: float
    """Seconds for which a source stays a person's own."""


class Guard:
    """
    All that the shield counts.

    Args:
        key: 32 octets, for the digests of passwords and sources.
        count: called with the word of each refusal.
        look: looks whether an admin cleared somebody; called before anybody is refused.
    """

    _log = Logger()

    def __init__(
        self,
        ledger: Ledger,
        clock: Timer,
        key: bytes,
        terms: ShieldTerms,
        *,
        count: Callable[[str], object] = lambda _: None,
        look: Callable[[], object] = lambda: None,
    ) -> None:
        self.terms = terms
        self.lockouts: dict[str, DirectoryLockout] = {}
        """When each directory locks, where it tells."""
        self.familiar = Familiar(terms.lately)
        self.throttle = Throttle(self.familiar)
        self.names_refused: set[Name] = set()
        """Those that may be refused."""
        self.alert = False
        """A password or a source may be refused."""
        self.count, self._look = count, look
        self._names, self._sources, self._spraying = Frequency(), Frequency(), Spraying()
        self._sources_refused: set[Source] = set()
        self._ledger, self._clock, self._key = ledger, clock, key
        self._waiting: dict[Key, list[Deferred[None]]] = {}
        self._day = b""
        self.tidy()

    def configure(self, terms: ShieldTerms) -> None:
        """Go by other settings from now on."""
        self.terms, self.familiar.lately = terms, terms.lately

    def limits(self, directory: str) -> Limits:
        """Give what may reach a directory."""
        return self.terms.limits.below(self.lockouts.get(directory))

    def load(self, person: Key, failures: Sequence[Failure]) -> None:
        """Take what another process counted."""
        self.throttle.load(person, failures)

    def load_source(self, person: Key, client: str, origin: str, at: float) -> None:
        """Take from where a person passed before this process began."""
        self.familiar.passed(person, self._digest(f"{client}\n{origin}".encode()), at)

    def clear(self, person: Key) -> None:
        """An admin forgave a person."""
        self.throttle.clear(person)
        self._wake(person)

    def tidy(self) -> None:
        """Forget what no longer counts; called every minute or so."""
        now = self._clock.seconds()
        windows = [self.limits(one).window for one in self.lockouts]
        self.throttle.prune(max(self.terms.limits.window, *windows, 0.0), now)
        self.names_refused = {one for one in self.names_refused if self._name_reached(one, now)}
        self._sources_refused = {
            one for one in self._sources_refused if self._source_reached(one, now)
        }
        self.alert = self._spraying.any(now) or bool(self._sources_refused)
        self._day = b"%d" % (now // 86_400)

    # --- before a directory is asked ---

    def refuses_name(self, question: FindPerson) -> bool:
        """Say whether nobody was found under a name, where it is looked for now, too often."""
        name = _looked_for(question)
        refused = name in self.names_refused and self._name_reached(name, self._clock.seconds())
        if refused:
            self.count("shield-throttled")
        return refused

    def refusal(self, question: CheckFirstFactor, person: Key) -> FirstFactorFailed | None:
        """Refuse what is sprayed, and sources that failed too often; never whoever is known."""
        now = self._clock.seconds()
        if self.familiar.is_password(person, self._password(person, question.password)):
            return None
        if self._spraying.refuses(self._sprayed(question.password), now):
            self.count("shield-sprayed")
            return SPRAYED
        told = _told(question.login)
        if told is None or not self._source_reached(told, now):
            return None
        if self.familiar.is_source(person, self._source(question.login), now):
            return None
        self.count("shield-throttled")
        return THROTTLED

    async def ticket(self, person: Key, question: CheckFirstFactor) -> Ticket | None:
        """Wait for the right to bind; None: it is refused. An admin's word holds at once."""
        source = self._source(question.login)
        password = self._password(person, question.password)
        limits, looked = self.limits(person[0]), False
        while True:
            now = self._clock.seconds()
            ticket = self.throttle.begin(person, source, password, limits, now)
            if isinstance(ticket, Ticket):
                return ticket
            if ticket == "wait":
                freed: Deferred[None] = Deferred()
                self._waiting.setdefault(person, []).append(freed)
                await freed
            elif looked:
                return None
            else:
                self._look()
                looked = True

    def late(self, person: Key, question: CheckFirstFactor) -> Ticket:
        """Give the ticket of a bind that began alone."""
        source = self._source(question.login)
        password = self._password(person, question.password)
        return self.throttle.late(person, source, password, self._clock.seconds())

    # --- after it answered ---

    def remember(self, person: Key, question: CheckFirstFactor) -> None:
        """Remember a person who passed, once a day from each source."""
        login, password = question.login, question.password
        if login is None:
            return
        response = question.method == "mschapv2"  # another each time
        mark = blake2b(
            f"{login.client.name}\n{login.origin}\n".encode()
            + (b"" if response else password.reveal()),
            digest_size=DIGEST,
            key=self._key,
            salt=self._day,
        ).digest()
        if not self.familiar.seen(person, mark):
            now, source = self._clock.seconds(), self._source(login)
            known = None if response else self._password(person, password)
            self.familiar.passed(person, source, now, known, mark)

    def missed(self, question: FindPerson) -> None:
        """Note that nobody has a name."""
        now, most = self._clock.seconds(), self.terms.limits.attempts
        name = _looked_for(question)
        self._names.failed(name, most, now)
        if self._name_reached(name, now):
            self.names_refused.add(name)

    def end(
        self, ticket: Ticket, person: Key, question: CheckFirstFactor, verdict: Verdict | None
    ) -> Deferred[None] | None:
        """
        Note what came of a bind.

        Args:
            verdict: None: it has none, so it may have been counted.

        Returns:
            What fires when that is kept; None: there is nothing to keep.
        """
        before = self.throttle.failures(person)
        failure = self.throttle.end(ticket, _outcome(verdict), self._clock.seconds())
        self._wake(person)
        if failure is not None and isinstance(verdict, FirstFactorFailed):
            self._wrong(person, question)
        if failure is None and before == self.throttle.failures(person):
            return None
        return Deferred.fromCoroutine(self._keep(person))

    async def _keep(self, person: Key) -> None:
        try:
            await self._ledger.keep(person, self.throttle.kept(person))
        except Unavailable as error:
            self._log.error("failed binds could not be kept: {error}", error=error)

    def _wake(self, person: Key) -> None:
        for freed in self._waiting.pop(person, ()):
            if not freed.called:
                freed.callback(None)

    def _wrong(self, person: Key, question: CheckFirstFactor) -> None:
        """Note a wrong password: of its source, and of all people that it was tried on."""
        now, terms, login = self._clock.seconds(), self.terms, question.login
        told = _told(login)
        if told is not None:
            self._sources.failed(told, terms.source_attempts, now)
            if self._source_reached(told, now):
                self._sources_refused.add(told)
                self.alert = True
        digest = self._sprayed(question.password)
        people = self._spraying.failed(digest, person, told, terms.spraying, now)
        if people:
            self.alert = True
            self.count("password-spraying")
            self._log.warn(
                "one password is tried on many people, {people} so far, last from {origin} at "
                "{client}: for {seconds} s the directories are not asked about it",
                people=people,
                origin="nowhere" if login is None else login.origin,
                client="no client" if login is None else login.client.name,
                seconds=terms.spraying.window,
            )

    # --- what stands for names, sources and passwords ---

    def _name_reached(self, name: Name, now: float) -> bool:
        limits = self.terms.limits
        return self._names.reached(name, limits.attempts, limits.window, now)

    def _source_reached(self, source: Source, now: float) -> bool:
        terms = self.terms
        return self._sources.reached(source, terms.source_attempts, terms.limits.window, now)

    def _source(self, login: Login | None) -> bytes:
        place = b"" if login is None else f"{login.client.name}\n{login.origin}".encode()
        return self._digest(place)

    def _password(self, person: Key, password: Secret) -> bytes:
        return self._digest(f"{person[0]}\n{person[1]}\n".encode() + password.reveal())

    def _digest(self, text: bytes) -> bytes:
        """Give a short keyed digest (RFC 7693), as `Familiar` keeps it."""
        return blake2b(text, digest_size=DIGEST, key=self._key).digest()

    def _sprayed(self, password: Secret) -> bytes:
        """Give the digest of a password that is the same for everybody."""
        return blake2b(password.reveal(), digest_size=32, key=self._key, person=b"anybody").digest()


def _looked_for(question: FindPerson) -> Name:
    """Name what nobody may have; the same name in other directories may be somebody's."""
    return question.directories, fold_username(question.username)


def _told(login: Login | None) -> Source | None:
    """Give the source of a login; None: its NAS does not say who calls, so it is no source."""
    if login is None or login.caller is None or is_port(login.caller):
        return None
    return login.client.name, login.caller


class Shield:
    """Implements `proxy.ports.FirstFactor` around another."""

    def __init__(self, behind: FirstFactor, guard: Guard) -> None:
        self._behind = behind
        self._guard = guard

    def find(self, question: FindPerson) -> Awaitable[Found]:
        """Search, unless nobody was found under that name too often."""
        if self._guard.names_refused and self._guard.refuses_name(question):
            return succeed(PersonNotFound("throttled"))
        return self._behind.find(question)

    async def check(self, question: CheckFirstFactor) -> Verdict:
        """Try the password, unless that might lock the person out."""
        guard, person = self._guard, question.person
        key = person.directory, person.user_name
        if guard.alert or not guard.throttle.alone(key):
            return await self._careful(key, question)
        verdict = kept = None
        try:
            verdict = await self._behind.check(question)
        finally:
            if type(verdict) is FirstFactorPassed and guard.throttle.passed_alone(key):
                guard.remember(key, question)
            else:
                kept = guard.end(guard.late(key, question), key, question, verdict)
        if kept is not None:
            await kept
        return verdict

    def change(
        self, question: ChangePassword
    ) -> Awaitable[PasswordChanged | PasswordNotChanged | DirectoryFailed]:
        """Change a password: the old one has just been proved right, so nothing is guessed."""
        return self._behind.change(question)

    async def _careful(self, key: Key, question: CheckFirstFactor) -> Verdict:
        """Try the password of somebody of whom something is counted, or while somebody guesses."""
        guard = self._guard
        refused = guard.refusal(question, key) if guard.alert else None
        if refused is not None:
            return refused
        ticket = await guard.ticket(key, question)
        if ticket is None:
            guard.count("shield-throttled")
            return THROTTLED
        verdict = None
        try:
            verdict = await self._behind.check(question)
        finally:
            kept = guard.end(ticket, key, question, verdict)
        if kept is not None:
            await kept
        return verdict


def _outcome(verdict: Verdict | None) -> Outcome:
    """Say what a bind comes to; None: it has no verdict, so it may have been counted."""
    match verdict:
        case FirstFactorPassed() | PersonProved():
            return "passed"
        case FirstFactorChallenged():  # what was right so far is nobody's failure
            return "neither"
        case FirstFactorFailed(proof=proof):
            return "failed" if proof is None else "neither"
        case DirectoryFailed(asked=asked):
            return "failed" if asked else "neither"
        case _:
            return "failed"
