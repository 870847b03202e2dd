"""A store under load, killed and shared between processes."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from proxy.store.schema import notices

pytestmark = pytest.mark.scenario

ROOT = Path(__file__).parents[2]
SUBJECTS = select(notices.c.subject).where(notices.c.kind == "durable")
COUNT = select(func.count().label("n")).where(notices.c.kind == "command")
INSERT = insert(notices).values(at=1.0, kind="command", subject="x")


@contextmanager
def a_busy_daemon(database):
    """A process that writes without a pause."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.peers.store_writer", f"sqlite:///{database.path}"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_was_told_outlives_kill_9(database):
    """Killed in the middle of a batch, the store holds all that was told before."""
    with a_busy_daemon(database) as daemon:
        told = [int(daemon.stdout.readline()) for _ in range(1000)]
        daemon.send_signal(signal.SIGKILL)
        told += [
            int(line)
            for line in daemon.stdout.read().splitlines(keepends=True)
            if line.endswith(b"\n")
        ]
    kept = {int(row["subject"]) for row in database.now(lambda session: session.rows(SUBJECTS))}
    assert set(told) <= kept


def test_commands_work_while_the_daemon_writes_without_a_pause(database):
    """Each command gets its turn between two commits, and both go on."""
    with a_busy_daemon(database) as daemon:
        daemon.stdout.readline()
        for _ in range(20):
            database.now(lambda session: session.insert(INSERT))
        for _ in range(100):
            assert daemon.stdout.readline()
    assert database.now(lambda session: session.row(COUNT))["n"] == 20
