"""Why a person is sent no pushes, as they see it, and what came of their wish to have them."""

from dataclasses import dataclass
from typing import Literal

BlockedBy = Literal["denials", "unanswered", "report"]
"""Too many were denied or not answered in a row, or the person said "this was not me"."""
Confirmation = Literal["confirmed", "not-blocked", "locked", "not-enrolled"]
"""`locked`: only an admin helps; `not-enrolled`: the phone or session that asks is over."""


@dataclass(frozen=True, slots=True)
class PushBlock:
    """No push is sent."""

    by: BlockedBy | None
    """None: nothing but too many failures, which only an admin forgets."""
    since: float
    locked: bool
    """Only an admin helps."""
