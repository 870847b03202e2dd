"""
A real OpenLDAP server in a folder of its own, on free ports, with TLS, memberOf and ppolicy.

People: alice (groups vpn-users, admins), bob (vpn-users) and carol, who share a mail address, and
jörg. `people.ldif` holds those whom the password policy refuses: dora (expired), erin (must
change), frank (three wrong passwords lock him out). The password is `NAME-password`, but jörg's.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.peers.authority import Authority

BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
SERVICE_ACCOUNT = f"cn=countersign,ou=services,{BASE}"
SERVICE_PASSWORD = "service-password"
VPN_USERS = f"cn=vpn-users,{GROUPS}"
ADMINS = f"cn=admins,{GROUPS}"

_ROOT = (f"cn=root,{BASE}", "root-password")
_MODULES = Path("/usr/lib/ldap")
_HERE = Path(__file__).parent
_STARTING = 10.0
"""Seconds in which slapd must be up."""


def _program(name):
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


needs_slapd = pytest.mark.skipif(
    None in (_program("slapd"), _program("slapadd"), _program("ldapadd"))
    or not all(
        (_MODULES / f"{module}.so").exists() for module in ("back_mdb", "memberof", "ppolicy")
    ),
    reason="slapd, its modules memberof and ppolicy, or ldap-utils are not installed",
)

_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.7165.2.1.25 NAME 'sambaNTPassword' EQUALITY caseIgnoreIA5Match
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{{32}} SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7165.2.1.26 NAME 'sambaAcctFlags' EQUALITY caseIgnoreIA5Match
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{{16}} SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.7165.2.2.6 NAME 'sambaSamAccount' SUP top AUXILIARY
  MAY ( sambaNTPassword $ sambaAcctFlags ) )
modulepath {modules}
moduleload back_mdb
moduleload memberof
moduleload ppolicy
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
threads 4
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
TLSVerifyClient never
database mdb
directory {folder}/db
maxsize 33554432
dbnosync
suffix "{base}"
rootdn "{root}"
rootpw {password}
index objectClass,uid,mail,member eq
access to attrs=userPassword {self_access}by anonymous auth by * none
access to attrs=sambaNTPassword by dn.exact="{service}" read by * none
access to * by dn.exact="{service}" read by * none
overlay memberof
memberof-group-oc groupOfNames
overlay ppolicy
ppolicy_default "cn=default,ou=policies,{base}"
ppolicy_use_lockout
"""


def _free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def person(name, *more) -> str:
    """Write a person, with *more* lines, for `Slapd.change`; the password is `NAME-password`."""
    lines = [f"dn: uid={name},{PEOPLE}", "changetype: add", "objectClass: inetOrgPerson"]
    lines += [f"cn: {name}", f"sn: {name}", f"userPassword: {name}-password", *more]
    return "\n".join(lines) + "\n"


class Slapd:
    """
    One server; a context manager.

    Args:
        folder: an empty folder, or one that is made.
        hosts: what its certificate is for.
        told: what it logs (slapd's levels); `stats`: every operation.
        self_service: people may change their passwords.
    """

    def __init__(
        self,
        folder: Path,
        hosts=("127.0.0.1", "localhost"),
        *,
        self_service=False,
        told="0",
    ) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "db").mkdir()
        self.port, self.tls_port = _free_ports(2)
        authority = Authority(folder)
        self.ca_file: Path = authority.file
        certificate, key = authority.issue(*hosts)
        self._configuration = folder / "slapd.conf"
        self._configuration.write_text(
            _CONFIGURATION.format(
                modules=_MODULES,
                folder=folder,
                certificate=certificate,
                key=key,
                base=BASE,
                root=_ROOT[0],
                password=_ROOT[1],
                service=SERVICE_ACCOUNT,
                self_access="by self write " if self_service else "",
            )
        )
        self.log: Path = folder / "slapd.log"
        self._told = told
        self._process: subprocess.Popen[bytes] | None = None
        self._run("slapadd", "-q", "-f", self._configuration, "-l", _HERE / "people.ldif")
        self.start()
        self._run(*self._as_root("ldapadd"), "-f", _HERE / "groups.ldif")

    def __enter__(self) -> "Slapd":  # noqa: PYI034 - a peer is not subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    # --- how it is reached ---

    @property
    def url(self) -> str:
        """Its ldap:// address."""
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """Its ldaps:// address."""
        return f"ldaps://127.0.0.1:{self.tls_port}"

    def directory_settings(self, **changed: object) -> dict[str, object]:
        """Give one entry of `directories:`, over ldaps; *changed* keys replace or join its own."""
        return {
            "type": "ldap",
            "servers": [self.tls_url],
            "ca_certificates": str(self.ca_file),
            "bind_dn": SERVICE_ACCOUNT,
            "bind_password": SERVICE_PASSWORD,
            "search_base": PEOPLE,
            "user_filter": "(uid={username})",
            "user_name": "uid",
            "groups": {"attribute": "memberOf"},
            "timeout": "5s",
        } | changed

    # --- life and death ---

    def start(self) -> None:
        """Start it, on the same ports and data; give control back when it answers."""
        assert self._process is None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    _program("slapd"),
                    *("-d", self._told, "-f", str(self._configuration)),
                    *("-h", f"{self.url} {self.tls_url}"),
                ],
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + _STARTING
        for port in (self.port, self.tls_port):
            while not _listens(port):
                if self._process.poll() is not None or time.monotonic() > until:
                    self.kill()
                    raise RuntimeError(f"slapd did not start: {self.log.read_text()}")
                time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, paused or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Make it silent: the system still accepts connections, nobody answers."""
        process = self._signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    # --- what the root of the directory can ask and change ---

    def failed_binds(self, uid: str) -> int:
        """Say how many failed binds the password policy counts for a person."""
        told = self._run(
            *self._as_root("ldapsearch"),
            *("-LLL", "-o", "ldif-wrap=no", "-b", f"uid={uid},{PEOPLE}", "-s", "base"),
            "pwdFailureTime",
        )
        return told.count("pwdFailureTime:")

    def binds_sent(self, uid: str) -> int:
        """Say how many binds as a person it was sent, by its log with `told="stats"`."""
        return self.log.read_text().count(f'BIND dn="uid={uid},{PEOPLE}" method=128')

    def binds(self, uid: str, password: str) -> bool:
        """Say whether somebody's own bind succeeds, as another program's would."""
        ran = subprocess.run(
            [
                _program("ldapwhoami"),
                *("-x", "-H", self.url, "-D", f"uid={uid},{PEOPLE}", "-w", password),
            ],
            capture_output=True,
            check=False,
            timeout=30,
        )
        return ran.returncode == 0

    def change(self, ldif: str) -> None:
        """Apply changes as `ldapmodify` takes them."""
        self._run(*self._as_root("ldapmodify"), given=ldif)

    # --- inside ---

    def _as_root(self, program):
        return (program, "-x", "-H", self.url, "-D", _ROOT[0], "-w", _ROOT[1])

    def _run(self, program, *arguments, given=""):
        ran = subprocess.run(
            [_program(program), *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        if ran.returncode != 0:
            self.kill()
            raise RuntimeError(f"{program} failed: {ran.stderr}")
        return ran.stdout

    def _signal(self, number):
        assert self._process is not None
        self._process.send_signal(number)
        return self._process


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
