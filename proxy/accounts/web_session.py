"""
A person's session with the portal: how long it lasts, what was proved in it, and when.

Whoever has only the cookie of a forgotten browser gets to see, but changes nothing: what binds or
unbinds a second factor wants one that was given a moment ago.
"""

from dataclasses import dataclass
from typing import Final, Literal

IDLE: Final = 15 * 60.0
"""Seconds without a request after which a session is over."""
LONGEST: Final = 8 * 3600.0
"""Seconds after the sign-in at which a session is over."""
RECENT: Final = 5 * 60.0
"""Seconds after a second factor in which enrolments may be changed."""

Proof = Literal["push", "totp", "recovery", "password", "passkey"]
"""
What was given beside the password, or after it in the session (`passkey`, the phone's own);
`password`: nothing was, as there never was a second factor.
"""


@dataclass(frozen=True, slots=True)
class WebSession:
    """A session that its person may go on with, unless its time is over."""

    digest: bytes
    """Of the id in the browser's cookie."""
    account_id: int
    directory: str
    user_name: str
    proved_by: Proof
    proved_at: float
    seen_at: float
    """When its last request came."""
    ends_at: float

    def is_over(self, now: float) -> bool:
        """Say whether its time is over: it was idle for too long, or lasted too long."""
        return now >= min(self.ends_at, self.seen_at + IDLE)

    @property
    def first(self) -> bool:
        """It serves the enrolment of a first second factor and nothing else."""
        return self.proved_by == "password"

    def proved_recently(self, now: float) -> bool:
        """Say whether a second factor was given within the last minutes."""
        return not self.first and self.proved_at <= now < self.proved_at + RECENT

    def may_replace_phone(self, now: float) -> bool:
        """Say whether the phone that is there, its passkey or a recovery code served just now."""
        return self.proved_by in ("push", "passkey", "recovery") and self.proved_recently(now)
