"""`python -m benchmarks`: measure, and print the table of docs/benchmarks.md."""

import argparse
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
    pairs = max(1, min(parser.parse_args().pairs, MOST_PAIRS))
    with Bench(pairs, lambda text: print(text, file=sys.stderr, flush=True)) as bench:
        rows = [row for measure in ROWS for row in measure(bench)]
    print(f"{machine()}\n\n{table(rows)}")
    return 0 if all(row.holds for row in rows) else 1


sys.exit(main())
