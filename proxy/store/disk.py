"""
The thread that waits: for the disk, and for another process that writes.

It runs what would hold up the event loop and little else: in CPython two threads that both run
Python take turns at every call that lets go of the interpreter, which costs a login more than its
statements do. So jobs run on the loop; their transaction is begun and committed here.
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class Loop(Protocol):
    """What is needed of the reactor."""

    def callFromThread(self, call: Callable[..., object], *args: Any) -> object: ...  # noqa: ANN401, N802
    def callLater(self, delay: float, call: Callable[..., object], *args: Any) -> object: ...  # noqa: ANN401, N802


class Disk:
    """One thread that does one thing after another."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._asked: SimpleQueue[tuple[Callable[[], Any], Deferred[Any]] | None] = SimpleQueue()
        Thread(target=self._run, name="disk", daemon=True).start()

    def does(self, work: Callable[[], T]) -> Deferred[T]:
        """Run *work* on the thread; fire on the loop with what it returned or raised."""
        done: Deferred[T] = Deferred()
        self._asked.put((work, done))
        return done

    def end(self) -> None:
        """End the thread when all that was asked is done."""
        self._asked.put(None)

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            work, done = asked
            try:
                outcome = work()
            except Exception:  # noqa: BLE001 - it is told to whoever asked
                outcome = Failure()  # type: ignore[no-untyped-call]
            self._loop.callFromThread(done.callback, outcome)
