"""Row 8: how late the event loop is at full load."""

import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.bench import LOGINS, Bench
from benchmarks.countersign import Countersign
from benchmarks.directory import PEOPLE
from benchmarks.load import Load
from benchmarks.measures import Row

REST = 3.0
"""Seconds without a login, for comparison."""


def measure(bench: Bench) -> Iterator[Row]:
    """Measure a daemon of its own, which has a probe in its loop."""
    bench.say(f"row 8: {bench.pairs} pairs of {LOGINS} logins and {REST:.0f} seconds of rest")
    noted = bench.folder("lateness") / "noted"
    with Countersign(
        bench.folder("probed"), bench.directory, bench.shown, ("benchmarks.probed", str(noted))
    ) as daemon:
        bench.run(daemon, Load(daemon.port, PEOPLE, in_order=True))
        load = Load(daemon.port, LOGINS)
        spans = [
            (_span(lambda: bench.run(daemon, load)), _span(lambda: time.sleep(REST)))
            for _ in range(bench.pairs)
        ]
    notes = _read(noted)
    loaded = [_p99_ms(notes, busy) for busy, _ in spans]
    resting = [_p99_ms(notes, rest) for _, rest in spans]
    bench.say("    p99 in ms: " + ", ".join(f"{late:.1f}" for late in loaded))
    yield Row(
        number=8,
        measure="lateness of the event loop at full load, p99 in ms, beside a loop at rest",
        ours=f"{median(loaded):.1f} ms",
        beside=f"{median(resting):.1f} ms",
        value=median(loaded),
        must=3.0,
        aim=1.0,
        most=True,
    )


Span = tuple[float, float]
"""Begin and end by the monotonic clock, which all processes of a machine share."""
Notes = list[tuple[float, float]]
"""When a call was due, and how late it came."""


def _span(work: Callable[[], object]) -> Span:
    begun = time.monotonic()
    work()
    return begun, time.monotonic()


def _read(path: Path) -> Notes:
    numbers = array("d")
    numbers.frombytes(path.read_bytes())
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _p99_ms(notes: Notes, span: Span) -> float:
    late = sorted(late for due, late in notes if span[0] <= due <= span[1])
    return late[int((len(late) - 1) * 0.99)] * 1e3
