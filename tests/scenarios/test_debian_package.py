"""The Debian package: built, installed, used as an operator would, removed, purged."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from proxy import __version__
from tests.peers.package import (
    CONFIGURATION,
    PACKAGE,
    SECRET,
    STATE,
    configuration,
    needs_packages,
    run,
)
from tests.peers.sandbox import PROJECT

pytestmark = [pytest.mark.scenario, pytest.mark.apart, *needs_packages]


def test_its_version_is_the_programs():
    """The newest entry of debian/changelog."""
    first = (PROJECT / "debian/changelog").read_text().splitlines()[0]
    assert first.startswith(f"{PACKAGE} ({__version__}) ")


def test_its_manual_tells_every_command(package):
    """As the program's own help does; and what it depends on is named, libraries of C too."""
    told = subprocess.run(
        f"dpkg-deb --fsys-tarfile {package} | tar -xO ./usr/share/man/man1/countersign.1.gz | zcat",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for command in ("serve", "totp import", "device invite", "phone watch"):
        assert f".SS countersign {command} " in told
    assert "libc6" in run("dpkg-deb", "--field", package, "Depends")


@pytest.fixture(scope="module")
def installed(package):
    """The package on this machine; nothing of it stays."""
    run("dpkg", "--install", package)
    try:
        yield package
    finally:
        subprocess.run(["dpkg", "--purge", PACKAGE], capture_output=True, check=False)
        for left in (CONFIGURATION, STATE):
            shutil.rmtree(left, ignore_errors=True)
        subprocess.run(["deluser", "--quiet", PACKAGE], capture_output=True, check=False)


AS_THE_SERVICE = (
    *("setpriv", "--reuid=countersign", "--regid=countersign", "--init-groups"),
    "/usr/bin/countersign",
)


def serve_as_the_service():
    """Start the daemon as its unit does; give its process and port."""
    log = CONFIGURATION / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*AS_THE_SERVICE, "serve"],
            cwd="/",
            stdout=output,
            stderr=output,
        )
    ends_at = time.monotonic() + 30
    while "countersign: ready" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < ends_at, log.read_text()
        time.sleep(0.1)
    return process, int(re.search(r"radius 127\.0\.0\.1:(\d+)", log.read_text())[1])


def test_a_life_with_the_package(installed):
    """Configured, checked, served, removed with everything kept, purged."""
    assert "/lib/systemd/system/countersign.service" in run("dpkg", "--listfiles", PACKAGE)
    assert stat_of(CONFIGURATION) == ("root", "countersign", 0o750)
    assert stat_of(STATE) == ("countersign", "countersign", 0o700)

    (CONFIGURATION / "countersign.yaml").write_text(configuration())
    run("countersign", "key", "create")  # by root, before the service ever ran
    assert "ACCOUNT" in run("countersign", "account", "list")
    run(*AS_THE_SERVICE, "check")

    process, port = serve_as_the_service()
    try:
        asked = ("radclient", "-r", "1", "-t", "5", "-x", f"127.0.0.1:{port}", "status", SECRET)
        assert "Access-Accept" in run(*asked, given="Message-Authenticator=0x00\n")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0

    run("dpkg", "--remove", PACKAGE)
    assert not Path("/usr/lib/countersign").exists()
    assert (CONFIGURATION / "countersign.yaml").exists()
    assert (STATE / "countersign.db").exists()

    told = run("dpkg", "--purge", PACKAGE)
    assert "kept /var/lib/countersign" in told
    assert (STATE / "master.key").exists()


def stat_of(path):
    return path.owner(), path.group(), path.stat().st_mode & 0o777
