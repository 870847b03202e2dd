"""
When a request is sent again, and when it is given up (RFC 5080 section 2.2.1).

The waits double from the first to the longest, each shifted by chance, so that the requests of a
server that comes back do not come at once.
"""

from dataclasses import dataclass

JITTER = 0.1
"""The share by which chance makes a wait shorter or longer."""
LONGEST = 16.0
"""Seconds: MRT of the RFC."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How one server is asked."""

    first: float
    """Seconds from the first transmission to the second, before chance: IRT."""
    timeout: float
    """Seconds from the first transmission until it is given up: MRD."""

    def wait(self, before: float | None, chance: float) -> float:
        """
        Give the seconds from one transmission to the next.

        Args:
            before: the wait before; None: it is the first.
            chance: from -1 to 1.
        """
        if before is None:
            return self.first * (1 + JITTER * chance)
        doubled = before * (2 + JITTER * chance)
        return doubled if doubled <= LONGEST else LONGEST * (1 + JITTER * chance)
