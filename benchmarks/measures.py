"""
What is measured: the rows of docs/benchmarks.md, each in pairs that alternate.

A load that is not answered whole, each request once with an Access-Accept, is no measurement: it
ends the benchmark.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

from benchmarks.countersign import HELD, Countersign
from benchmarks.directory import PEOPLE, Directory
from benchmarks.freeradius import FreeRadius
from benchmarks.load import Answered, Load, Loader

LOGINS = 20_000
"""In one run of a closed loop: two to five seconds."""
OTHERS_RATE = 500.0
"""Logins a second beside those that wait for a phone."""
OTHERS = 4_000
THREAD_OCTETS = 28 * 1024
"""What a FreeRADIUS thread takes that waits for a second factor: its default pool raised to hold
5,000 of them, measured once."""


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


Server = Countersign | FreeRadius


class Bench:
    """
    The servers of one benchmark, all on this machine; a context manager that ends them.

    Args:
        pairs: how often each comparison is made.
        say: told what is being done.
    """

    def __init__(self, pairs: int, say: Callable[[str], object]) -> None:
        self._pairs = pairs
        self._say = say
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _start(self) -> None:
        self._say("starting slapd, FreeRADIUS and two daemons")
        root = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="countersign-")))
        folders = {name: root / name for name in ("load", "ldap", "freeradius", "idle", "busy")}
        for folder in folders.values():
            folder.mkdir()
        self._loader = Loader(folders["load"])
        directory = self._ends.enter_context(Directory(folders["ldap"]))
        self._freeradius = self._ends.enter_context(FreeRadius(folders["freeradius"], directory))
        self._idle = self._ends.enter_context(Countersign(folders["idle"], directory))
        """Nobody's phone is awaited here."""
        self._busy = self._ends.enter_context(Countersign(folders["busy"], directory))
        """Everybody's will be."""
        for server in (self._freeradius, self._idle, self._busy):
            self._run(server, Load(server.port, PEOPLE, in_order=True))

    def rows(self) -> Iterator[Row]:
        """Measure."""
        yield from self._first_factor_alone()
        memory = self._hold_everybody()
        yield self._beside_pending()
        yield self._full_load_beside_pending()
        yield memory

    def _first_factor_alone(self) -> Iterator[Row]:
        self._say(f"rows 1 and 4: {self._pairs} pairs of {LOGINS} logins")
        theirs, ours = self._alternate(self._freeradius, self._idle, LOGINS)
        rates = _medians(ours, theirs, lambda run: run.answered.rate)
        costs = _medians(ours, theirs, lambda run: run.cpu_us)
        yield Row(
            number=1,
            measure="PAP, first factor alone (LDAP): logins a second, against FreeRADIUS",
            ours=f"{rates.ours:,.0f}/s",
            beside=f"{rates.theirs:,.0f}/s",
            value=rates.ratio,
            must=0.6,
            aim=1.0,
        )
        yield Row(
            number=4,
            measure="the server's CPU time a login, against FreeRADIUS",
            ours=f"{costs.ours:.0f} µs",
            beside=f"{costs.theirs:.0f} µs",
            value=costs.ratio,
            must=1.6,
            aim=1.1,
            most=True,
        )

    def _hold_everybody(self) -> Row:
        self._say(f"row 7: {PEOPLE} logins that wait for a phone")
        enrolled = self._busy.enrol_everybody()
        if enrolled != PEOPLE:
            raise NotAnswered(f"found {enrolled} accounts, wanted {PEOPLE}")
        before = self._busy.resident_octets()
        held = Load(
            *(self._busy.port, PEOPLE, PEOPLE),
            rate=1_000.0,
            source=HELD,
            in_order=True,
            timeout=600.0,
            limit=600.0,
        )
        self._ends.enter_context(self._loader.begin(held))
        give_up = time.monotonic() + 60
        while self._busy.pending() < PEOPLE:
            if time.monotonic() > give_up:
                raise NotAnswered(f"found {self._busy.pending()} pending, wanted {PEOPLE}")
            time.sleep(0.2)
        octets = (self._busy.resident_octets() - before) / PEOPLE
        return Row(
            number=7,
            measure=f"memory a pending login ({PEOPLE:,} of them), against a FreeRADIUS thread's",
            ours=f"{octets / 1024:.1f} kB",
            beside=f"{THREAD_OCTETS / 1024:.0f} kB",
            value=octets / THREAD_OCTETS,
            must=1 / 8,
            aim=1 / 15,
            most=True,
        )

    def _beside_pending(self) -> Row:
        self._say(f"row 5: {self._pairs} pairs of {OTHERS} logins, {OTHERS_RATE:.0f} a second")
        none, pending = self._alternate(self._idle, self._busy, OTHERS, rate=OTHERS_RATE)
        late = _medians(pending, none, lambda run: run.answered.p99_ms)
        return Row(
            number=5,
            measure=f"{OTHERS_RATE:.0f}/s other logins with {PEOPLE:,} pending: all answered,"
            " p99 in ms, against none pending",
            ours=f"{late.ours:.1f} ms",
            beside=f"{late.theirs:.1f} ms",
            value=late.ours,
            must=5.0,
            aim=2 * late.theirs,
            most=True,
        )

    def _full_load_beside_pending(self) -> Row:
        self._say(f"row 6: {self._pairs} pairs of {LOGINS} logins")
        none, pending = self._alternate(self._idle, self._busy, LOGINS)
        rates = _medians(pending, none, lambda run: run.answered.rate)
        return Row(
            number=6,
            measure=f"logins a second with {PEOPLE:,} pending, against none pending",
            ours=f"{rates.ours:,.0f}/s",
            beside=f"{rates.theirs:,.0f}/s",
            value=rates.ratio,
            must=0.9,
            aim=0.97,
        )

    def _alternate(
        self, one: Server, other: Server, count: int, rate: float = 0.0
    ) -> tuple[list[Run], list[Run]]:
        runs: tuple[list[Run], list[Run]] = ([], [])
        for _ in range(self._pairs):
            for server, kept in zip((one, other), runs, strict=True):
                kept.append(self._run(server, Load(server.port, count, rate=rate)))
        return runs

    def _run(self, server: Server, load: Load) -> Run:
        before = server.cpu_seconds()
        answered = self._loader.run(load)
        used = server.cpu_seconds() - before
        if not answered.all_accepted:
            raise NotAnswered(f"{type(server).__name__}: {answered}")
        run = Run(answered, used / load.count * 1e6)
        self._say(
            f"    {type(server).__name__:<12} {answered.rate:7,.0f}/s  {run.cpu_us:4.0f} µs CPU"
            f"  p50 {answered.p50_ms:.1f} ms  p99 {answered.p99_ms:.1f} ms"
        )
        return run


@dataclass(frozen=True, slots=True)
class Medians:
    """What pairs of runs come to."""

    ours: float
    theirs: float
    ratio: float
    """The median of the pairs' ratios."""


def _medians(ours: list[Run], theirs: list[Run], of: Callable[[Run], float]) -> Medians:
    pairs = [(of(one), of(other)) for one, other in zip(ours, theirs, strict=True)]
    return Medians(
        ours=median(one for one, _ in pairs),
        theirs=median(other for _, other in pairs),
        ratio=median(one / other for one, other in pairs),
    )
