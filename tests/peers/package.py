"""The Debian package: built by the ordinary tools from this clone, and a configuration for it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.peers.sandbox import PROJECT

PACKAGE = "countersign"
CONFIGURATION, STATE = Path("/etc/countersign"), Path("/var/lib/countersign")
SECRET = "a-shared-secret-of-the-package"
FOLDERS = ("proxy", "config", "docs", "systemd", "debian")
FILES = ("pyproject.toml", "requirements.lock", "README.md", "CHANGELOG.md", "LICENSE")

needs_packages = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages"),
    pytest.mark.skipif(
        shutil.which("dpkg-buildpackage") is None, reason="dpkg-buildpackage is not installed"
    ),
    pytest.mark.skipif(
        CONFIGURATION.exists() or STATE.exists(), reason="a countersign of this machine is in use"
    ),
]


def run(*words, expect=0, cwd="/", given=None):
    """Run a command; give what it printed."""
    ran = subprocess.run(
        words,
        cwd=cwd,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    )
    assert ran.returncode == expect, (words, ran.stdout[-4000:])
    return ran.stdout


def build(folder):
    """Build the package in a folder; give its file."""
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", ".debhelper", PACKAGE)
    for name in FOLDERS:
        shutil.copytree(PROJECT / name, source / name, symlinks=True, ignore=ignored)
    for name in FILES:
        shutil.copy(PROJECT / name, source)
    run("dpkg-buildpackage", "--build=binary", "-us", "-uc", "-d", cwd=source)
    (built,) = folder.glob("countersign_*.deb")
    return built


def configuration(radius=0, web=0, key=f"!file {STATE}/master.key"):
    """Give the text of a configuration, whose directory nobody asks."""
    return f"""\
store: sqlite:///{STATE}/countersign.db
master_key: {key}
radius: {{listen: ["127.0.0.1:{radius}"]}}
web: {{listen: "127.0.0.1:{web}", url: "https://127.0.0.1:8443"}}
directories:
  corp:
    type: ldap
    servers: ["ldaps://127.0.0.1:1"]
    search_base: dc=example,dc=org
    user_filter: (uid={{username}})
policies: [{{name: all, clients: [nas], directory: corp, factors: [totp]}}]
clients: {{nas: {{networks: [127.0.0.1/32], secret: {SECRET}}}}}
"""
