"""
How many TLS handshakes that come to nothing a client may begin.

One costs half a millisecond of the event loop, and whoever can send packets begins thousands. What
a client has left grows with time up to a bound; a handshake takes one, and gives it back where it
leads to a login. So a client whose devices log in is never held back, at whatever rate.
"""

from typing import Final

A_SECOND: Final = 400
"""Handshakes: a quarter of one processor, and more than devices that distrust us ever begin."""
AT_ONCE: Final = 1_000
"""When everybody comes at once; a handshake that goes on takes some 50 ms."""


class Ration:
    """What one client has left."""

    __slots__ = ("_at", "_left")

    def __init__(self, now: float) -> None:
        self._left = float(AT_ONCE)
        self._at = now

    def left(self, now: float) -> bool:
        """Say whether one more may begin."""
        self._left = min(AT_ONCE, self._left + max(0.0, now - self._at) * A_SECOND)
        self._at = now
        return self._left >= 1

    def take(self) -> None:
        """Begin one."""
        self._left = max(0.0, self._left - 1)

    def give_back(self) -> None:
        """Hear that one led to a login."""
        self._left = min(AT_ONCE, self._left + 1)
