"""
A real 389 Directory Server: one suffix laid out as its own tools do, one as FreeIPA does.

Both have the plugins MemberOf and Account Policy, and a password policy that locks after three
wrong passwords. People, in both: alice (in staff, which is in vpn), bob, and one for each way of
being refused; `many` is in 1,000 groups. Passwords are `NAME-password`.

FreeIPA itself is not in Debian; what is here of it is where it keeps people and groups, which
attributes they have (`ipaUniqueID`), and how its suffix says what it is.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import ldap3
import pytest

from tests.peers.daemon import free_port

PLAIN = "dc=example,dc=org"
IPA = "dc=ipa,dc=test"
MANY = 1000

_ROOT = ("cn=Directory Manager", "directory-manager-password")
_PYTHON = Path("/usr/bin/python3")
_PLUGINS = "cn=plugins,cn=config"
_ACCOUNT_POLICY = f"cn=Account Policy Plugin,{_PLUGINS}"
_STARTING = 30.0
_PEOPLE = ("alice", "bob", "dis", "old", "must", "lou", "idle", "many", "rena", "recreated")

_CREATE = """
import runpy, sys
from lib389 import paths
paths.Paths.with_systemd = property(lambda self: False)
sys.argv = ["dscreate", "from-file", sys.argv[1]]
runpy.run_path("/usr/sbin/dscreate", run_name="__main__")
"""
"""dscreate asks systemd to start the server, unless it is told that there is none."""

_INSTANCE = """
[general]
config_version = 2
full_machine_name = localhost
start = False
selinux = False
systemd = False
strict_host_checking = False
[slapd]
instance_name = {name}
port = {port}
secure_port = {tls_port}
root_dn = {root}
root_password = {password}
self_sign_cert = True
db_home_dir = /var/lib/dirsrv/slapd-{{instance_name}}/db
[backend-plain]
suffix = {plain}
create_suffix_entry = True
[backend-ipa]
suffix = {ipa}
create_suffix_entry = True
"""

_IPA_SCHEMA = {
    "attributeTypes": "( 2.16.840.1.113730.3.8.3.1 NAME 'ipaUniqueID' "
    "EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    "objectClasses": "( 2.16.840.1.113730.3.8.4.3 NAME 'ipaObject' SUP top AUXILIARY "
    "MUST ipaUniqueID )",
}


def _why_not():
    """Say why it cannot run here; empty: it can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if shutil.which("ns-slapd", path=path) is None or shutil.which("dscreate", path=path) is None:
        return "389-ds-base is not installed"
    if os.geteuid() != 0:
        return "dscreate needs root"
    return ""


needs_ds389 = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "it can run")


class Layout:
    """Where one of the suffixes keeps people and groups."""

    def __init__(self, suffix: str, people: str, groups: str, *, ipa: bool) -> None:
        self.suffix, self.ipa = suffix, ipa
        self.people, self.groups = f"{people},{suffix}", f"{groups},{suffix}"
        self.vpn = f"cn=vpn,{self.groups}"
        self.service_account = (
            f"uid=countersign,{'cn=sysaccounts,cn=etc' if ipa else 'ou=services'},{suffix}"
        )

    def person(self, name: str) -> str:
        """Give a person's DN."""
        return f"uid={name},{self.people}"


PLAIN_LAYOUT = Layout(PLAIN, "ou=people", "ou=groups", ipa=False)
IPA_LAYOUT = Layout(IPA, "cn=users,cn=accounts", "cn=groups,cn=accounts", ipa=True)


class Ds389:
    """One server with its files under /etc/dirsrv and so on; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._name = f"countersign{os.getpid()}"
        self.port, self.tls_port = free_port(), free_port()
        self._log = folder / "ns-slapd.log"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._create(folder / "instance.inf")
            self.ca_file = folder / "ca.crt"
            shutil.copy(f"/etc/dirsrv/slapd-{self._name}/ca.crt", self.ca_file)
            self.start()
            self._fill()
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> "Ds389":  # noqa: PYI034 - a peer is not subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @property
    def url(self) -> str:
        """Its ldaps:// address, by the name in its certificate."""
        return f"ldaps://localhost:{self.tls_port}"

    def directory_settings(self, layout: Layout, **changed: object) -> dict[str, object]:
        """Give one entry of `directories:`; *changed* keys replace or join its own."""
        return {
            "type": "ldap",
            "servers": [self.url],
            "ca_certificates": str(self.ca_file),
            "bind_dn": layout.service_account,
            "bind_password": "countersign-password",
            "search_base": layout.people,
            "user_filter": "(uid={username})",
            "groups": {"attribute": "memberOf"},
        } | changed

    @contextlib.contextmanager
    def administrator(self) -> Iterator[ldap3.Connection]:
        """Give a connection that may change everything, for as long as it is needed."""
        server = ldap3.Server("127.0.0.1", self.port, get_info=ldap3.NONE)
        opened = ldap3.Connection(server, *_ROOT, auto_bind=True, raise_exceptions=True)
        try:
            yield opened
        finally:
            opened.unbind()

    def add_person(self, connection: ldap3.Connection, layout: Layout, name: str) -> None:
        """Add somebody with the password `NAME-password`."""
        attributes = {"uid": name, "cn": name, "sn": name, "userPassword": f"{name}-password"}
        classes = ["inetOrgPerson", "inetUser"]
        if layout.ipa:
            classes.append("ipaObject")
            attributes["ipaUniqueID"] = os.urandom(16).hex()  # FreeIPA's own plugin makes a UUID
        connection.add(layout.person(name), classes, attributes)

    def start(self) -> None:
        """Start it; give control back when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("/usr/sbin/ns-slapd", "-D", f"/etc/dirsrv/slapd-{self._name}"),
                    *("-i", f"/run/dirsrv/slapd-{self._name}.pid", "-d", "0"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + _STARTING
        while not _listens(self.tls_port):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"ns-slapd did not start: {self._log.read_text()}")
            time.sleep(0.05)

    def remove(self) -> None:
        """End it and delete its files, which are where its tools put them."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        instance = f"slapd-{self._name}"
        for parent in ("/etc", "/var/lib", "/var/log", "/run/lock", "/usr/lib/*-linux-*"):
            for folder in Path("/").glob(f"{parent[1:]}/dirsrv/{instance}"):
                shutil.rmtree(folder)
        shutil.rmtree(f"/dev/shm/{instance}", ignore_errors=True)
        for file in (
            *Path("/run/dirsrv").glob(f"{instance}.*"),
            Path(f"/run/{instance}.socket"),
            Path(f"/dev/shm/sem.{instance}.stats"),
            Path(f"/etc/default/{instance}"),
        ):
            file.unlink(missing_ok=True)

    # --- inside ---

    def _create(self, file):
        file.write_text(
            _INSTANCE.format(
                name=self._name,
                port=self.port,
                tls_port=self.tls_port,
                root=_ROOT[0],
                password=_ROOT[1],
                plain=PLAIN,
                ipa=IPA,
            )
        )
        ran = subprocess.run(
            [_PYTHON, "-I", "-c", _CREATE, file],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        if ran.returncode != 0:
            raise RuntimeError(f"dscreate failed: {ran.stdout}{ran.stderr}")

    def _fill(self):
        with self.administrator() as connection:
            self._many(connection)
            self._switch_on(connection)
            for layout in (PLAIN_LAYOUT, IPA_LAYOUT):
                self._lay_out(connection, layout)
            change(connection, "cn=config", passwordLockout="on", passwordMaxFailure="3")
            change(connection, "cn=config", passwordExp="on", passwordMaxAge="8640000")
            change(connection, "cn=config", passwordMustChange="on")
            for layout in (PLAIN_LAYOUT, IPA_LAYOUT):
                expired = {"passwordExpirationTime": "20200101000000Z"}
                change(connection, layout.person("old"), **expired)
                change(connection, layout.person("must"), userPassword="must-password")
            self._wait_for_many(connection)

    @staticmethod
    def _wait_for_many(connection):
        """The task that makes a thousand memberOf runs beside the rest."""
        until = time.monotonic() + _STARTING
        dn, everyone = PLAIN_LAYOUT.person("many"), "(objectClass=*)"
        connection.search(dn, everyone, attributes=["memberOf"])
        while len(connection.entries[0]["memberOf"].values) < MANY:
            if time.monotonic() > until:
                raise RuntimeError("MemberOf did not end its task")
            time.sleep(0.05)
            connection.search(dn, everyone, attributes=["memberOf"])

    def _many(self, connection):
        """Make a thousand groups before MemberOf is switched on: it computes with each of them."""
        layout = PLAIN_LAYOUT
        self._container(connection, layout.groups, layout.suffix)
        for number in range(MANY):
            attributes = {"member": layout.person("many")}
            connection.add(f"cn=many {number},{layout.groups}", ["groupOfNames"], attributes)

    @staticmethod
    def _switch_on(connection):
        schema = {name: [(ldap3.MODIFY_ADD, [value])] for name, value in _IPA_SCHEMA.items()}
        connection.modify("cn=schema", schema)
        change(connection, "cn=config", **{"nsslapd-dynamic-plugins": "on"})
        change(
            connection,
            f"cn=MemberOf Plugin,{_PLUGINS}",
            memberOfAutoAddOC="nsMemberOf",
            memberOfGroupAttr="member",
            **{"nsslapd-pluginEnabled": "on"},
        )
        change(
            connection,
            _ACCOUNT_POLICY,
            **{"nsslapd-pluginarg0": f"cn=config,{_ACCOUNT_POLICY}", "nsslapd-pluginEnabled": "on"},
        )
        change(
            connection,
            f"cn=config,{_ACCOUNT_POLICY}",
            alwaysRecordLogin="yes",
            stateAttrName="lastLoginTime",
            altStateAttrName="1.1",
            specAttrName="acctPolicySubentry",
            limitAttrName="accountInactivityLimit",
        )

    def _lay_out(self, connection, layout):
        if layout.ipa:
            change(connection, layout.suffix, objectClass=["top", "domain", "pilotObject"])
            change(connection, layout.suffix, info="IPA V2.0")
        for dn in (layout.people, layout.groups, layout.service_account.partition(",")[2]):
            self._container(connection, dn, layout.suffix)
        self._show(connection, layout)
        connection.add(
            layout.service_account,
            ["account", "simpleSecurityObject"],
            {"uid": "countersign", "userPassword": "countersign-password"},
        )
        for name in _PEOPLE:
            self.add_person(connection, layout, name)
        self._groups(connection, layout)
        policy = f"cn=inactivity,{layout.suffix}"
        classes = ["top", "ldapSubEntry", "extensibleObject", "accountPolicy"]
        connection.add(policy, classes, {"cn": "inactivity", "accountInactivityLimit": "86400"})
        idle = {"acctPolicySubentry": policy, "lastLoginTime": "20200101000000Z"}
        change(connection, layout.person("idle"), **idle)
        change(connection, layout.person("dis"), nsAccountLock="true")

    def _container(self, connection, dn, suffix):
        above = dn.partition(",")[2]
        if above != suffix:
            self._container(connection, above, suffix)
        attribute, _, value = dn.partition(",")[0].partition("=")
        kind = "organizationalUnit" if attribute == "ou" else "nsContainer"
        connection.search(suffix, f"({attribute}={value})", attributes=["1.1"])
        if dn not in [entry["dn"] for entry in connection.response]:
            connection.add(dn, [kind], {attribute: value})

    @staticmethod
    def _show(connection, layout):
        """Let the service account read everything but passwords, and nobody else anything."""
        rule = (
            f'(targetattr != "userPassword")(version 3.0; acl "countersign"; '
            f'allow (read, search, compare) userdn = "ldap:///{layout.service_account}";)'
        )
        change(connection, layout.suffix, aci=rule)

    @staticmethod
    def _groups(connection, layout):
        def group(name, *members):
            connection.add(f"cn={name},{layout.groups}", ["groupOfNames"], {"member": members})

        people = [layout.person(name) for name in _PEOPLE if name not in ("bob", "many")]
        group("staff", *people)
        group("vpn", f"cn=staff,{layout.groups}")
        if not layout.ipa:
            task = {"cn": "many", "basedn": layout.people, "filter": "(uid=many)"}
            connection.add(
                "cn=many,cn=memberOf task,cn=tasks,cn=config", ["top", "extensibleObject"], task
            )


def change(connection: ldap3.Connection, dn: str, **attributes: object) -> None:
    """Replace attributes of an entry."""
    connection.modify(
        dn,
        {
            name: [(ldap3.MODIFY_REPLACE, value if isinstance(value, list) else [value])]
            for name, value in attributes.items()
        },
    )


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
