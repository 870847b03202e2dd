"""
The addresses of a name, without the threads that others wait for.

A look-up of the system's own kind blocks, for half a minute where a name server is away. Each runs
on a thread of its own, few at once; the end of the process waits for none of them. What was found
serves for a while: there are few push services, and each is asked for again and again.
"""

import socket
from collections.abc import Callable
from threading import Thread
from typing import Final, Protocol

from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.python.failure import Failure

AT_ONCE: Final = 4
"""Threads that may wait for name servers."""
SERVES_FOR: Final = 60.0
"""Seconds; the services' own records live for one to five minutes."""
KEPT: Final = 256
"""Names whose addresses are kept."""

LookUp = Callable[[str, int], list[str]]
"""Gives the addresses of a name for a port; may block. Raises OSError."""


class Loop(Protocol):
    """What is needed of the reactor."""

    def seconds(self) -> float: ...
    def callFromThread(self, call: Callable[..., object], *args: object) -> object: ...  # noqa: N802


def look_up(host: str, port: int) -> list[str]:
    """Ask the system, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Names:
    """Resolves names; a name that is asked for again while it is looked up is looked up once."""

    def __init__(self, loop: Loop, how: LookUp = look_up) -> None:
        self._loop = loop
        self._how = how
        self._places = DeferredSemaphore(AT_ONCE)
        self._known: dict[tuple[str, int], tuple[list[str], float]] = {}
        self._asked: dict[tuple[str, int], list[Deferred[list[str]]]] = {}

    def addresses(self, host: str, port: int) -> Deferred[list[str]]:
        """Give the addresses of a name; may be cancelled. Fails as OSError."""
        key = (host, port)
        waiter: Deferred[list[str]] = Deferred(lambda gone: self._leave(key, gone))
        found, ends_at = self._known.get(key, ([], 0.0))
        if ends_at > self._loop.seconds():
            waiter.callback(found)
            return waiter
        waiting = self._asked.setdefault(key, [])
        waiting.append(waiter)
        if len(waiting) == 1:
            self._places.run(self._on_a_thread, host, port).addBoth(self._found, key)
        return waiter

    def _leave(self, key: tuple[str, int], gone: Deferred[list[str]]) -> None:
        waiting = self._asked.get(key, [])
        if gone in waiting and len(waiting) > 1:  # the last stands for the look-up that goes on
            waiting.remove(gone)

    def _on_a_thread(self, host: str, port: int) -> Deferred[list[str]]:
        done: Deferred[list[str]] = Deferred()

        def run() -> None:
            outcome: list[str] | Failure
            try:
                outcome = self._how(host, port)
            except (OSError, UnicodeError) as error:  # a name that IDNA does not know
                outcome = Failure(OSError(str(error)))
            self._loop.callFromThread(done.callback, outcome)

        Thread(target=run, name="push-names", daemon=True).start()
        return done

    def _found(self, outcome: list[str] | Failure, key: tuple[str, int]) -> None:
        if not isinstance(outcome, Failure):
            while len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = (outcome, self._loop.seconds() + SERVES_FOR)
        for waiter in self._asked.pop(key, []):
            if waiter.called:
                continue
            if isinstance(outcome, Failure):
                waiter.errback(outcome)
            else:
                waiter.callback(outcome)
