"""Row 3: the groups of each person are searched for, and the policy goes by them."""

from collections.abc import Iterator

from benchmarks.bench import LOGINS, Bench, Side
from benchmarks.countersign import GROUPED
from benchmarks.load import Load
from benchmarks.measures import Row, rate_row


def measure(bench: Bench) -> Iterator[Row]:
    """Measure the rate where each login takes one more search."""
    bench.say(f"row 3: {bench.pairs} pairs of {LOGINS} logins")
    theirs, ours = bench.alternate(
        Side(bench.freeradius, Load(bench.freeradius.grouped_port, LOGINS)),
        Side(bench.idle, Load(bench.idle.port, LOGINS, source=GROUPED)),
    )
    yield rate_row(
        3,
        "as 1, groups read: logins a second, against FreeRADIUS",
        ours,
        theirs,
        must=0.7,
        aim=1.1,
    )
