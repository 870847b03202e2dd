"""Row 9: nothing is lost with many requests on their way."""

from collections.abc import Iterator

from benchmarks.bench import LOGINS, Bench
from benchmarks.load import Load
from benchmarks.measures import Row

WINDOWS = (512, 2_000)
"""Requests on their way."""


def measure(bench: Bench) -> Iterator[Row]:
    """Count what was not answered, or only when it was sent again, in all runs together."""
    bench.say(f"row 9: {bench.pairs} pairs of {LOGINS} logins, with {WINDOWS} on their way")
    servers = (bench.idle, bench.freeradius)
    missed = [0, 0]
    for _ in range(bench.pairs):
        for window in WINDOWS:
            for index, server in enumerate(servers):
                load = Load(server.port, LOGINS, window)
                answered = bench.run(server, load, all_accepted=False).answered
                missed[index] += load.count - answered.accepts + answered.retransmitted
    sent = bench.pairs * len(WINDOWS) * LOGINS
    yield Row(
        number=9,
        measure="requests lost or retransmitted with 512 and 2,000 in flight, all runs together",
        ours=f"{missed[0]} of {sent:,}",
        beside=f"{missed[1]} of {sent:,}",
        value=missed[0],
        must=0,
        aim=0,
        most=True,
    )
