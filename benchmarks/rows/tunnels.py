"""Row 11: by EAP-TTLS with PAP inside, the first factor from LDAP."""

from collections.abc import Iterator

from benchmarks.bench import Bench, Side
from benchmarks.countersign import WIRELESS
from benchmarks.load import Load
from benchmarks.measures import Row, medians, rate_row

LOGINS = 1_500
"""In one run: four to eight seconds."""
WINDOW = 64
"""Devices in mid-conversation."""


def measure(bench: Bench) -> Iterator[Row]:
    """Measure rates; what a login costs the server is said beside them."""
    bench.say(f"row 11: {bench.pairs} pairs of {LOGINS} logins")
    theirs, ours = bench.alternate(
        Side(bench.freeradius, Load(bench.freeradius.eap_port, LOGINS, WINDOW, eap=True)),
        Side(bench.idle, Load(bench.idle.port, LOGINS, WINDOW, source=WIRELESS, eap=True)),
    )
    costs = medians(ours, theirs, lambda run: run.cpu_us)
    yield rate_row(
        11,
        "EAP-TTLS/PAP, TLS 1.3, P-256: logins a second, against FreeRADIUS"
        f" ({costs.ours:,.0f} µs and {costs.theirs:,.0f} µs of the server's CPU time each)",
        ours,
        theirs,
        must=0.4,
        aim=0.7,
    )
