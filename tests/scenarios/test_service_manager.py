"""The daemon under a service manager: a socket of the test's own hears what systemd would."""

import re
import signal
import socket
import time

import pytest

from tests.peers.daemon import Daemon, client
from tests.scenarios.conftest import HELD, Someone

pytestmark = pytest.mark.scenario
WATCHDOG = 0.6
"""Seconds; short, because the test waits for heartbeats that do not come."""


class Manager:
    """Its end of the notification socket."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self.beats = 0

    def hears(self, timeout=10.0):
        """Give the next message that is no heartbeat, as a mapping; None: none came in time."""
        ends_at = time.monotonic() + timeout
        while (left := ends_at - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                lines = self._socket.recv(8192).decode().splitlines()
            except TimeoutError:
                break
            if lines != ["WATCHDOG=1"]:
                return dict(line.split("=", 1) for line in lines)
            self.beats += 1
        return None

    def counts(self, seconds):
        """Count the heartbeats of some seconds."""
        before = self.beats
        assert self.hears(seconds) is None
        return self.beats - before

    def close(self):
        self._socket.close()


@pytest.fixture
def manager(tmp_path):
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.close()


@pytest.fixture
def managed(slapd, tmp_path, manager):
    """A daemon that was started by the manager."""
    running = Daemon(
        tmp_path,
        slapd.directory_settings(),
        {"held": client(HELD, wait="20s")},
        [{"name": "held", "clients": ["held"], "directory": "corp", "factors": ["push"]}],
    )
    running.environment = {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": str(int(WATCHDOG * 1_000_000)),
    }
    yield running.start()
    running.stop()
    assert "Traceback" not in running.text()


def monotonic_usec():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_a_whole_life(managed, manager):
    """Ready, a reload, one that is refused, the end; each in one message."""
    ready = manager.hears()
    assert "1" == ready["READY"]
    assert f"radius 0.0.0.0:{managed.radius_port}" in ready["STATUS"]

    before = monotonic_usec()
    managed.configuration["radius"]["reject_delay"] = "300ms"
    managed.reload()
    reloading = manager.hears()
    assert {"RELOADING", "MONOTONIC_USEC"} == set(reloading)
    assert before <= int(reloading["MONOTONIC_USEC"]) <= monotonic_usec()
    ready = manager.hears()
    assert ("1", True) == (ready["READY"], "radius changed" in ready["STATUS"])

    managed.configuration["no_such_key"] = 1
    managed.reload(refused=True)
    assert "1" == manager.hears()["RELOADING"]
    refused = manager.hears()
    assert "1" == refused["READY"]
    assert re.search(rf"is refused.*{managed.file}:\d+: no_such_key", refused["STATUS"])

    managed.terminate()
    stopping = manager.hears()
    assert "1" == stopping["STOPPING"]
    assert 3_000_000 < int(stopping["EXTEND_TIMEOUT_USEC"]) < 10_000_000
    assert 0 == managed.process.wait(10)


def test_signals_during_a_reload_are_not_lost(managed, manager):
    """However many come: what was written before the last of them is in force at the end."""
    manager.hears()
    for number in range(5):
        managed.configuration["push"] = {"lifetime": f"{60 + number}s"}
        managed._write()
        managed.process.send_signal(signal.SIGHUP)
    began, ended, last = 0, 0, ""
    while (message := manager.hears(2)) is not None:
        began += "RELOADING" in message
        ended += "READY" in message
        last = message.get("STATUS", last)
    assert 1 <= began == ended <= 5
    assert "no key changed" in managed.read_again()


def test_the_heartbeat_is_the_loop_s_own(managed, manager, names):
    """It beats while a login is held and while it ends; a loop that stands still is silent."""
    manager.hears()
    assert manager.counts(2 * WATCHDOG) >= 3
    managed.process.send_signal(signal.SIGSTOP)
    manager.counts(0.1)
    assert 0 == manager.counts(2 * WATCHDOG)
    managed.process.send_signal(signal.SIGCONT)
    assert manager.counts(2 * WATCHDOG) >= 3
    someone = Someone(managed, next(names)).enrol_phone()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        someone.asked()
        managed.terminate()
        assert "1" == manager.hears()["STOPPING"]
        assert manager.counts(2 * WATCHDOG) >= 3
    assert 0 == managed.process.wait(10)
