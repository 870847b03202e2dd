"""Row 2: with an appended code, which serves once, against FreeRADIUS's first factor alone."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench, Side
from benchmarks.countersign import CODE
from benchmarks.directory import PEOPLE, name_of, password_of
from benchmarks.load import Load
from benchmarks.measures import NotAnswered, Row, rate_row
from proxy.factors.totp import TotpSeed, code_at

PERIOD = 30
"""Seconds of a code: a step is accepted once, so that everybody logs in once in each."""


class Passwords:
    """The file of everybody's password with the code of now."""

    def __init__(self, path: Path, seeds: dict[str, TotpSeed]) -> None:
        self.path = path
        self._seeds = [seeds[name_of(number)] for number in range(PEOPLE)]
        self._step = 0

    def write(self) -> None:
        """Wait until there are new codes; write the file."""
        while (step := int(time.time() // PERIOD)) == self._step:
            time.sleep(0.1)
        self._step = step
        codes = [code_at(seed, step).decode() for seed in self._seeds]
        lines = [f"{password_of(number)},{code}\n" for number, code in enumerate(codes)]
        self.path.write_text("".join(lines))


def measure(bench: Bench) -> Iterator[Row]:
    """Measure the rate; what it takes to write the codes is not part of it."""
    bench.say(f"row 2: {bench.pairs} pairs of {PEOPLE} logins; each waits for new codes")
    seeds = bench.idle.enrol_codes()
    if len(seeds) != PEOPLE:
        raise NotAnswered(f"found {len(seeds)} accounts, wanted {PEOPLE}")
    passwords = Passwords(bench.folder("codes") / "passwords", seeds)
    ours = Load(bench.idle.port, PEOPLE, source=CODE, in_order=True, passwords=passwords.path)
    theirs, our_runs = bench.alternate(
        # The wait comes before the pair, so that its two runs are neighbours.
        Side(bench.freeradius, Load(bench.freeradius.port, PEOPLE, in_order=True), passwords.write),
        Side(bench.idle, ours),
    )
    yield rate_row(
        2,
        "PAP and TOTP appended, each code served once for ever: logins a second, against"
        " FreeRADIUS's first factor alone",
        our_runs,
        theirs,
        must=0.45,
        aim=0.7,
    )
