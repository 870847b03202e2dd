"""
Retransmissions: which request is new, which is pending, which was answered (RFC 5080, 2.2.2).

A request is known by its *source* (where it came from and its Identifier, any hashable value) and
its Request Authenticator. It is pending until it is answered, however long a phone takes; its
answer is kept for the window, and a retransmission gets the same octets. A new authenticator from
the same source is a new request and the old one is forgotten: an answer that comes for it later is
neither kept nor sent, because the NAS now takes that Identifier for the new request. A request that
ends in silence stays pending for the window, so that its retransmissions stay unanswered too.

Bounded: when full, answers are forgotten before their time, oldest first; when all are pending, a
new request is not admitted.
"""

import math
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import final

DEFAULT_LIMIT = 250_000
"""Answers of 15 s at 15,000 a second, and 20,000 pending pushes."""


@final
class Held:
    """A request that was admitted; hand it back with its answer."""

    __slots__ = ("authenticator", "ends_at", "reply", "source")

    def __init__(self, source: Hashable, authenticator: bytes) -> None:
        self.source = source
        self.authenticator = authenticator
        self.reply: bytes | None = None
        self.ends_at = math.inf


@dataclass(frozen=True, slots=True)
class New:
    """A request not seen before: work on it, then call `answered` or `unanswered`."""

    held: Held


@dataclass(frozen=True, slots=True)
class Pending:
    """A retransmission of a request that has no answer yet: drop it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A retransmission of a request that was answered: the same octets again."""

    reply: bytes


@dataclass(frozen=True, slots=True)
class Full:
    """A new request for which there is no room: drop it, its NAS will try again."""


Admission = New | Pending | Answered | Full

_PENDING = Pending()
_FULL = Full()


class Duplicates:
    """The requests that are pending or were answered within the window."""

    def __init__(self, window: float, limit: int = DEFAULT_LIMIT) -> None:
        """
        Begin with none.

        Args:
            window: seconds for which an answer is kept; RFC 5080 asks for 5 to 30.
            limit: how many requests are kept at most.
        """
        self.window = window
        """May be changed at any time; what has ended before is kept as long as it was to be."""
        self._limit = limit
        self._held: dict[Hashable, Held] = {}
        self._ending: deque[Held] = deque()
        """Those that end by time; in the order of their ends, because the window is one for all."""

    def __len__(self) -> int:
        return len(self._held)

    def admit(self, source: Hashable, authenticator: bytes, now: float) -> Admission:
        """Say what a request is; a new one is held from now on."""
        self._forget_ended(now)
        known = self._held.get(source)
        if known is not None and known.authenticator == authenticator:
            return _PENDING if known.reply is None else Answered(known.reply)
        if known is None and len(self._held) >= self._limit and not self._make_room():
            return _FULL
        held = self._held[source] = Held(source, authenticator)
        return New(held)

    def answered(self, held: Held, reply: bytes, now: float) -> bool:
        """Keep the answer for the window; False: a newer request took its place, send nothing."""
        if self._held.get(held.source) is not held:
            return False
        held.reply = reply
        self._end(held, now)
        return True

    def unanswered(self, held: Held, now: float) -> None:
        """Leave a request without an answer, and its retransmissions too."""
        if self._held.get(held.source) is held:
            self._end(held, now)

    def _end(self, held: Held, now: float) -> None:
        held.ends_at = now + self.window
        self._ending.append(held)
        if len(self._ending) > self._limit:  # many of them replaced by newer requests
            self.forget(self._ending.popleft())

    def _forget_ended(self, now: float) -> None:
        while self._ending and self._ending[0].ends_at <= now:
            self.forget(self._ending.popleft())

    def _make_room(self) -> bool:
        while self._ending and len(self._held) >= self._limit:
            self.forget(self._ending.popleft())
        return len(self._held) < self._limit

    def forget(self, held: Held) -> None:
        """Take a request as if it had never come: its retransmission is a new one."""
        if self._held.get(held.source) is held:
            del self._held[held.source]
