"""The servers of one benchmark, and pairs of runs that alternate between two of them."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.certificate import Certificate
from benchmarks.countersign import GROUPED, Countersign
from benchmarks.directory import PEOPLE, Directory
from benchmarks.freeradius import FreeRadius
from benchmarks.load import Load, Loader
from benchmarks.measures import NotAnswered, Run

LOGINS = 20_000
"""In one run of a closed loop: two to eight seconds."""

Server = Countersign | FreeRadius


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a pair."""

    server: Server
    load: Load
    prepare: Callable[[], object] = _nothing
    """Called before each run."""


class Bench:
    """
    What runs on this machine for the rows; a context manager that ends it.

    Args:
        pairs: how often each comparison is made.
        say: told what is being done.
    """

    def __init__(self, pairs: int, say: Callable[[str], object]) -> None:
        self.pairs = pairs
        self.say = say
        self.ends = ExitStack()
        """Ends what was entered into it with the benchmark."""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.ends.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.close()

    def _start(self) -> None:
        self.say("starting slapd, FreeRADIUS and two daemons")
        self._root = Path(
            self.ends.enter_context(tempfile.TemporaryDirectory(prefix="countersign-"))
        )
        self.loader = Loader(self.folder("load"))
        self.directory = self.ends.enter_context(Directory(self.folder("ldap")))
        self.shown = Certificate(self.folder("shown"))
        self.freeradius = self.ends.enter_context(
            FreeRadius(self.folder("freeradius"), self.directory, self.shown)
        )
        self.idle = self.ends.enter_context(self._daemon("idle"))
        """Nobody's phone is awaited here."""
        self.busy = self.ends.enter_context(self._daemon("busy"))
        """Everybody's will be."""
        for server in (self.freeradius, self.idle, self.busy):
            self.run(server, Load(server.port, PEOPLE, in_order=True))
        self.run(self.freeradius, Load(self.freeradius.grouped_port, PEOPLE, in_order=True))
        self.run(self.idle, Load(self.idle.port, PEOPLE, source=GROUPED, in_order=True))

    def _daemon(self, name: str) -> Countersign:
        return Countersign(self.folder(name), self.directory, self.shown)

    def folder(self, name: str) -> Path:
        """Make a folder that goes with the benchmark."""
        made = self._root / name
        made.mkdir()
        return made

    def alternate(self, one: Side, other: Side) -> tuple[list[Run], list[Run]]:
        """Run both sides in turn, as often as there are pairs."""
        runs: tuple[list[Run], list[Run]] = ([], [])
        for _ in range(self.pairs):
            for side, kept in zip((one, other), runs, strict=True):
                side.prepare()
                kept.append(self.run(side.server, side.load))
        return runs

    def run(self, server: Server, load: Load, *, all_accepted: bool = True) -> Run:
        """Send one load; raise NotAnswered where *all_accepted* does not hold."""
        before = server.cpu_seconds()
        answered = self.loader.run(load)
        used = server.cpu_seconds() - before
        if all_accepted and not answered.all_accepted:
            raise NotAnswered(f"{type(server).__name__}: {answered}")
        run = Run(answered, used / load.count * 1e6)
        self.say(
            f"    {type(server).__name__:<12} {answered.rate:7,.0f}/s  {run.cpu_us:4.0f} µs CPU"
            f"  p50 {answered.p50_ms:.1f} ms  p99 {answered.p99_ms:.1f} ms"
            + f"  lost {answered.lost}, sent again {answered.retransmitted}"
            * (not answered.all_accepted)
        )
        return run
