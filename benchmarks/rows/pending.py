"""Rows 5 to 7: beside 10,000 logins that wait for a phone."""

import time
from collections.abc import Iterator

from benchmarks.bench import LOGINS, Bench, Side
from benchmarks.countersign import HELD
from benchmarks.directory import PEOPLE
from benchmarks.load import Load
from benchmarks.measures import NotAnswered, Row, Run, medians, rate_row

OTHERS_RATE = 500.0
"""Logins a second beside those that wait for a phone."""
OTHERS = 4_000
THREAD_OCTETS = 28 * 1024
"""What a FreeRADIUS thread takes that waits for a second factor: its default pool raised to hold
5,000 of them, measured once."""


def measure(bench: Bench) -> Iterator[Row]:
    """Let everybody wait at one daemon, and measure it beside the other."""
    yield _hold_everybody(bench)
    yield _beside_pending(bench)
    yield _full_load_beside_pending(bench)


def _hold_everybody(bench: Bench) -> Row:
    bench.say(f"row 7: {PEOPLE} logins that wait for a phone")
    enrolled = bench.busy.enrol_everybody()
    if enrolled != PEOPLE:
        raise NotAnswered(f"found {enrolled} accounts, wanted {PEOPLE}")
    before = bench.busy.resident_octets()
    held = Load(
        *(bench.busy.port, PEOPLE, PEOPLE),
        rate=1_000.0,
        source=HELD,
        in_order=True,
        timeout=600.0,
        limit=600.0,
    )
    bench.ends.enter_context(bench.loader.begin(held))
    give_up = time.monotonic() + 60
    while bench.busy.pending() < PEOPLE:
        if time.monotonic() > give_up:
            raise NotAnswered(f"found {bench.busy.pending()} pending, wanted {PEOPLE}")
        time.sleep(0.2)
    octets = (bench.busy.resident_octets() - before) / PEOPLE
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


def _beside_pending(bench: Bench) -> Row:
    bench.say(f"row 5: {bench.pairs} pairs of {OTHERS} logins, {OTHERS_RATE:.0f} a second")
    none, pending = _alternate(bench, OTHERS, rate=OTHERS_RATE)
    late = medians(pending, none, lambda run: run.answered.p99_ms)
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


def _full_load_beside_pending(bench: Bench) -> Row:
    bench.say(f"row 6: {bench.pairs} pairs of {LOGINS} logins")
    none, pending = _alternate(bench, LOGINS)
    return rate_row(
        6,
        f"logins a second with {PEOPLE:,} pending, against none pending",
        pending,
        none,
        must=0.9,
        aim=0.97,
    )


def _alternate(bench: Bench, count: int, rate: float = 0.0) -> tuple[list[Run], list[Run]]:
    return bench.alternate(
        Side(bench.idle, Load(bench.idle.port, count, rate=rate)),
        Side(bench.busy, Load(bench.busy.port, count, rate=rate)),
    )
