"""`python -m benchmarks`: measure, and print the table of docs/benchmarks.md."""

import argparse
import signal
import sys

from benchmarks.bench import Bench
from benchmarks.report import machine, table
from benchmarks.rows import ROWS

MOST_PAIRS = 20
"""So that no benchmark takes more than an hour."""


def main() -> int:
    """Run the benchmark; the status says whether every row is what it must be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side; default 5")
    names = {measure.__module__.rpartition(".")[2]: measure for measure in ROWS}
    parser.add_argument("only", nargs="*", help=f"of {', '.join(names)}; default: all")
    asked = parser.parse_args()
    if not set(asked.only) <= set(names):
        parser.error(f"found {' '.join(asked.only)}, wanted some of {', '.join(names)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # its servers end with it
    pairs = max(1, min(asked.pairs, MOST_PAIRS))
    with Bench(pairs, lambda text: print(text, file=sys.stderr, flush=True)) as bench:
        rows = [
            row
            for name, measure in names.items()
            if name in (asked.only or names)
            for row in measure(bench)
        ]
    print(f"{machine()}\n\n{table(rows)}")
    return 0 if all(row.holds for row in rows) else 1


sys.exit(main())
