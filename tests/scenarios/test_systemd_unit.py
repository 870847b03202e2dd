"""The unit: how much it exposes, and that a daemon lives with all that it forbids."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.peers import sandbox
from tests.peers.daemon import Daemon, client
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT
from tests.peers.slapd import VPN_USERS
from tests.scenarios.conftest import HELD, PLAIN, Someone

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(
        shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
    ),
]

EXPOSURE = 1.5
NOT_RESTRICTIONS = {
    *("Type", "ExecStart", "ExecReload", "WatchdogSec", "Restart", "RestartSec", "TimeoutStopSec"),
}


def test_its_exposure_is_low():
    """What `systemd-analyze security` makes of it."""
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", sandbox.UNIT],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"exposure level for countersign.service: ([0-9.]+)", told)
    assert float(found[1]) <= EXPOSURE, told


def test_each_restriction_is_tried_or_named():
    """A new line of the unit is tried here too."""
    wanted = set(sandbox.directives()) - NOT_RESTRICTIONS
    assert wanted == set(sandbox.TRIED) | set(sandbox.UNTRIED)


def sandboxes_work():
    """Say whether this machine lets us make one."""
    if os.geteuid() != 0 or not Path(sandbox.SYSTEM_PYTHON).exists():
        return False
    words = [sandbox.SYSTEM_PYTHON, "-c", "import seccomp"]
    tried = subprocess.run(
        ["unshare", "--mount", "--ipc", "--uts", "unshare", "--user", *words],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


@pytest.fixture(scope="module")
def confined(slapd, tmp_path_factory):
    """A daemon in the sandbox; its folder is its StateDirectory."""
    if not sandboxes_work():
        pytest.skip("this machine lets nobody make namespaces")
    folder = tmp_path_factory.mktemp("confined")
    policies = [
        {"name": "held", "clients": ["held"], "directory": "corp", "factors": ["push"]},
        {"name": "plain", "clients": ["plain"], "directory": "corp", "factors": []},
    ]
    clients = {"held": client(HELD), "plain": client(PLAIN)}
    daemon = Daemon(folder, slapd.directory_settings(), clients, policies)
    shutil.copy(slapd.ca_file, folder / "ca.pem")
    daemon.configuration["directories"]["corp"]["ca_certificates"] = str(folder / "ca.pem")
    daemon._write()
    daemon.wrapped = lambda words: sandbox.command(folder, [], words)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, sandbox.USER, sandbox.USER)
    try:
        yield daemon.start()
        assert daemon.faults() == []
    finally:
        daemon.stop()


def test_it_is_confined(confined):
    """What the kernel says of the process."""
    status = Path(f"/proc/{confined.process.pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == [str(sandbox.USER)] * 4
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):  # and none can be got, by NoNewPrivs
        assert int(fields[name], 16) == 0, name


def test_people_log_in_at_a_confined_daemon(confined):
    """LDAP over TLS, the store, a phone over HTTPS, RADIUS: all of it within the restrictions."""
    someone = Someone(confined, "u000").enrol_phone()
    with someone.nas(PLAIN) as plain, someone.nas(HELD) as held:
        assert plain.ask(someone.packet()).code == ACCESS_ACCEPT
        assert plain.ask(someone.packet("wrong")).code == ACCESS_REJECT
        answering, answered = someone.answer_soon()
        reply = held.ask(someone.packet(caller=b"192.0.2.78"), timeout=10)
        answering.join()
    assert reply.code == ACCESS_ACCEPT
    assert answered == [204]


def test_a_confined_daemon_reads_its_configuration_again(confined):
    """SIGHUP, with a policy that is new."""
    confined.configuration["policies"][1]["groups"] = [VPN_USERS]
    confined.reload()
    stranger = Someone(confined, "u001")
    with stranger.nas(PLAIN) as nas:
        assert nas.ask(stranger.packet()).code == ACCESS_REJECT
