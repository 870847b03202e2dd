"""
Which requests are one login, and which of them gets its answer.

A login that is going on is found under a key: the folded name with the join digest, or the State
that it answers. The newest request is the one whose NAS still listens: an Access-Accept goes to it
alone, since one approval or code admits one session; an Access-Challenge or an Access-Reject goes
to all that are still in time. Nothing here knows how a request is answered: it is called `reply`.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from proxy.login.actions import Accept, Answer, Unanswered

JoinKey = tuple[bytes, str]
"""The join digest and the folded name; or a State and the folded name."""

R = TypeVar("R")

SUPERSEDED: Final = Unanswered("superseded")


def margin(wait: float) -> float:
    """Give the seconds before the end of a NAS's patience at which it must have its answer."""
    return min(1.0, wait / 10)


@dataclass(slots=True)
class Joined(Generic[R]):
    """One request of a login."""

    arrived: float
    reply: R

    def deadline(self, wait: float) -> float:
        """Give the latest time at which an answer still reaches the NAS."""
        return self.arrived + wait - margin(wait)


def verdicts(
    requests: list[Joined[R]], answer: Answer, wait: float, now: float
) -> list[tuple[Joined[R], Answer]]:
    """Say what each request of a login gets; the newest is the last."""
    newest = requests[-1]
    given: list[tuple[Joined[R], Answer]] = []
    for request in requests:
        if request is newest:
            given.append((request, answer))
        elif isinstance(answer, Accept) or now > request.deadline(wait):
            given.append((request, SUPERSEDED))
        else:
            given.append((request, answer))
    return given


def reject_at(request: Joined[R], wait: float, delay: float, now: float) -> float:
    """Give the time of an Access-Reject: *delay* after the request came, never past its wait."""
    return max(now, min(request.arrived + delay, request.deadline(wait)))
