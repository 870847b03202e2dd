"""What every transition is made of."""

from proxy.login.actions import Action, Answer
from proxy.login.events import Event
from proxy.login.stages import Ended, Stage

Step = tuple[Stage, Action]


class UnknownTransition(Exception):  # noqa: N818 - it names what was found
    """A stage got an event that it never asked for: a bug of ours."""

    def __init__(self, stage: Stage, event: Event) -> None:
        super().__init__(f"{type(event).__name__} in {type(stage).__name__}")


def end(answer: Answer) -> Step:
    """End a login with its answer."""
    return Ended(), answer
