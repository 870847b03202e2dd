"""
The container image: built by buildah on a base that is made here, and run without a container.

No registry is asked: the base is the release of this machine, from its own package sources. The
wheels are fetched before, by this machine's pip as it is configured, so that the build asks nobody.
It wants root; buildah's storage is a folder of its own, and goes with it.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.peers.sandbox import PROJECT, SYSTEM_PYTHON

HERE = Path(__file__).parent
INCLUDED = "python3,python3-venv,ca-certificates,passwd"
SOURCES = ("sources.list", "sources.list.d/*.list", "sources.list.d/*.sources")
PIP = "[global]\nno-index = true\nfind-links = /wheels\n"
BASE, TAG = "localhost/countersign-base", "localhost/countersign"
READY = 30.0
"""Seconds in which it must be ready, on a slow machine."""


def missing():
    """Say what this machine lacks for it; None: nothing."""
    if os.geteuid() != 0:
        return "only root mounts images"
    for program in ("buildah", "mmdebstrap", "radclient"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    namespaces = ("unshare", "--mount", "--pid", "--fork", "--net", "--uts", "--ipc")
    tried = subprocess.run(
        [*namespaces, "mount", "--make-rprivate", "/"], capture_output=True, check=False
    )
    return "this machine lets nobody make namespaces" if tried.returncode else None


def run(*words, **more):
    """Run a command; give what it printed on stdout."""
    ran = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=900, cwd="/", **more
    )
    assert ran.returncode == 0, (words, ran.stdout[-2000:], ran.stderr[-4000:])
    return ran.stdout


class Image:
    """The image, while the block lasts."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._container = None

    def __enter__(self):
        try:
            self._base()
            self._wheels()
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _base(self):
        apt, release = (
            Path("/etc/apt"),
            run("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"),
        )
        sources = [file for pattern in SOURCES for file in sorted(apt.glob(pattern))]
        container = self._buildah("from", "scratch").strip()
        root = self._buildah("mount", container).strip()
        wanted = ("--quiet", "--variant=essential", f"--include={INCLUDED}", "--format=directory")
        try:
            run("mmdebstrap", *wanted, release.strip(), root, *sources)
        finally:
            self._buildah("umount", container)
        self._buildah("commit", "--quiet", "--rm", container, BASE)

    def _wheels(self):
        lock, place = PROJECT / "requirements.lock", self.folder / "fetch"
        run(SYSTEM_PYTHON, "-m", "venv", place)
        wanted = ("--no-deps", "--require-hashes", "--requirement", lock)
        to = ("--dest", self.folder / "wheels")
        run(place / "bin/pip", "download", "--quiet", *wanted, *to)
        (self.folder / "pip.conf").write_text(PIP)

    def _build(self):
        self._buildah(
            *("bud", "--isolation=chroot", "--format=docker", f"--build-arg=BASE={BASE}"),
            f"--volume={self.folder}/wheels:/wheels:ro",
            f"--volume={self.folder}/pip.conf:/etc/pip.conf:ro",
            *(f"--tag={TAG}", PROJECT),
        )
        told = json.loads(self._buildah("inspect", "--type=image", TAG))
        self.settings = told["Docker"]["config"]  # as Docker words it: User, Env, Entrypoint, ...
        self._container = self._buildah("from", TAG).strip()
        self.root = Path(self._buildah("mount", self._container).strip())
        (self.root / "etc/countersign").mkdir()  # as container engines do for what is mounted

    def _buildah(self, *words):
        storage = ("--root", self.folder / "storage", "--runroot", self.folder / "run")
        return run("buildah", *storage, f"--storage-driver={self._driver()}", *words)

    def _driver(self):
        # An overlay can have no overlay above it; then there are copies, which take longer.
        kind = run("stat", "--file-system", "--format=%T", self.folder).strip()
        return "vfs" if kind == "overlayfs" else "overlay"

    def __exit__(self, *_):
        if self._container is not None:
            self._buildah("umount", self._container)
        shutil.rmtree(self.folder, ignore_errors=True)


class Container:
    """An image that runs, while the block lasts."""

    def __init__(self, image: Image, configuration: Path):
        self.image = image
        self._log = image.folder / "log"
        self._configuration = configuration

    def __enter__(self):
        settings, pid = self.image.settings, self.image.folder / "pid"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *("bash", HERE / "image.sh", self.image.root, self._configuration, pid),
                    *(settings["User"], *self._environment()),
                    *(*settings["Entrypoint"], *settings["Cmd"]),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        ends_at = time.monotonic() + READY
        try:
            while "countersign: ready" not in self.text():
                assert self._process.poll() is None, self.text()
                assert time.monotonic() < ends_at, self.text()
                time.sleep(0.05)
        except BaseException:
            self.__exit__()
            raise
        self.pid = int(pid.read_text())
        return self

    def _environment(self):
        return ("/usr/bin/env", "-i", *self.image.settings["Env"])

    def text(self):
        """Give what it wrote so far."""
        return self._log.read_text()

    def radclient(self, secret):
        """Ask it for its status, as a NAS beside it; give what came back."""
        asked = ("radclient", "-r", "1", "-t", "5", "-x", "127.0.0.1:1812", "status", secret)
        network = ("nsenter", f"--target={self.pid}", "--net")
        return run(*network, *asked, input="Message-Authenticator=0x00\n")

    def execute(self, *words):
        """Run a command inside, as its user; give its exit status."""
        user, group = self.image.settings["User"].split(":")
        inside = ("--mount", "--net", "--pid", "--uts", "--ipc", "--root", "--wdns=/")
        who = (f"--setuid={user}", f"--setgid={group}")
        return subprocess.run(
            ["nsenter", f"--target={self.pid}", *inside, *who, *self._environment(), *words],
            capture_output=True,
            check=False,
            timeout=30,
        ).returncode

    def healthy(self):
        """Say what its own health check says."""
        kind, *words = self.image.settings["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.execute(*words) == 0

    def signal(self, number):
        """Send its first process a signal, as a container engine does."""
        os.kill(self.pid, number)

    def stop(self):
        """End it as `docker stop` does; give the exit status."""
        self.signal(signal.SIGTERM)
        return self._process.wait(20)

    def __exit__(self, *_):
        self._process.kill()  # the first process, and so all of them, end with it
        self._process.wait(10)
