"""
Break-glass: for a while the first factor suffices, for one person or at one client.

A bypass is made by an admin, with a reason, and ends by itself. It lifts the second factor and
nothing else: a block, a refusal of the policy and the directory's verdict stay. It never holds
before it was made, so that a clock that is set back far ends it instead of making it longer.
"""

from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4 * 3600.0
"""Seconds; whoever needs longer has to say why again."""
REASON_LENGTH: Final = 200
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Bypass:
    """What an account is read with while a bypass holds for it."""

    id: int
    reason: str
    """As the admin gave it."""
    ends_at: float


def reason_of(text: str) -> str | None:
    """Give a reason as it is kept, on one line; None: it is none, or too long."""
    reason = " ".join(text.split())
    if not 0 < len(reason) <= REASON_LENGTH or not reason.isprintable():
        return None
    return reason
