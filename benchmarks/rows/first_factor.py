"""Rows 1 and 4: by the password alone, the first factor from LDAP."""

from collections.abc import Iterator

from benchmarks.bench import LOGINS, Bench, Side
from benchmarks.load import Load
from benchmarks.measures import Row, medians, rate_row


def measure(bench: Bench) -> Iterator[Row]:
    """Measure rate and processor time in the same runs."""
    bench.say(f"rows 1 and 4: {bench.pairs} pairs of {LOGINS} logins")
    theirs, ours = bench.alternate(
        Side(bench.freeradius, Load(bench.freeradius.port, LOGINS)),
        Side(bench.idle, Load(bench.idle.port, LOGINS)),
    )
    costs = medians(ours, theirs, lambda run: run.cpu_us)
    yield rate_row(
        1,
        "PAP, first factor alone (LDAP): logins a second, against FreeRADIUS",
        ours,
        theirs,
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
