"""What is counted, by its word, and told in the log now and then."""

from collections import Counter
from typing import Any, Final

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

TOLD_EVERY: Final = 60.0
"""Seconds between two lines that tell it."""


class Counting:
    """The daemon's counts, since its start."""

    _log = Logger()

    def __init__(self, reactor: Any) -> None:  # noqa: ANN401 - a reactor
        self.counts: Counter[str] = Counter()
        """By word."""
        self._told: dict[str, int] = {}
        self._telling = LoopingCall(self.tell)
        self._telling.clock = reactor

    def count(self, word: str) -> None:
        """Count one more."""
        self.counts[word] += 1

    def start(self) -> None:
        """Begin to tell."""
        self._telling.start(TOLD_EVERY, now=False)

    def stop(self) -> None:
        """Tell by itself no more."""
        self._telling.stop()

    def tell(self) -> None:
        """Tell what was counted, where it is more than was told."""
        counted = dict(self.counts)
        if counted != self._told:
            self._log.info("counted since the start: {counts}", counts=counted)
            self._told = counted
