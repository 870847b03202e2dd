"""A PAM service that asks a RADIUS server through pam_radius_auth, logged in to by pamtester."""

import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.peers.namespace import Namespace

_SERVICES = Path("/etc/pam.d")
_MODULE = "pam_radius_auth.so"
_PATIENCE = 30.0

needs_pam = pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which("pamtester") is None
    or not any(Path("/usr/lib").glob(f"*/security/{_MODULE}")),
    reason="wants root, pamtester and pam_radius_auth",
)


class PamService:
    """
    One service of its own name; a context manager.

    Args:
        folder: where its file with the secret goes.
        source: the address that its packets come from.
        timeout: whole seconds that it waits for an answer, in one try.
        retries: how often it sends the packet again.
        inside: the network, with services of its own, in which people log in; None: this machine's.
    """

    def __init__(
        self,
        folder: Path,
        server: tuple[str, int],
        secret: str,
        source: str,
        *,
        timeout: int = 20,
        retries: int = 0,
        inside: Namespace | None = None,
    ):
        self._name = f"countersign-test-{os.getpid()}"
        self._inside, self._retries = inside, retries
        self._file = _SERVICES / self._name
        if inside is not None:
            self._file = inside.root(str(self._file))
        self._servers = folder / "pam_radius"
        self._servers.write_text(f"{server[0]}:{server[1]} {secret} {timeout} {source}\n")
        self._servers.chmod(0o600)

    def __enter__(self) -> "PamService":  # noqa: PYI034 - a peer is not subclassed
        self._file.write_text(
            f"auth required {_MODULE} conf={self._servers} prompt_attribute"
            f" retry={self._retries}\n"
            "account required pam_permit.so\n"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._file.unlink()

    def begin(self, user: str, *typed: str) -> subprocess.Popen[bytes]:
        """Begin a login, with what is typed first, a line each."""
        command = ["pamtester", self._name, user, "authenticate"]
        process = subprocess.Popen(
            command if self._inside is None else self._inside.command(*command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )
        process.stdin.write(_lines(typed))
        return process

    def read_until(self, process: "subprocess.Popen[bytes]", words: str) -> str:
        """Read what the person sees until *words* come."""
        shown, until = b"", time.monotonic() + _PATIENCE
        while words.encode() not in shown and time.monotonic() < until:
            if select.select([process.stdout], [], [], 0.5)[0]:
                octets = os.read(process.stdout.fileno(), 4096)
                shown += octets
                if not octets:
                    break
        if words.encode() not in shown:
            process.kill()
            raise AssertionError(f"found no {words!r} in {shown!r}")
        return shown.decode()

    def end(self, process: "subprocess.Popen[bytes]", *typed: str) -> tuple[int, str]:
        """Type the rest and wait for the end of a login."""
        try:
            told, _ = process.communicate(_lines(typed), timeout=_PATIENCE)
        finally:
            process.kill()
        return process.returncode, told.decode()

    def log_in(self, user: str, *typed: str) -> tuple[int, str]:
        """Log in; give pamtester's exit status and what the person saw."""
        return self.end(self.begin(user, *typed))


def _lines(typed):
    return "".join(f"{line}\n" for line in typed).encode()
