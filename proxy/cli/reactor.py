"""Running one coroutine on the reactor, for commands that ask over the network."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.python.failure import Failure

T = TypeVar("T")


def run(work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
    """
    Run *work*, which is handed the reactor, to its end; give what it returns, raise what it raises.

    Once in a process: a reactor cannot be started again.
    """
    outcome: list[T | Failure] = []

    def begin(reactor: Any) -> Deferred[None]:  # noqa: ANN401 - a reactor
        done: Deferred[T] = Deferred.fromCoroutine(work(reactor))
        return done.addBoth(outcome.append)

    try:
        react(begin)
    except SystemExit:
        if not outcome:
            raise KeyboardInterrupt from None  # a signal stopped the reactor
    result = outcome[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result
