"""
What the documents tell an operator to type, typed: five minutes to a login, a backup and its restore.

The commands are read from the pages; only paths, names and ports are changed.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pyotp
import pytest

from tests.documents.pages import blocks
from tests.peers.daemon import free_port
from tests.peers.slapd import SERVICE_PASSWORD, needs_slapd

pytestmark = [pytest.mark.scenario, needs_slapd]

FIRST_NAS, OPERATIONS = Path("docs/first-nas.md"), Path("docs/operations.md")
PATIENCE = 30  # seconds for what takes one


class Operator:
    """Types what a page says, in a folder of its own."""

    def __init__(self, folder: Path, slapd):
        self.folder = folder
        self.web, self.radius = free_port(), free_port()
        self.changed = {
            "/etc/countersign/ca.pem": str(slapd.ca_file),
            "/etc/countersign": f"{folder}/etc",
            "/var/lib/countersign": f"{folder}/var",
            "/backup": f"{folder}/backup",
            "ldaps://dc1.example.org": slapd.tls_url,
            "https://mfa.example.org:8443": f"https://localhost:{self.web}",
            "127.0.0.1:1812": f"127.0.0.1:{self.radius}",
            "nano ": f"printf {SERVICE_PASSWORD} > ",
            " -o countersign -g countersign": "",  # there is no such user here
        }
        self.daemon = None
        self.told = ""
        program = folder / "bin" / "countersign"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m proxy "$@"\n')
        program.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PYTHONPATH": str(Path.cwd()),
            "PYTHONUNBUFFERED": "1",
            "COUNTERSIGN_CONFIG": f"{folder}/etc/countersign.yaml",
        }

    def here(self, text):
        """Give a page's text with the paths, names and ports of this machine."""
        for old, new in self.changed.items():
            text = text.replace(old, new)
        return text

    def commands(self, page, word):
        """Give the block of a page that has a word in it."""
        (found,) = [block.text for block in blocks(page, "sh") if word in block.text]
        return self.here(found)

    def start(self, text):
        return subprocess.Popen(
            ["bash", "-e", "-c", text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, text, given=""):
        """Run commands; give what they print. They must end with 0."""
        shell = self.start(text)
        try:
            printed, _ = shell.communicate(given, timeout=PATIENCE)
        finally:
            shell.kill()
        assert shell.returncode == 0, f"{text}\n{printed}"
        return printed

    def serve(self):
        """Run the daemon until it is ready."""
        log = (self.folder / "daemon.log").open("ab")
        self.daemon = subprocess.Popen(
            ["countersign", "serve"], env=self.environment, stdout=log, stderr=log
        )
        log.close()
        ends_at = time.monotonic() + PATIENCE
        while b"countersign: ready" not in self.log():
            assert self.daemon.poll() is None, self.log()
            assert time.monotonic() < ends_at, self.log()
            time.sleep(0.05)

    def log(self):
        return (self.folder / "daemon.log").read_bytes()

    def stop(self):
        """End the daemon; what it wrote so far is forgotten."""
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(PATIENCE)
            self.daemon = None
        (self.folder / "daemon.log").write_bytes(b"")

    def log_in(self):
        """Log alice in as the page says, the number on her phone; give what the NAS is told."""
        nas = self.start(self.commands(FIRST_NAS, "countersign login"))
        try:
            nas.stdin.write("alice-password\n")
            nas.stdin.flush()
            shown = ""
            while (found := re.search(r"number (\d+) on your phone", shown)) is None:
                line = nas.stdout.readline()
                assert line, shown
                shown += line
            self.type(f"countersign phone watch --once --answer approve --number {found[1]}")
            rest, _ = nas.communicate("\n", timeout=PATIENCE)
        finally:
            nas.kill()
        assert nas.returncode == 0, shown + rest
        return rest


@pytest.fixture(scope="module")
def operator(slapd, tmp_path_factory):
    """An operator who has come as far as step 6 of the five minutes."""
    operator = Operator(tmp_path_factory.mktemp("operator"), slapd)
    operator.type(operator.commands(FIRST_NAS, "umask"))
    (whole,) = [block.text for block in blocks(FIRST_NAS, "yaml") if "store:" in block.text]
    url = "url: https://mfa.example.org:8443"
    assert url in whole
    listening = whole.replace(url, f"{url}\n  listen: 127.0.0.1:{operator.web}")
    listening += f'radius: {{listen: ["127.0.0.1:{operator.radius}"]}}\n'
    config = Path(operator.environment["COUNTERSIGN_CONFIG"])
    config.write_text(operator.here(listening))
    config.chmod(0o600)
    operator.told = operator.type(operator.commands(FIRST_NAS, "check --connect"))
    try:
        operator.serve()
        yield operator
    finally:
        operator.stop()


@pytest.fixture(scope="module")
def seed(operator):
    """Alice's seed; she has a phone too."""
    app, invite, enroll, _ = operator.commands(FIRST_NAS, "device invite").splitlines()
    printed = operator.type(app)
    (link,) = re.findall(r"https://\S+/enroll#(\S+)", operator.type(invite))
    assert "enrolled alice" in operator.type(enroll.replace("#CODE", f"#{link}"))
    return re.search(r"secret=([A-Z2-7]+)", printed)[1]


def test_check_finds_nothing(operator):
    """The page's configuration, for a directory that is there, has nothing to find fault with."""
    faults = [line for line in operator.told.splitlines() if ": note: " not in line]
    assert len(faults) == 1, faults  # true of this directory: it locks frank after three
    assert "has a password policy for some people that locks an account after 3" in faults[0]


def test_a_login_by_phone(operator, seed):
    """The login of step 7 shows a number, and passes when it was typed on the phone."""
    assert seed
    assert "accept" in operator.log_in().splitlines()


def test_backup_and_restore(operator, seed):
    """A store that was copied while the daemon ran is put back: phone and app serve as before."""
    (operator.folder / "backup").mkdir()
    copied = operator.type(operator.commands(OPERATIONS, "integrity_check"))
    assert "ok" in copied.splitlines()
    operator.stop()
    store = operator.folder / "var" / "countersign.db"
    assert store.stat().st_size > 0
    store.write_bytes(b"")

    restore = operator.commands(OPERATIONS, "install -m 0600")
    stop, *between, start = restore.splitlines()
    assert (stop, start) == ("systemctl stop countersign", "systemctl start countersign")
    operator.type("\n".join(between))
    operator.serve()

    assert "accept" in operator.log_in().splitlines()
    login = operator.commands(FIRST_NAS, "countersign login").strip()
    code = f"{login} --code {pyotp.TOTP(seed).now()}"
    assert "accept" in operator.type(code, given="alice-password\n").splitlines()


def test_a_record_is_read(operator, seed):
    """The record of a login is where the page says, and holds no password."""
    assert seed
    operator.log_in()
    (login_id,) = set(re.findall(rb'"login_id":"([0-9a-f]{32})"', operator.log().splitlines()[-1]))
    read = operator.commands(OPERATIONS, "SELECT transcript")
    read = re.sub(r"'[0-9a-f]{32}'", f"'{login_id.decode()}'", read)
    transcript = operator.type(read)
    assert "FirstFactorPassed" in transcript or "AnswerGiven" in transcript
    assert "alice-password" not in transcript


def test_old_records_are_deleted(operator, seed):
    """Records go while the daemon runs, and logins go on."""
    assert seed
    delete = operator.commands(OPERATIONS, "DELETE FROM login_records")
    assert "-400 days" in delete
    operator.type(delete.replace("-400 days", "+1 day"))
    counted = operator.type(
        f"sqlite3 -readonly {operator.folder}/var/countersign.db "
        "'SELECT count(*) FROM login_records'"
    )
    assert counted.strip() == "0"
    assert "accept" in operator.log_in().splitlines()


def test_monitoring(operator):
    """Status-Server is answered as the page shows."""
    assert "Received Access-Accept" in operator.type(operator.commands(OPERATIONS, "radclient"))
