"""
A machine with systemd, inside this one: its processes, network and changed files are its own.

It sees this machine's files and changes copies. It wants root and a writable cgroup2 hierarchy.
"""

import contextlib
import os
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
SYSTEMD = Path("/lib/systemd/systemd")
STARTED = 20.0
"""Seconds in which its systemd must answer."""
SHARED = Path("/run/shared")
"""Where the machine sees the folder that it was given."""


class NoMachine(Exception):  # noqa: N818 - it names what was found
    """This machine lets nobody make another one; the text says what is missing."""


class Machine:
    """One machine, while the block lasts."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __enter__(self):
        self._group = hierarchy() / f"countersign-tests-{os.getpid()}"
        self._group.mkdir()
        self._log = self.folder / "machine.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", HERE / "machine.sh", self._group, self.folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait()
        except NoMachine:
            self.__exit__()
            raise
        return self

    def _wait(self):
        ends_at = time.monotonic() + STARTED
        while time.monotonic() < ends_at and self._process.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                if (pids := (self._group / "init.scope/cgroup.procs").read_text().split()) and (
                    self._run(pids[0], "systemctl", "show", "--property=Version").returncode == 0
                ):
                    self.pid = pids[0]
                    return
            time.sleep(0.1)
        raise NoMachine(f"no systemd came up: {self._log.read_text()[-500:]}")

    def run(self, *words, expect=0):
        """Run a command there, as root; give what it printed."""
        ran = self._run(self.pid, *words)
        assert ran.returncode == expect, (words, ran.returncode, ran.stdout[-4000:])
        return ran.stdout

    def property(self, unit, name):
        """Give what systemd knows of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def root(self, path):
        """Give where a file of that machine is from here."""
        return Path(f"/proc/{self.pid}/root") / str(path).lstrip("/")

    def _run(self, pid, *words):
        return subprocess.run(
            ["nsenter", "--target", pid, "--all", "--root", "--wdns=/", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
        )

    def __exit__(self, *_):
        self._process.kill()  # all of its processes end with their first one
        self._process.wait(10)
        ends_at = time.monotonic() + 10
        while "populated 1" in (self._group / "cgroup.events").read_text():
            assert time.monotonic() < ends_at, self._group
            time.sleep(0.05)
        for folder, _, _ in os.walk(self._group, topdown=False):
            Path(folder).rmdir()


def hierarchy():
    """Give where the cgroup2 hierarchy is mounted; raise NoMachine where none can be used."""
    if os.geteuid() != 0 or not SYSTEMD.exists():
        raise NoMachine("wants root and systemd")
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" and "rw" in options.split(","):
            return Path(place)
    raise NoMachine("wants a writable cgroup2 hierarchy")
