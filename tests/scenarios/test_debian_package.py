"""The Debian package: built, installed, used as an operator would, removed, purged."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from proxy import __version__
from tests.peers.nas import ACCESS_ACCEPT, STATUS_SERVER, Nas, request
from tests.peers.sandbox import PROJECT

CONFIGURATION, STATE = Path("/etc/countersign"), Path("/var/lib/countersign")
SECRET = b"a-shared-secret-of-the-package"
PACKAGE = "countersign"

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages"),
    pytest.mark.skipif(
        shutil.which("dpkg-buildpackage") is None, reason="dpkg-buildpackage is not installed"
    ),
    pytest.mark.skipif(
        CONFIGURATION.exists() or STATE.exists(), reason="a countersign of this machine is in use"
    ),
]


def run(*words, expect=0, cwd=None):
    """Run a command; give what it printed."""
    ran = subprocess.run(
        words,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    )
    assert ran.returncode == expect, (words, ran.stdout[-4000:])
    return ran.stdout


def test_its_version_is_the_programs():
    """The newest entry of debian/changelog."""
    first = (PROJECT / "debian/changelog").read_text().splitlines()[0]
    assert first.startswith(f"{PACKAGE} ({__version__}) ")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The built package."""
    source = tmp_path_factory.mktemp("package") / "source"
    wanted = ("proxy", "config", "docs", "systemd", "debian")
    for name in wanted:
        shutil.copytree(
            PROJECT / name,
            source / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__", ".debhelper", PACKAGE),
        )
    for name in ("pyproject.toml", "requirements.lock", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(PROJECT / name, source)
    run("dpkg-buildpackage", "--build=binary", "-us", "-uc", "-d", cwd=source)
    (built,) = source.parent.glob("countersign_*.deb")
    return built


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


def configure():
    (CONFIGURATION / "countersign.yaml").write_text(f"""\
store: sqlite:///{STATE}/countersign.db
master_key: !file {STATE}/master.key
radius: {{listen: ["127.0.0.1:0"]}}
web: {{listen: "127.0.0.1:0", url: "https://127.0.0.1:8443"}}
directories:
  corp:
    type: ldap
    servers: ["ldaps://127.0.0.1:1"]
    search_base: dc=example,dc=org
    user_filter: (uid={{username}})
policies: [{{name: all, clients: [nas], directory: corp, factors: [totp]}}]
clients: {{nas: {{networks: [127.0.0.1/32], secret: {SECRET.decode()}}}}}
""")


def serve_as_the_service():
    """Start the daemon as its unit does; give its process and port."""
    log = CONFIGURATION / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *("setpriv", "--reuid=countersign", "--regid=countersign", "--init-groups"),
                *("/usr/bin/countersign", "serve"),
            ],
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

    configure()
    run("countersign", "check", cwd="/")
    run("countersign", "key", "create", cwd="/")  # by root, before the service ever ran
    assert "ACCOUNT" in run("countersign", "account", "list", cwd="/")

    process, port = serve_as_the_service()
    try:
        with Nas(SECRET, ("127.0.0.1", port)) as nas:
            assert nas.ask(request(SECRET, [], code=STATUS_SERVER)).code == ACCESS_ACCEPT
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
