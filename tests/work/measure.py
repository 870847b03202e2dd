"""How much one login takes: the median of a few, after some that warm up caches and connections."""

import tempfile
from pathlib import Path

from tests.work.counter import Counting
from tests.work.world import NOT_REAL, THE_SERVERS, opened

WARMING = 3
LOGINS = 5


def measure():
    """Give the work of the login whose instructions are the median."""
    works = []
    with (
        tempfile.TemporaryDirectory(prefix="countersign-") as folder,
        opened(Path(folder)) as world,
    ):
        for number in range(WARMING + LOGINS):
            world.prepare()
            with Counting(NOT_REAL, THE_SERVERS) as counting:
                world.log_in()
            world.check()
            if number >= WARMING:
                works.append(counting.work)
    works.sort(key=lambda work: work.instructions.total())
    return works[LOGINS // 2]
