"""What the service manager hears, on a socket of the test's own."""

import os
import socket
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from proxy.service_manager import AGAIN, KEPT, STATUS_LENGTH, ServiceManager

MONOTONIC_NS = 12_345_678_999


class Listening:
    """A manager's end of the socket, and what is sent there."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(address)
        self.clock = Clock()
        self.made = []

    def manager(self, address, **environment):
        made = ServiceManager(
            {"NOTIFY_SOCKET": address, **environment}, self.clock, lambda: MONOTONIC_NS
        )
        self.made.append(made)
        return made

    def heard(self):
        """Give the datagrams that came, each as its lines."""
        found = []
        while True:
            try:
                found.append(self.socket.recv(8192).decode().splitlines())
            except BlockingIOError:
                return found

    def close(self):
        for made in self.made:
            made.stop()
        self.socket.close()


@pytest.fixture
def listening(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Listening(str(tmp_path / "s"))
    yield made
    made.close()


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "s")


def test_the_start_a_reload_and_the_end(listening, address):
    """Each in one message, as systemd wants them."""
    manager = listening.manager(address)
    manager.ready("serving")
    manager.reloading()
    manager.ready("serving anew")
    manager.stopping(15.5, "ending")
    assert [
        ["READY=1", "STATUS=serving"],
        ["RELOADING=1", "MONOTONIC_USEC=12345678"],
        ["READY=1", "STATUS=serving anew"],
        ["STOPPING=1", "EXTEND_TIMEOUT_USEC=15500000", "STATUS=ending"],
    ] == listening.heard()


def test_an_abstract_address():
    """Written with @ for the NUL that begins it."""
    name = f"countersign-test-{os.getpid()}"
    listening = Listening(f"\0{name}")
    listening.manager(f"@{name}").ready("serving")
    assert [["READY=1", "STATUS=serving"]] == listening.heard()
    listening.close()


@pytest.mark.parametrize("given", [None, "", "vsock:2:1", "relative/path"])
def test_nobody_started_us(listening, given):
    """Nothing is sent, nothing fails."""
    environment = {} if given is None else {"NOTIFY_SOCKET": given}
    manager = ServiceManager({**environment, "WATCHDOG_USEC": "1000000"}, listening.clock)
    manager.ready("serving")
    manager.reloading()
    manager.stopping(1, "ending")
    assert ([], []) == (listening.heard(), listening.clock.getDelayedCalls())
    manager.stop()


def test_a_status_is_one_line(listening, address):
    """What a faulty file holds says nothing to the manager."""
    listening.manager(address).ready("fault\nWATCHDOG=trigger\r" + "x" * 1000)
    ((ready, status),) = listening.heard()
    assert "READY=1" == ready
    assert status.startswith("STATUS=fault WATCHDOG=trigger x")
    assert len("STATUS=") + STATUS_LENGTH == len(status)


def test_the_heartbeat(listening, address):
    """From `ready` on, three times within the manager's patience, until the end is over."""
    manager = listening.manager(address, WATCHDOG_USEC="3000000", WATCHDOG_PID=str(os.getpid()))
    listening.clock.advance(10)
    assert [] == listening.heard()
    manager.ready("serving")
    listening.clock.pump([0.5] * 6)
    manager.reloading()
    manager.ready("again")
    manager.stopping(5, "ending")
    listening.clock.advance(1)
    assert 5 == listening.heard().count(["WATCHDOG=1"])
    manager.stop()
    listening.clock.advance(10)
    assert ([], []) == (listening.heard(), listening.clock.getDelayedCalls())


@pytest.mark.parametrize(
    "environment",
    [
        {"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "²"},
        {},
    ],
)
def test_no_heartbeat_where_nobody_waits_for_ours(listening, address, environment):
    """Another process's, none, or nonsense."""
    listening.manager(address, **environment).ready("serving")
    listening.clock.advance(10)
    assert [["READY=1", "STATUS=serving"]] == listening.heard()


def test_what_cannot_leave_now_leaves_in_order(listening, address):
    """The manager is busy and its queue full: the rest waits, and what leaves is not repeated."""
    manager = listening.manager(address)
    manager._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    said = [f"number {number}" for number in range(KEPT)]
    for status in said:
        manager.ready(status)
    assert listening.clock.getDelayedCalls()
    told = [lines[1] for lines in listening.heard()]
    for _ in range(KEPT):
        listening.clock.advance(AGAIN)
        told += [lines[1] for lines in listening.heard()]
    assert [f"STATUS={status}" for status in said] == told
    assert [] == listening.clock.getDelayedCalls()


def test_heartbeats_are_not_kept(listening, address):
    """One that cannot leave is lost, the next comes soon."""
    manager = listening.manager(address, WATCHDOG_USEC="3000000")
    manager._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    for _ in range(KEPT):
        manager.ready("serving")
    listening.clock.advance(5)
    listening.heard()
    listening.clock.advance(AGAIN)
    assert ["READY=1", "STATUS=serving"] == listening.heard()[0]


def test_a_manager_that_is_gone(listening, address):
    """Nothing fails; when it is back it hears what comes then."""
    manager = listening.manager(address, WATCHDOG_USEC="3000000")
    listening.socket.close()
    manager.ready("serving")
    listening.clock.advance(1)
    Path(address).unlink()
    listening.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    listening.socket.bind(address)
    manager.reloading()
    listening.clock.advance(1)
    assert [["RELOADING=1", "MONOTONIC_USEC=12345678"], ["WATCHDOG=1"]] == listening.heard()
