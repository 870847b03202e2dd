"""`countersign serve` as a process: how it begins and how it ends."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proxy.sealing import MasterKey

pytestmark = pytest.mark.scenario

PATIENCE = 30  # seconds for what takes one
CONFIG = """\
store: sqlite:///countersign.db
master_key: !file master.key
shutdown_grace: 0s
radius: {{listen: ["127.0.0.1:{radius}", "[::1]:0"]}}
web: {{url: "https://localhost:8443", listen: "127.0.0.1:0"}}
directories:
  corp:
    type: ldap
    servers: ["ldap://127.0.0.1:9"]
    allow_cleartext: true
    search_base: dc=example,dc=org
    user_filter: (uid={{username}})
policies:
  - {{name: staff, clients: [vpn], directory: corp, factors: [push, totp]}}
clients:
  vpn: {{networks: [127.0.0.1], secret: a-secret-of-more-than-twelve-octets}}
"""


@pytest.fixture
def serve(tmp_path):
    """Start the daemon on a configuration of its own; whatever still runs is killed."""
    started = []

    def start(radius_port: int = 0) -> subprocess.Popen:
        (tmp_path / "countersign.yaml").write_text(CONFIG.format(radius=radius_port))
        process = subprocess.Popen(
            [sys.executable, "-m", "proxy", "serve", "--config", tmp_path / "countersign.yaml"],
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def said_until(process: subprocess.Popen, line: str) -> list[str]:
    """Read stderr up to a line."""
    text, deadline = "", time.monotonic() + PATIENCE
    while line not in text.splitlines():
        assert select.select([process.stderr], [], [], max(0, deadline - time.monotonic()))[0]
        octets = os.read(process.stderr.fileno(), 65536).decode()
        assert octets, text
        text += octets
    return text.splitlines()


def test_ready_and_the_end(serve):
    """It makes its key, tells the ports it took, says ready, and ends with 0 at SIGTERM."""
    process = serve()
    said = said_until(process, "countersign: ready")
    words = [line.removeprefix("countersign: ") for line in said]
    assert words[0].startswith("made the master key")
    for start in ("radius 127.0.0.1:", "radius [::1]:", "https 127.0.0.1:"):
        (line,) = [word for word in words if word.startswith(start)]
        assert int(line.removeprefix(start)) > 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_a_hangup_before_it_is_ready(serve, tmp_path):
    """Is no end, and is obeyed when it is: the file may have changed since it was read."""
    process = serve()
    said = said_until(
        process, f"countersign: made the master key {tmp_path}/master.key; keep a copy of it"
    )
    assert "countersign: ready" not in said
    process.send_signal(signal.SIGHUP)
    text, deadline = "", time.monotonic() + PATIENCE
    while "the configuration was read again" not in text:
        assert select.select([process.stderr], [], [], max(0, deadline - time.monotonic()))[0]
        text += os.read(process.stderr.fileno(), 65536).decode()
    assert "countersign: ready" in text
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_a_second_start(serve, tmp_path):
    """It starts again on what it left behind; with another master key it ends with 2."""
    for _ in range(2):
        process = serve()
        said_until(process, "countersign: ready")
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    (tmp_path / "master.key").write_text(MasterKey.create())
    process = serve()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "another master key sealed this" in said
    assert "Traceback" not in said


def test_a_taken_port(serve, tmp_path):
    """A port that is taken ends it with 2, and says which."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        process = serve(port)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    told = f"cannot listen on 127.0.0.1 port {port}: Address already in use"
    assert f"{tmp_path}/countersign.yaml:4: radius.listen[0]: {told}" in said.splitlines()
    assert "Traceback" not in said
