"""
A network of its own for a peer that opens tunnels, so that nobody else's network is touched.

Each `Namespace` has its own loopback, `/run` and `/etc/pam.d`; two of them are joined by a cable.
It ends with the process that holds it, and that one with the tests, however they end.
"""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

_HOLD = (
    "ip link set lo up && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /etc/pam.d"
    " && echo held && exec cat"
)
_CLONE_NEWNET = 0x40000000
"""From linux/sched.h."""
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_STARTING = 30.0
"""Seconds in which a server must say that it is ready, on a slow machine."""


def missing(*programs):
    """Say which of these programs or files are not on this machine."""
    return [
        one for one in programs if shutil.which(one, path=_PATH) is None and not Path(one).exists()
    ]


def end(process, patience=20.0):
    """End a process by its pid, gently first."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _environment(**more):
    return {**os.environ, "PATH": _PATH, **more}


class Namespace:
    """
    One network, while the block lasts; skips the test where none can be made.

    Args:
        tunnels: whether programs in there must be able to open tunnels.
    """

    def __init__(self, *, tunnels=False):
        self._tunnels = tunnels

    def __enter__(self):
        if os.geteuid() != 0:
            pytest.skip("a network of its own wants root")
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", _HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if "held" not in self._holder.stdout.readline():
            _, why = self._holder.communicate(timeout=10)
            pytest.skip(f"this machine makes no network of its own: {why.strip()}")
        if self._tunnels:
            self._try_a_tunnel()
        return self

    def __exit__(self, *_):
        self._holder.communicate(timeout=10)  # closes what it waits for

    def _try_a_tunnel(self):
        words = self.command("ip", "tuntap", "add", "name", "tried0", "mode", "tun")
        tried = subprocess.run(words, capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            self.__exit__()
            pytest.skip(f"this machine opens no tunnel: {tried.stderr.strip()}")
        self.run("ip", "link", "delete", "tried0")

    def command(self, *words):
        """Give the command that runs *words* in there; the process keeps its pid."""
        inside = ("nsenter", "--target", str(self._holder.pid), "--net", "--mount")
        return [*inside, "setpriv", "--pdeathsig", "TERM", *(str(word) for word in words)]

    def run(self, *words, **environment):
        """Run a command in there to its end; give what it printed."""
        ran = subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            check=False,
            env=_environment(**environment),
        )
        assert ran.returncode == 0, (words, ran.stdout, ran.stderr)
        return ran.stdout

    @contextlib.contextmanager
    def serving(self, log, ready, *words, **environment):
        """Run a server in there, which says *ready* in its log, while the block lasts."""
        with log.open("ab") as written:
            process = subprocess.Popen(
                self.command(*words),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                env=_environment(**environment),
            )
        try:
            ends_at = time.monotonic() + _STARTING
            while ready.encode() not in (told := log.read_bytes()):
                assert process.poll() is None, told
                assert time.monotonic() < ends_at, told
                time.sleep(0.02)
            yield process
        finally:
            end(process)

    def root(self, path):
        """Give where a file is from here that only this namespace has."""
        return Path(f"/proc/{self._holder.pid}/root") / path.lstrip("/")

    def join(self, other, ours, theirs):
        """Lay a cable to another one, each end with an IPv4 address of one /30; name the ends."""
        ends = (self, f"c{other._holder.pid}", ours), (other, f"c{self._holder.pid}", theirs)
        (_, near, _), (_, far, _) = ends
        pids = [str(one._holder.pid) for one, _, _ in ends]
        words = ["ip", "link", "add", near, "netns", pids[0], "type", "veth"]
        subprocess.run([*words, "peer", "name", far, "netns", pids[1]], check=True)
        for one, name, address in ends:
            one.run("ip", "address", "add", f"{address}/30", "dev", name)
            one.run("ip", "link", "set", name, "up")
        return near, far

    def bind(self, address, port):
        """Give a UDP socket that is bound in there and used from here."""
        opened = []
        thread = threading.Thread(target=self._bind, args=(address, port, opened))
        thread.start()
        thread.join()
        (one,) = opened
        return one

    def _bind(self, address, port, opened):
        """Only this thread goes there; a socket belongs to where it was made (setns(2))."""
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/proc/{self._holder.pid}/ns/net").open() as network:
            gone = libc.setns(network.fileno(), _CLONE_NEWNET)
        if gone == 0:
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.bind((address, port))
            opened.append(made)
