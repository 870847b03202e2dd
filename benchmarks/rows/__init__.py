"""
The rows of docs/benchmarks.md, in the order in which they are measured.

    first_factor   1, 4     by the password alone: rate and processor time
    codes          2        with an appended code
    groups         3        with the groups of each person
    pending        5 to 7   beside 10,000 logins that wait for a phone
    lateness       8        how late the event loop is at full load
    in_flight      9        requests lost with many on their way
    tunnels        11       by EAP-TTLS with PAP inside
    again          12       the same by a remembered device's session
"""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench
from benchmarks.measures import Row
from benchmarks.rows import (
    again,
    codes,
    first_factor,
    groups,
    in_flight,
    lateness,
    pending,
    tunnels,
)

Measure = Callable[[Bench], Iterator[Row]]

ROWS: tuple[Measure, ...] = (
    first_factor.measure,
    groups.measure,
    tunnels.measure,
    again.measure,
    in_flight.measure,
    codes.measure,
    lateness.measure,
    pending.measure,  # whose logins wait to the end
)
