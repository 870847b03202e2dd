"""
How often something failed in a window: names that nobody has, and sources.

What is kept is bounded; what failed longest ago is forgotten first, which refuses nobody.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Final

KEPT: Final = 20_000


class Frequency:
    """Counts failures by key."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._times)

    def reached(self, key: Hashable, limit: int, window: float, now: float) -> bool:
        """Say whether a key has failed *limit* times in the window."""
        times = self._times.get(key)
        if times is None:
            return False
        while times and times[0] <= now - window:
            times.popleft()
        if not times:
            del self._times[key]
        return len(times) >= limit

    def failed(self, key: Hashable, limit: int, now: float) -> None:
        """Count a failure; no more than *limit* are kept."""
        times = self._times.pop(key, None) or deque()
        times.append(now)
        while len(times) > limit:
            times.popleft()
        self._times[key] = times
        if len(self._times) > self._kept:
            self._times.popitem(last=False)
