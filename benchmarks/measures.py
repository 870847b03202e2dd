"""
What is measured and what comes of it: runs, pairs of runs, rows.

A load that is not answered whole, each request once with an Access-Accept, is no measurement: it
ends the benchmark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.load import Answered


class NotAnswered(Exception):  # noqa: N818 - it names what was found
    """Somebody got no Access-Accept, or not to the first request."""


@dataclass(frozen=True, slots=True)
class Run:
    """One load and what it cost the server."""

    answered: Answered
    cpu_us: float
    """Microseconds of processor time a login."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure, beside what it must be."""

    number: int
    measure: str
    ours: str
    beside: str
    """What ours is compared with."""
    value: float
    """What has to hold."""
    must: float
    aim: float
    most: bool = False
    """The value may be at most *must*; else at least."""

    @property
    def holds(self) -> bool:
        """Say whether it is what it must be."""
        return self.value <= self.must if self.most else self.value >= self.must


@dataclass(frozen=True, slots=True)
class Medians:
    """What pairs of runs come to."""

    ours: float
    theirs: float
    ratio: float
    """The median of the pairs' ratios."""


def medians(ours: list[Run], theirs: list[Run], of: Callable[[Run], float]) -> Medians:
    """Give the medians of pairs of runs, which stand at the same place in both lists."""
    pairs = [(of(one), of(other)) for one, other in zip(ours, theirs, strict=True)]
    return Medians(
        ours=median(one for one, _ in pairs),
        theirs=median(other for _, other in pairs),
        ratio=median(one / other for one, other in pairs),
    )


def rate_row(
    number: int,
    measure: str,
    ours: list[Run],
    theirs: list[Run],
    *,
    must: float,
    aim: float,
) -> Row:
    """Compare the rates of pairs of runs."""
    rates = medians(ours, theirs, lambda run: run.answered.rate)
    return Row(
        number=number,
        measure=measure,
        ours=f"{rates.ours:,.0f}/s",
        beside=f"{rates.theirs:,.0f}/s",
        value=rates.ratio,
        must=must,
        aim=aim,
    )
