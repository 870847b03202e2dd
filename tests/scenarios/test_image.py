"""The container image: linted, built in two stages, run read-only as its user, stopped."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.peers import image as images
from tests.peers.sandbox import PROJECT

SECRET = "a-shared-secret-of-the-image"
CONFIGURATION = f"""\
store: sqlite:////var/lib/countersign/countersign.db
master_key: !file /var/lib/countersign/master.key
web: {{url: "https://127.0.0.1:8443"}}
directories:
  corp:
    type: ldap
    servers: ["ldaps://127.0.0.1:1"]
    search_base: dc=example,dc=org
    user_filter: (uid={{username}})
policies: [{{name: all, clients: [nas], directory: corp, factors: [totp]}}]
clients: {{nas: {{networks: [127.0.0.1/32], secret: {SECRET}}}}}
"""
BUILDERS = {"as", "c++", "cc", "clang", "cpp", "g++", "gcc", "ld", "make", "rustc", "tcc"}

pytestmark = [pytest.mark.scenario, pytest.mark.apart]


def test_the_linter_finds_nothing(tmp_path):
    """In the Dockerfile; hadolint in a place of its own, by its hash."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    lock = PROJECT / ".ci/hadolint.lock"
    wanted = ("--only-binary=:all:", "--no-deps", "--require-hashes", "--requirement", lock)
    installed = subprocess.run(
        [tmp_path / "bin/pip", "install", "--quiet", *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stderr
    linted = subprocess.run(
        [tmp_path / "bin/hadolint", PROJECT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (linted.returncode, linted.stdout) == (0, "")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The image, built once."""
    lacking = images.missing()
    if lacking is not None:
        pytest.skip(lacking)
    with images.Image(tmp_path_factory.mktemp("image")) as built:
        yield built


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    """The folder that is mounted at /etc/countersign."""
    folder = tmp_path_factory.mktemp("configuration")
    (folder / "countersign.yaml").write_text(CONFIGURATION)
    folder.chmod(0o755)
    return folder


def test_what_it_holds(image):
    """Nothing that builds or installs; a program that belongs to root; a user that is not root."""
    names = {path.name for place in image.root.glob("**/bin") for path in place.iterdir()}
    assert "countersign" in names
    assert set() == {name for name in names if re.sub(r"^.*-gnu-|-[0-9.]+$", "", name) in BUILDERS}

    program = image.root / "opt/countersign"
    assert not list(program.glob("bin/pip*"))
    assert not list(program.glob("lib/python3*/site-packages/pip"))
    told = [path.lstat() for path in program.rglob("*") if not path.is_symlink()]
    assert {(one.st_uid, one.st_gid) for one in told} == {(0, 0)}
    assert not any(one.st_mode & 0o6022 for one in told)  # nobody else writes; no setuid

    user, group = map(int, image.settings["User"].split(":"))
    state = (image.root / "var/lib/countersign").stat()
    assert 0 not in {user, group}
    assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (user, group, 0o700)
    assert set(image.settings["Volumes"]) == {"/var/lib/countersign"}
    assert set(image.settings["ExposedPorts"]) == {"1812/udp", "8443/tcp"}


def test_its_life(image, configuration):
    """It serves at its ports, is well only while its loop turns, and ends in order when told to."""
    with images.Container(image, configuration) as running:
        assert "Access-Accept" in running.radclient(SECRET)
        assert running.healthy()
        running.signal(signal.SIGSTOP)
        assert not running.healthy()
        running.signal(signal.SIGCONT)
        assert running.healthy()
        assert running.stop() == 0


def test_it_is_confined(image, configuration):
    """No capability, and nothing to write to but its volume and /tmp."""
    with images.Container(image, configuration) as running:
        status = Path(f"/proc/{running.pid}/status").read_text()
        fields = dict(re.findall(r"^(\w+):\t(.*)$", status, re.MULTILINE))
        assert fields["Uid"].split() == image.settings["User"].split(":")[:1] * 4
        assert fields["NoNewPrivs"] == "1"
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(fields[name], 16) == 0, name

        assert running.execute("touch", "/var/lib/countersign/new", "/tmp/new") == 0
        for place in ("/", "/etc/countersign", "/opt/countersign", "/dev", "/var/tmp", "/run"):
            assert running.execute("touch", f"{place}/new") != 0, place


def test_it_goes_on_with_its_volume(image, configuration):
    """After its end by force nothing of it runs; a new container has the old key and store."""
    with images.Container(image, configuration) as running:
        pid = running.pid
    ends_at = time.monotonic() + 10
    while lives(pid):
        assert time.monotonic() < ends_at, "the daemon outlived its container"
        time.sleep(0.05)
    with images.Container(image, configuration) as running:
        assert "made the master key" not in running.text()
        assert "Access-Accept" in running.radclient(SECRET)
        assert running.execute("countersign", "account", "list") == 0
        assert running.stop() == 0


def lives(pid):
    """Say whether a process is there, and is more than an entry that nobody has read yet."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(")")[2].split()[0] != "Z"
