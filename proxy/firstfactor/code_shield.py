"""
Wrong codes before any password was proved: counted for person and source, never for the lock.

It stands before the port `Passcodes` and looks only at what a policy with `order: second-first`
asks. The rules are those of `accounts.throttle`, by the account: strangers have a smaller budget
than the sources from which a right code came lately, so that they can neither lock the factor nor
keep the person out.
"""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from typing import Final, Protocol

from proxy.accounts.familiar import DIGEST, Familiar
from proxy.accounts.frequency import Frequency
from proxy.accounts.throttle import Failure, Limits, Throttle, Ticket
from proxy.deadlines import Timer
from proxy.errors import Unavailable
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted, PasscodeRefused
from proxy.login.request import Login
from proxy.ports import Passcodes

Verdict = PasscodeAccepted | PasscodeRefused

_NO_PASSWORD: Final = bytes(DIGEST)


class CodeLedger(Protocol):
    """Where failures outlive the process."""

    def keep_codes(self, account_id: int, failures: Sequence[Failure]) -> Awaitable[None]:
        """Keep these failures of an account, and no others."""


class CodeGuard:
    """
    All that is counted of such codes.

    Args:
        key: 32 octets, for the digests of sources.
        look: looks whether an admin cleared somebody; called before anybody is refused.
    """

    def __init__(
        self,
        ledger: CodeLedger,
        clock: Timer,
        key: bytes,
        limits: Limits,
        source_attempts: int,
        lately: float,
        look: Callable[[], object] = lambda: None,
    ) -> None:
        self.limits, self.source_attempts = limits, source_attempts
        self.throttle = Throttle(Familiar(lately))
        self._sources = Frequency()
        self._ledger, self._clock, self._key, self._look = ledger, clock, key, look

    def load_source(self, account_id: int, client: str, origin: str, at: float) -> None:
        """Take from where somebody passed before this process began."""
        self.throttle.familiar.passed(account_id, self._place(client, origin), at)

    def tidy(self) -> None:
        """Forget what no longer counts."""
        self.throttle.prune(self.limits.window, self._clock.seconds())

    def ticket(self, account_id: int, login: Login) -> Ticket | None:
        """Give the right to try a code; None: it is refused. An admin's word holds at once."""
        now, source = self._clock.seconds(), self._source(login)
        if (
            login.caller is not None
            and self._sources.reached(source, self.source_attempts, self.limits.window, now)
            and not self.throttle.familiar.is_source(account_id, source, now)
        ):
            return None
        for last in (False, True):
            ticket = self.throttle.begin(account_id, source, _NO_PASSWORD, self.limits, now)
            if isinstance(ticket, Ticket):
                return ticket
            if not last:
                self._look()
        return None

    async def end(self, ticket: Ticket, account_id: int, verdict: Verdict | None) -> None:
        """Note what came of a code; None: it has no verdict, and was perhaps looked at."""
        right = isinstance(verdict, PasscodeAccepted)
        before, now = self.throttle.failures(account_id), self._clock.seconds()
        failure = self.throttle.end(ticket, "passed" if right else "failed", now)
        if failure is not None:
            self._sources.failed(ticket.source, self.source_attempts, now)
        if failure is not None or before != self.throttle.failures(account_id):
            try:
                await self._ledger.keep_codes(account_id, self.throttle.kept(account_id))
            except Unavailable:
                return  # the store told so already: the code could not be looked at either

    def _source(self, login: Login) -> bytes:
        return self._place(login.client.name, login.origin)

    def _place(self, client: str, origin: str) -> bytes:
        place = f"{client}\n{origin}".encode()
        return blake2b(place, digest_size=DIGEST, key=self._key).digest()


class CodeShield:
    """Implements `proxy.ports.Passcodes` around another."""

    def __init__(self, behind: Passcodes, guard: CodeGuard, count: Callable[[str], object]) -> None:
        self._behind = behind
        self._guard = guard
        self._count = count

    def check(self, question: CheckPasscode) -> Awaitable[Verdict]:
        """Check a code, unless too many were wrong before any password was proved."""
        if not question.unproved or question.login is None:
            return self._behind.check(question)
        return self._unproved(question, question.login)

    async def _unproved(self, question: CheckPasscode, login: Login) -> Verdict:
        ticket = self._guard.ticket(question.account_id, login)
        if ticket is None:
            self._count("shield-throttled")
            return PasscodeRefused(question.kind, "throttled")
        verdict = None
        try:
            verdict = await self._behind.check(question)
        finally:
            await self._guard.end(ticket, question.account_id, verdict)
        return verdict
