"""Servers that the benchmark starts, looks at through /proc, and ends by their process id."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).parent.parent
"""Where Python finds the daemon."""
_TICKS = os.sysconf("SC_CLK_TCK")
_STARTING = 30.0
"""Seconds in which a server must be up."""


class NotStarted(Exception):  # noqa: N818 - it names what was found
    """A server ended, or did not say in time that it is ready."""


class Process:
    """
    One server; a context manager that ends it.

    Args:
        log: the file that takes what it writes.
        is_ready: looks whether it is up.
    """

    def __init__(
        self, command: Sequence[str | Path], log: Path, is_ready: Callable[[], bool]
    ) -> None:
        with log.open("wb") as output:
            self._running = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=PROJECT,
            )
        self.pid = self._running.pid
        give_up = time.monotonic() + _STARTING
        while not is_ready():
            if self._running.poll() is not None or time.monotonic() > give_up:
                self.end()
                raise NotStarted(f"{command[0]}: see {log}:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End it; by force where it does not end by itself."""
        self._running.terminate()
        try:
            self._running.wait(15)
        except subprocess.TimeoutExpired:
            self._running.send_signal(signal.SIGKILL)
            self._running.wait()

    def cpu_seconds(self) -> float:
        """Give the processor time used so far, of all threads, in user and system mode."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_octets(self) -> int:
        """Give the memory that it has now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise NotStarted(f"process {self.pid} has ended")


def find_program(name: str) -> str:
    """Find a server's program; Debian keeps them where a user's PATH does not lead."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise NotStarted(f"found no {name}; see docs/benchmarks.md for the packages")
    return found


def free_port(kind: socket.SocketKind) -> int:
    """Give a port that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Say whether somebody takes TCP connections on a port."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True
