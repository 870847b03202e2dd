"""The service as systemd runs it: the package's unit, on a machine of its own."""

import re
import shutil
import time
from pathlib import Path

import pytest

from tests.peers.machine import SHARED, Machine, NoMachine
from tests.peers.package import CONFIGURATION, PACKAGE, SECRET, STATE, configuration, needs_packages

pytestmark = [pytest.mark.scenario, pytest.mark.apart, *needs_packages]
SERVICE = "countersign.service"
KEY = "/etc/credstore/countersign.master-key"
PATIENCE = 20  # seconds for what takes one
ASKED = f"echo Message-Authenticator=0x00 | radclient -r 1 -t 5 -x 127.0.0.1:1812 status {SECRET}"


@pytest.fixture(scope="module")
def machine(package, tmp_path_factory):
    """A machine with the package on it, configured."""
    folder = tmp_path_factory.mktemp("machine")
    shutil.copy(package, folder)
    try:
        with Machine(folder) as running:
            running.run("dpkg", "--install", SHARED / package.name)
            configure(running)
            yield running
    except NoMachine as missing:
        pytest.skip(str(missing))


def configure(machine, **changed):
    text = configuration(radius=1812, web=8443, **changed)
    machine.root(CONFIGURATION / "countersign.yaml").write_text(text)


def answers(machine):
    """Say whether a NAS gets an answer."""
    return "Access-Accept" in machine.run("sh", "-c", ASKED)


def comes_back(machine, restarts):
    """Wait until systemd has started it again."""
    ends_at = time.monotonic() + PATIENCE
    while (
        machine.property(SERVICE, "NRestarts") != str(restarts)
        or machine.property(SERVICE, "ActiveState") != "active"
    ):
        assert time.monotonic() < ends_at, machine.run("systemctl", "status", SERVICE, expect=3)
        time.sleep(0.1)


def test_it_waits_for_a_configuration(machine):
    """Installed and enabled, it is no failed unit before there is one."""
    file = machine.root(CONFIGURATION / "countersign.yaml")
    text = file.read_text()
    file.unlink()
    machine.run("systemctl", "start", SERVICE)
    assert machine.property(SERVICE, "ConditionResult") == "no"
    assert machine.property(SERVICE, "ActiveState") == "inactive"
    file.write_text(text)


def test_its_life(machine):
    """Started when it is ready, confined, reloaded, ended without a fault."""
    machine.run("systemctl", "start", SERVICE)
    assert "radius 127.0.0.1:1812" in machine.property(SERVICE, "StatusText")
    assert answers(machine)

    pid = machine.property(SERVICE, "MainPID")
    status = machine.run("cat", f"/proc/{pid}/status")
    fields = dict(re.findall(r"^(\w+):\t(.*)$", status, re.MULTILINE))
    assert fields["Uid"].split() == [machine.run("id", "-u", PACKAGE).strip()] * 4
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0

    machine.run("systemctl", "reload", SERVICE)
    ends_at = time.monotonic() + PATIENCE
    while "no key changed" not in (told := machine.property(SERVICE, "StatusText")):
        assert time.monotonic() < ends_at, told
        time.sleep(0.1)
    assert pid == machine.property(SERVICE, "MainPID")

    machine.run("systemctl", "stop", SERVICE)
    assert machine.property(SERVICE, "Result") == "success"
    assert machine.property(SERVICE, "ExecMainStatus") == "0"


def test_the_master_key_as_a_credential(machine):
    """It lies where only root reads; the service gets it, and root's commands are told where."""
    machine.run("systemctl", "stop", SERVICE)
    machine.run("find", STATE, "-mindepth", "1", "-delete")
    machine.run("install", "-d", "-m", "0700", Path(KEY).parent)
    machine.run("countersign", "key", "create", KEY)
    configure(machine, key="!credential countersign.master-key")
    machine.run("systemctl", "start", SERVICE)
    assert answers(machine)
    assert not machine.root(STATE / "master.key").exists()
    machine.run("env", "CREDENTIALS_DIRECTORY=/etc/credstore", "countersign", "key", "list")
    machine.run("runuser", "-u", PACKAGE, "--", "cat", KEY, expect=1)
    machine.run("systemctl", "stop", SERVICE)


def test_it_is_started_again(machine):
    """After `kill -9`, and when its event loop stands still for as long as the watchdog says."""
    change = "/etc/systemd/system/countersign.service.d/watchdog.conf"
    machine.root(change).parent.mkdir()
    machine.root(change).write_text("[Service]\nWatchdogSec=2s\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", SERVICE)
    machine.run("systemctl", "kill", "--signal=KILL", SERVICE)
    comes_back(machine, 1)
    machine.run("systemctl", "kill", "--signal=STOP", SERVICE)
    comes_back(machine, 2)
    assert answers(machine)
    machine.run("systemctl", "stop", SERVICE)


def test_a_configuration_that_is_refused(machine):
    """It does not start, and the journal says why."""
    machine.root(CONFIGURATION / "countersign.yaml").write_text("no_such_key: 1\n")
    machine.run("systemctl", "start", SERVICE, expect=1)
    machine.run("systemctl", "stop", SERVICE)
    machine.run("journalctl", "--sync")
    told = machine.run("journalctl", "--unit", SERVICE, "--no-pager")
    assert f"{CONFIGURATION}/countersign.yaml:1: no_such_key" in told
    assert "Traceback" not in told
