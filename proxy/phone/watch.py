"""
Waiting for logins: long polls, each request shown and asked about, the server's absence borne.

It ends when there is nothing left to do: the phone was refused for good, the one answer that was
wanted was given, or the time is over. Whatever is worth telling is told; nothing is printed here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from proxy.factors.approval import Decision
from proxy.phone.client import Refused, Unreachable
from proxy.phone.inbox import Inbox, Shown

POLL: Final = 50.0
"""Seconds of one long poll."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Between two tries to reach a server that is away; doubling from the first."""

NO_PASSKEY: Final = (
    "it wants its person verified by a passkey, which a phone in a terminal has not: "
    "deny or report it here, or type a code at the login"
)

DONE: Final = 0
NO: Final = 1
TOO_LATE: Final = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What to answer to a request."""

    decision: Decision
    number: str | None


class Person(Protocol):
    """Whoever decides."""

    asks_again: bool
    """A wrong number may be typed once more."""

    def show(self, shown: Shown) -> None:
        """Show a request with all its context."""

    def decide(self, shown: Shown) -> Said | None:
        """Say what to answer; None: nothing."""

    def tell(self, line: str) -> None:
        """Tell what came of it, or why nothing comes."""

    def answered(self, shown: Shown, decision: Decision) -> None:
        """Tell that an answer was taken."""


class Watch:
    """One phone that waits."""

    def __init__(
        self,
        inbox: Inbox,
        person: Person,
        seconds: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._inbox = inbox
        self._person = person
        self._seconds = seconds
        self._sleep = sleep
        self._met: set[str] = set()
        self._begun = False
        self._refused = 0

    def run(self, *, once: bool, timeout: float | None) -> int:
        """
        Wait and answer; give the exit status.

        *once* ends it with the first request that was answered (0) or could not be (1). Without it
        only a refusal of the phone itself ends it (1), or the end of *timeout* (3).
        """
        ends_at = math.inf if timeout is None else self._seconds() + timeout
        pause = FIRST_PAUSE
        while True:
            left = max(0.0, ends_at - self._seconds())
            try:
                status = self._round(min(POLL, left), once=once)
                pause = FIRST_PAUSE
            except (Unreachable, Refused) as error:
                if isinstance(error, Refused) and not error.may_pass:
                    self._person.tell(error.told)
                    return NO
                self._person.tell(f"no answer from the server: {error}")
                status = None
                self._sleep(min(pause, left))
                pause = min(2 * pause, LONGEST_PAUSE)
            if status is not None:
                return status
            if self._seconds() >= ends_at:
                return TOO_LATE

    def _round(self, wait: float, *, once: bool) -> int | None:
        """Wait for another list, and meet what is new in it; give the status that ends it."""
        found = self._look(wait)
        self._tell_refused()
        for shown in found:
            status = self._meet(shown)
            if once and status is not None:
                return status
        return None

    def _tell_refused(self) -> None:
        """Tell of requests that were not shown; else a person wonders why nothing comes."""
        if self._inbox.refused > self._refused:
            self._refused = self._inbox.refused
            self._person.tell(
                "a request came that cannot be verified, and is not shown; "
                "if that goes on, the server's keys may be other ones: enrol this phone again"
            )

    def _look(self, wait: float) -> list[Shown]:
        if self._begun:
            return self._inbox.changed(math.ceil(wait)) or []
        found = self._inbox.open()
        self._begun = True
        return found

    def _meet(self, shown: Shown) -> int | None:
        """Show a new request and answer it; None: there is nothing to say of it now."""
        if shown.request.id in self._met:
            return None
        self._met.add(shown.request.id)
        self._person.show(shown)
        while (said := self._person.decide(shown)) is not None:
            missing = _missing(shown, said)
            if missing is not None:
                self._person.tell(f"not answered: {missing}")
                if self._person.asks_again:
                    continue
                return NO
            try:
                self._inbox.answer(shown, said.decision, said.number)
            except (Unreachable, Refused) as error:
                if isinstance(error, Unreachable) or error.may_pass:
                    self._forget(shown)
                    raise
                self._person.tell(error.told)
                if error.kind in {"gone", "answered"}:
                    return None
                if not (error.kind == "number-wrong" and self._person.asks_again):
                    return NO
            else:
                self._person.answered(shown, said.decision)
                return DONE
        return None

    def _forget(self, shown: Shown) -> None:
        """Meet a request again: its answer did not arrive."""
        self._met.discard(shown.request.id)
        self._begun = False


def _missing(shown: Shown, said: Said) -> str | None:
    """Say what an approval cannot be sent without; None: nothing is missing."""
    if said.decision != "approve":
        return None
    if shown.request.verify_user:
        return NO_PASSKEY
    if shown.request.number_digits and not said.number:
        return "the number that the login shows is asked"
    return None
