"""
A real Samba AD domain controller: the domain corp.test, its LDAP service alone.

It listens on a loopback address of its own, because its ports (389, 636) are fixed. People: alice
(in Staff, which is in VPN Users), bob, and one for each way of being refused; `many` is in 1,100
groups. Passwords are `NAME-Passw0rd`.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import ldap3
import pytest

from tests.peers.authority import Authority

BASE = "DC=corp,DC=test"
USERS = f"CN=Users,{BASE}"
VPN_USERS = f"CN=VPN Users,{USERS}"
STAFF = f"CN=Staff,{USERS}"
DOMAIN_USERS = f"CN=Domain Users,{USERS}"
EVERYBODY = f"CN=Everybody,{USERS}"
"""Domain Users is in it."""
SERVICE_ACCOUNT = f"CN=countersign,{USERS}"
MANY = 1100

_ADMINISTRATOR = (f"CN=Administrator,{USERS}", "Adm1nistrator-Passw0rd")
_PYTHON = Path("/usr/bin/python3")
_PORTS = (389, 636, 3268, 3269)
_STARTING = 30.0
_PROVISION = """
import runpy, sys
import samba.provision
samba.provision.setsysvolacl = lambda *_: None
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Without access lists on the shared folder, which a container may not set; nothing shares it."""
_DOMAIN = {
    "changes": {BASE: {"lockoutThreshold": "3", "lockoutDuration": "-18000000000"}},
    "users": {
        **{
            name: (f"{name}-Passw0rd", {})
            for name in ("countersign", "alice", "bob", "lou", "many", "rena", "recreated", "moved")
        },
        "dis": ("dis-Passw0rd", {"userAccountControl": "514"}),
        "ended": ("ended-Passw0rd", {"accountExpires": "116444736000000001"}),
        "must": ("must-Passw0rd", {"pwdLastSet": "0"}),
        **{
            name: (f"{name}-Passw0rd", {"pwdLastSet": "126227772000000000"})
            for name in ("old", "due", "picky", "stubborn", "stranger", "patient", "shut")
        },
        "fresh": ("fresh-Passw0rd", {"pwdLastSet": "0"}),
    },
    "groups": {
        "Staff": ["alice", "dis", "ended", "must", "old", "lou", "rena", "recreated", "moved"],
        "VPN Users": ["Staff"],
        "Everybody": ["Domain Users"],
        **{f"many {number}": ["many"] for number in range(MANY)},
    },
}


def _program(name):
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _why_not():
    """Say why it cannot run here; empty: it can."""
    if None in (_program("samba"), _program("samba-tool")) or not _PYTHON.exists():
        return "samba, samba-ad-dc, samba-ad-provision or samba-dsdb-modules are not installed"
    if os.geteuid() != 0:
        return "a domain controller's ports 389 and 636 need root"
    for port in _PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_address(), port))
            except OSError as error:
                return f"port {port} of a loopback address cannot be had: {error.strerror}"
    return ""


def _address():
    """Give a loopback address that no other run of these tests has at the same time."""
    return f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"


needs_samba = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "it can run")


class Samba:
    """One domain controller; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = _address()
        authority = Authority(folder)
        self.ca_file = authority.file
        certificate, key = authority.issue(self.address, "dc1.corp.test")
        key.chmod(0o600)
        self._configuration = folder / "domain" / "etc" / "smb.conf"
        self._log = folder / "samba.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._provision()
        self._configure(certificate, key)
        self._run(
            *(_PYTHON, "-I"),  # this file's own folder has a samba.py
            Path(__file__).with_name("samba_fill.py"),
            self._configuration,
            given=json.dumps(_DOMAIN),
        )
        self.start()

    def __enter__(self) -> "Samba":  # noqa: PYI034 - a peer is not subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """Its ldaps:// address."""
        return f"ldaps://{self.address}"

    def directory_settings(self, **changed: object) -> dict[str, object]:
        """Give one entry of `directories:`; *changed* keys replace or join its own."""
        return {
            "type": "ldap",
            "servers": [self.url],
            "ca_certificates": str(self.ca_file),
            "bind_dn": SERVICE_ACCOUNT,
            "bind_password": "countersign-Passw0rd",
            "search_base": BASE,
            "user_filter": "(|(sAMAccountName={username})(userPrincipalName={username}))",
            "user_name": "sAMAccountName",
            "groups": {"nested": "active-directory"},
        } | changed

    @contextlib.contextmanager
    def administrator(self) -> Iterator[ldap3.Connection]:
        """Give a connection that may change everything, for as long as it is needed."""
        tls = ldap3.Tls(validate=ssl.CERT_NONE)
        server = ldap3.Server(self.url, tls=tls, get_info=ldap3.NONE)
        opened = ldap3.Connection(server, *_ADMINISTRATOR, auto_bind=True, raise_exceptions=True)
        try:
            yield opened
        finally:
            opened.unbind()

    def binds(self, name: str, password: str) -> bool:
        """Say whether somebody's own bind succeeds, as another program's would."""
        server = ldap3.Server(self.url, tls=ldap3.Tls(validate=ssl.CERT_NONE), get_info=ldap3.NONE)
        asking = ldap3.Connection(server, f"CN={name},{USERS}", password)
        try:
            return bool(asking.bind())
        finally:
            asking.unbind()

    def add_user(self, name: str, password: str) -> None:
        """Add somebody, under the name of an entry that is gone or is new."""
        with self.administrator() as connection:
            attributes = {
                "sAMAccountName": name,
                "unicodePwd": f'"{password}"'.encode("utf-16-le"),
                "userAccountControl": "512",
            }
            connection.add(f"CN={name},{USERS}", ["user"], attributes)

    def start(self) -> None:
        """Start it; give control back when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [_program("samba"), "-F", "--debug-stdout", "-d1", "-s", self._configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + _STARTING
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"samba did not start: {self._log.read_text()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it, with the processes that it made: they are a group of their own."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    # --- inside ---

    def _provision(self):
        self._run(
            *(_PYTHON, "-I", "-c", _PROVISION, _program("samba-tool")),
            *(
                "domain",
                "provision",
                "--realm=CORP.TEST",
                "--domain=CORP",
                "--server-role=dc",
                "--dns-backend=NONE",
                "--host-name=dc1",
            ),
            f"--adminpass={_ADMINISTRATOR[1]}",
            f"--host-ip={self.address}",
            f"--targetdir={self._folder / 'domain'}",
            f"--option=interfaces={self.address}/8",
            "--option=bind interfaces only=yes",
        )

    def _configure(self, certificate, key):
        """Leave the LDAP service alone, with our certificate, and everything in our folder."""
        kept = [
            line
            for line in self._configuration.read_text().splitlines()
            if line.partition("=")[0].strip() not in ("server services", "log file", "logging")
        ]
        at = kept.index("[global]") + 1
        kept[at:at] = [
            "server services = ldap",
            f"tls certfile = {certificate}",
            f"tls keyfile = {key}",
            f"tls cafile = {self.ca_file}",
            f"log file = {self._folder}/log.%m",
            f"pid directory = {self._folder}/pid",
            f"ncalrpc dir = {self._folder}/ncalrpc",
        ]
        (self._folder / "pid").mkdir()
        self._configuration.write_text("\n".join(kept) + "\n")

    def _listens(self):
        try:
            socket.create_connection((self.address, 636), timeout=1).close()
        except OSError:
            return False
        return True

    @staticmethod
    def _run(*command, given=""):
        ran = subprocess.run(
            [str(part) for part in command],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        if ran.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {ran.stdout}{ran.stderr}")
