"""
The demo as a newcomer plays it: its own output tells every command that is run here.

Also the commands on the running daemon: what they change holds at once.
"""

import os
import re
import select
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.scenario

PROGRAM = [sys.executable, "-m", "proxy"]
PATIENCE = 30  # seconds for what takes one


class Demo:
    """A running demo, and the commands that it tells."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [*PROGRAM, "demo"],
            cwd=folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        text = read_until(self._process, "device invite")
        self.commands = [line.strip() for line in text.splitlines() if line.startswith("  ")]
        self.config = str(folder / "demo" / "countersign.yaml")

    def told(self, *words: str) -> str:
        """Give the command that begins with these words after the program."""
        (found,) = [line for line in self.commands if f"-m proxy {' '.join(words)}" in line]
        return found

    def start(self, command: str) -> subprocess.Popen:
        return subprocess.Popen(
            command,
            shell=True,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        process = self.start(command)
        try:
            stdout, stderr = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        return process.returncode, stdout + stderr

    def countersign(self, *args: str) -> tuple[int, str]:
        return self.run(shlex.join([*PROGRAM, *args, "--config", self.config]))

    def end(self) -> int:
        """Ask it to end; SIGINT will not do where the tests themselves run with it ignored."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=PATIENCE)
        finally:
            self._process.kill()
        return self._process.returncode


def read_until(process: subprocess.Popen, word: str) -> str:
    """Read a process's output up to the line with *word*; fail where it ends or takes too long."""
    text, deadline = "", time.monotonic() + PATIENCE
    while word not in text or not text.endswith("\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        octets = os.read(process.stdout.fileno(), 65536).decode() if ready else ""
        if not octets:
            process.kill()
            raise AssertionError(f"found {text!r} {process.communicate()}, wanted {word!r} in it")
        text += octets
    return text


@pytest.fixture
def demo(tmp_path):
    running = Demo(tmp_path)
    yield running
    assert running.end() == 0


def test_a_whole_login(demo):
    """Alice enrols a phone by the link, logs in, types the number on the phone: accept."""
    status, said = demo.run(demo.told("phone", "enroll"))
    assert (status, said.startswith("enrolled alice")) == (0, True), said
    login = demo.start(demo.told("login", "alice"))
    number = re.search(r"number (\d{6})", read_until(login, "number"))[1]
    watch = demo.told("phone", "watch")
    status, said = demo.run(f"{watch} --answer approve --number {number} --once")
    assert (status, "approved" in said) == (0, True), said
    stdout, stderr = login.communicate("\n", timeout=PATIENCE)
    assert (login.returncode, "accept" in stdout) == (0, True), stdout + stderr


def test_the_others(demo):
    """Bob passes by a code; carol is told where to enrol; dave and a wrong password are not."""
    bob = demo.told("login", "bob")
    status, said = demo.run(bob)
    assert (status, "accept" in said) == (0, True), said
    password_alone = bob.partition(" --code")[0]
    status, said = demo.run(password_alone.replace("bob", "carol"))
    assert (status, "Set one up at https://localhost" in said) == (1, True), said
    for other in (password_alone.replace("bob", "dave"), password_alone.replace("bob-", "x-")):
        status, said = demo.run(other)
        assert (status, "reject" in said, "https://" in said) == (1, True, False), said


def test_commands_on_the_running_daemon(demo):
    """What a command changes holds for the next packet; check finds the whole in order."""
    status, said = demo.countersign("check", "--connect")
    assert status == 0, said
    kinds = {line.split(": ")[1] for line in said.splitlines()}
    assert kinds == {"note", "warning"}  # of a lock-out that it has not; its own ports
    bob = demo.told("login", "bob")
    assert demo.countersign("account", "block", "BOB") == (0, "")
    assert demo.run(bob)[0] == 1
    assert demo.countersign("account", "unblock", "bob") == (0, "")
    assert demo.run(bob)[0] == 0
    assert demo.countersign("totp", "remove", "bob") == (0, "")
    assert demo.run(bob)[0] == 1
    assert demo.countersign("totp", "enroll", "mallory")[0] == 1


def test_a_second_run_starts_afresh(tmp_path):
    """A run after another begins with nothing of it, on the same ports."""
    for _ in range(2):
        running = Demo(tmp_path)
        try:
            assert running.run(running.told("phone", "enroll"))[0] == 0
        finally:
            assert running.end() == 0
