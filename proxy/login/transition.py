"""What every transition is made of."""

from typing import Final

from proxy.accounts.account import Account
from proxy.login.actions import Action, Answer, RejectReason
from proxy.login.events import Event
from proxy.login.stages import Ended, Stage

Step = tuple[Stage, Action]

_ENDED: Final = Ended()
"""Every login's, made once."""


class UnknownTransition(Exception):  # noqa: N818 - it names what was found
    """A stage got an event that it never asked for: a bug of ours."""

    def __init__(self, stage: Stage, event: Event) -> None:
        super().__init__(f"{type(event).__name__} in {type(stage).__name__}")


def end(answer: Answer) -> Step:
    """End a login with its answer."""
    return _ENDED, answer


def why_blocked(account: Account) -> RejectReason:
    """Give the record's word for an account that no login passes."""
    return "another-person" if account.blocked == "another-person" else "blocked"
