"""
Days and hours of a week, by the clock on the wall.

A span begins on its days at one time of the day and ends at another, which may lie past midnight:
it then belongs to the day that it begins on. What counts is what a clock in the zone shows, so that
07:00 is 07:00 in summer and winter; an hour that comes twice when clocks go back is in twice, and
one that is left out is in no span.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES: Final = 24 * 60
"""Of a day."""
WEEK: Final = len(DAYS) * MINUTES


@dataclass(frozen=True, slots=True)
class Span:
    """The same hours on some days."""

    days: frozenset[int]
    """On which it begins; 0 is Monday."""
    begins: int
    """Minutes since midnight; 0 to 1439."""
    ends: int
    """Minutes since midnight, not in it any more; 1 to 1440. Before its beginning: on the next
    day."""

    def minutes(self) -> Iterable[int]:
        """Give the minutes of a week that it holds, from Monday 00:00."""
        length = (self.ends - self.begins) % MINUTES or MINUTES
        for day in self.days:
            start = day * MINUTES + self.begins
            yield from ((start + minute) % WEEK for minute in range(length))


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans, in one time zone."""

    spans: tuple[Span, ...]
    zone: tzinfo | None = None
    """None: the system's."""

    def hold(self, now: float) -> bool:
        """Say whether a moment, in seconds since the epoch, is in one of them."""
        shown = datetime.fromtimestamp(now, self.zone)
        day, minute = shown.weekday(), shown.hour * 60 + shown.minute
        return any(_holds(span, day, minute) for span in self.spans)

    def until(self, now: float) -> float | None:
        """Say when a moment in them is in none any more; None: never."""
        shown = datetime.fromtimestamp(now, self.zone)
        minutes = sorted({span.ends for span in self.spans})
        for days in range(len(DAYS) + 2):
            day = datetime.combine(shown.date() + timedelta(days), time(), self.zone)
            for minute in minutes:
                end = (day + timedelta(minutes=minute)).timestamp()
                if end > now and not self.hold(end):
                    return end
        return None


def _holds(span: Span, day: int, minute: int) -> bool:
    if span.begins < span.ends:
        return day in span.days and span.begins <= minute < span.ends
    if minute >= span.begins:
        return day in span.days
    return minute < span.ends and (day - 1) % len(DAYS) in span.days
