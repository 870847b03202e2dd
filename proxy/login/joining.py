"""
Which requests are one login, and which of them gets its answer.

A login that is going on is found under a key: the folded name with the join digest, or the State
that it answers. The newest request is the one whose NAS still listens: an Access-Accept goes to it
alone, since one approval or code admits one session; an Access-Challenge or an Access-Reject goes
to all that are still in time. Nothing here knows how a request is answered: it is called `reply`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from proxy.login.actions import Accept, Answer, Unanswered
from proxy.login.policy import Policy

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


def joinable(begun: Sequence[Policy], newer: Sequence[Policy]) -> bool:
    """
    Say whether a request may have the answer of a login that is going on.

    Both have one key; but one that shows other attributes, or comes otherwise or at another hour,
    may come under policies that ask for more or grant less: it is no retry. Where the configuration
    was read again meanwhile, the newer policies may want the person verified, or one may refuse,
    and an answer that was decided under the older ones may have come without that; or those
    remember logins, and it came without any second factor now.

    Args:
        begun: the policies that the login may come under.
        newer: those that the request may come under now.
    """
    if begun == newer:
        return True
    if _conditions(begun) != _conditions(newer):
        return False
    strict = any(policy.verify_user or not policy.allow for policy in newer)
    remembers = any(policy.remember is not None for policy in begun)
    return not (strict or remembers)


def _conditions(policies: Sequence[Policy]) -> list[object]:
    """Give what a request shows to come under these; in one configuration no others have it."""
    return [(policy.when, policy.circumstances) for policy in policies]


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
