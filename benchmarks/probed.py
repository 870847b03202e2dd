"""
The daemon with a probe in its event loop: `python -m benchmarks.probed FILE serve --config ...`.

Every few milliseconds a call asks the reactor to be made again; how late it comes is how late
anything else would have been. When the reactor stops, FILE gets what was noted: for each call, when
it was due by the machine's monotonic clock, and how late it came, in seconds, as doubles.
"""

import sys
import time
from array import array
from pathlib import Path

from twisted.internet import epollreactor

from proxy.cli.main import main

EVERY = 0.005
"""Seconds between two calls: two hundred a second cost the loop next to nothing."""


class Probe:
    """Notes how late it is called."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._noted = array("d")

    def begin(self) -> None:
        """Begin on the reactor that is installed."""
        from twisted.internet import reactor  # noqa: PLC0415 - chosen just now

        self._reactor = reactor
        reactor.callWhenRunning(self._ask)
        reactor.addSystemEventTrigger("after", "shutdown", self._write)

    def _ask(self) -> None:
        due = time.monotonic() + EVERY
        self._reactor.callLater(EVERY, self._note, due)

    def _note(self, due: float) -> None:
        self._noted.extend((due, time.monotonic() - due))
        self._ask()

    def _write(self) -> None:
        self._path.write_bytes(self._noted.tobytes())


def run(path: Path) -> None:
    """Run a command of Countersign; the probe begins as soon as it has chosen its reactor."""
    install, probe = epollreactor.install, Probe(path)

    def install_and_probe() -> None:
        install()
        probe.begin()

    epollreactor.install = install_and_probe
    main()


if __name__ == "__main__":
    run(Path(sys.argv.pop(1)))
