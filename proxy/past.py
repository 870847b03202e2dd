"""
What was in force before, kept until nothing needs it.

A login that began under older settings may need what came with them until it has its answer: its
directories, the socket that it came by. What was replaced first is closed first: a directory that
was taken over is used by the logins of all that had it.
"""

from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred, gatherResults

from proxy.frontends.radius.terms import Terms

Close = Callable[[], Deferred[None]]
"""Closes what came with some terms and was not taken over."""


class _Kept:
    __slots__ = ("close", "terms")

    def __init__(self, terms: Terms, close: Close) -> None:
        self.terms: Terms | None = terms
        """None: they are over, and only older ones are waited for; a thousand clients are a lot."""
        self.close = close


class Past:
    """Terms that were replaced, with what is to be closed when they are over; oldest first."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque()

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, terms: Terms, close: Close) -> None:
        """Keep what was just replaced; it is closed at once where nothing needs it."""
        self._kept.append(_Kept(terms, close))
        terms.when_over(self._look)
        self._look()

    def end(self) -> Deferred[list[None]]:
        """Close all of it, needed or not; fires when it is closed."""
        kept, self._kept = self._kept, deque()
        return gatherResults([one.close() for one in kept])

    def _look(self) -> None:
        for one in self._kept:
            if one.terms is not None and one.terms.pending == 0:
                one.terms = None
        while self._kept and self._kept[0].terms is None:
            self._kept.popleft().close()
