"""
When no push is sent though the password was right: the defence against being worn down by pushes.

Whoever has somebody's password can make their phone ask, and ask again, until a tired thumb says
yes. So a push that was refused or not answered makes the next one wait, and a few of them in a row
end pushes for that person until the person or an admin says otherwise. Codes serve meanwhile.

Two things are counted, because two things are wanted. *Waits* are counted for each person at each
client: an attack at one door lets its person in at another one. *Blocks* are counted for the person
over all clients: an attack that goes from door to door ends as soon as one that does not.

- A push counts when it was denied or reported, when a wrong number closed it, or when its time ran
  out. It does not count where we took it back: a newer login replaced it, a right code was typed
  instead, phone or account went, or this server was not there all the time to hear the answer.
- Approving a push ends the person's row, and the wait of that client. It ends no other client's
  wait (who stands there is another question) and no block. Nothing else ends anything early: no
  new phone, no new secret, no new invitation.
- A block ends when the person confirms to be there, on the phone or at the portal, which forgets
  the row that led to it, or when an admin unlocks the account, which forgets everything.
- `LOCKED_AT` failures with no approval between them can be undone by an admin alone.

A push is sent only after the right password, so nobody without it counts anything here.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from proxy.accounts.push_block import BlockedBy
from proxy.login.hours import Hours
from proxy.login.places import DEFAULT as ANYWHERE
from proxy.login.places import Rules

LOCKED_AT: Final = 100
"""Pushes refused or unanswered in a row, at most (NIST SP 800-63B-4 section 3.2.2)."""
MOST_REPLACED: Final = 5
"""Requests with a number that newer logins of one caller may replace, one after another. All of
them are one notice on the phone; then the last one has to end first."""

PushEnd = Literal["denied", "unanswered", "reported"]
"""How a push ended that counts; a wrong number denies."""


@dataclass(frozen=True, slots=True)
class Defence:
    """What the configuration says of it."""

    first_wait: float = 30.0
    """Seconds after the first push that failed; each further one doubles them."""
    longest_wait: float = 3600.0
    denials: int = 3
    """Pushes denied in a row that block push."""
    unanswered: int = 5
    """Pushes unanswered in a row that block push."""
    places: Rules = ANYWHERE
    quiet: Hours | None = None
    """No push is sent in these; None: there are none."""


DEFAULT: Final = Defence()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is counted of a person, over all clients, since the last approval."""

    denied: int
    """Of these and the next, those before the person's last confirmation are forgotten."""
    unanswered: int
    failures: int
    """Both, of which no confirmation forgets any."""
    last_failed_at: float
    blocked_by: BlockedBy | None = None
    blocked_at: float | None = None

    @property
    def is_locked(self) -> bool:
        """Say whether an admin alone can help."""
        return self.failures >= LOCKED_AT

    @property
    def is_blocked(self) -> bool:
        """Say whether no push is sent."""
        return self.blocked_by is not None or self.is_locked


NEW: Final = Standing(0, 0, 0, 0.0)


def after(before: Standing, end: PushEnd, defence: Defence, now: float) -> Standing:
    """Count a push that ended; a clock that goes back shortens nothing."""
    denied = before.denied + (end != "unanswered")
    unanswered = before.unanswered + (end == "unanswered")
    blocked_by, blocked_at = before.blocked_by, before.blocked_at
    if end == "reported":
        blocked_by = "report"
    elif blocked_by is None and denied >= defence.denials:
        blocked_by = "denials"
    elif blocked_by is None and unanswered >= defence.unanswered:
        blocked_by = "unanswered"
    if blocked_by is not None and blocked_at is None:
        blocked_at = now
    last = max(now, before.last_failed_at)
    return Standing(denied, unanswered, before.failures + 1, last, blocked_by, blocked_at)


def reported(before: Standing, now: float) -> Standing:
    """Block push because the person said of a login, afterwards, that it was not theirs."""
    at = now if before.blocked_at is None else before.blocked_at
    return replace(before, blocked_by="report", blocked_at=at)


def approved(before: Standing) -> Standing:
    """End the row; a block stays, and so does what only an admin undoes."""
    if before.is_locked:
        return before
    return replace(NEW, blocked_by=before.blocked_by, blocked_at=before.blocked_at)


def confirmed(before: Standing) -> Standing | None:
    """Take the block back; None: there is none, or the person cannot."""
    if before.blocked_by is None or before.is_locked:
        return None
    return replace(before, denied=0, unanswered=0, blocked_by=None, blocked_at=None)


def waits_until(failures: int, last_failed_at: float, defence: Defence) -> float | None:
    """
    Say until when a client's logins of a person get no push.

    Args:
        failures: in a row, at this client.

    Returns:
        A time, which may be over; None: no wait was begun.
    """
    if failures == 0:
        return None
    doublings = min(failures - 1, 40)  # the longest wait is reached before
    return last_failed_at + min(defence.first_wait * 2.0**doublings, defence.longest_wait)
