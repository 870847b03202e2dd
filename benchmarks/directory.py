"""slapd with 10,000 people: u00000 to u09999, whose passwords are `pw-` and the name, hashed."""

import base64
import hashlib
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.process import Process, find_program, free_port, listens

PEOPLE = 10_000
SUFFIX = "dc=example,dc=org"
PEOPLE_BASE = f"ou=people,{SUFFIX}"
SERVICE = f"cn=service,{SUFFIX}"
SERVICE_PASSWORD = "service-password"

_CONFIGURATION = f"""
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {{folder}}/slapd.pid
argsfile {{folder}}/slapd.args
loglevel 0
threads 8
database mdb
maxsize 1073741824
directory {{folder}}/db
suffix "{SUFFIX}"
rootdn "cn=root,{SUFFIX}"
index objectClass,uid eq
dbnosync
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""


class Directory(Process):
    """
    One slapd.

    Args:
        folder: a folder that is there and empty.
    """

    def __init__(self, folder: Path) -> None:
        (folder / "db").mkdir()
        configuration, people = folder / "slapd.conf", folder / "people.ldif"
        configuration.write_text(_CONFIGURATION.format(folder=folder))
        people.write_text("\n".join(_entries()))
        subprocess.run(
            [find_program("slapadd"), "-q", "-f", configuration, "-l", people], check=True
        )
        self.port = free_port(socket.SOCK_STREAM)
        super().__init__(
            [
                *(find_program("slapd"), "-d", "0", "-f", configuration),
                *("-h", f"ldap://127.0.0.1:{self.port}"),
            ],
            folder / "slapd.log",
            lambda: listens(self.port),
        )


def _entries() -> Iterator[str]:
    yield f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n"
    yield f"dn: {PEOPLE_BASE}\nobjectClass: organizationalUnit\nou: people\n"
    yield (
        f"dn: {SERVICE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
        f"cn: service\nuserPassword: {_hashed(SERVICE_PASSWORD)}\n"
    )
    for number in range(PEOPLE):
        name = f"u{number:05d}"
        yield (
            f"dn: uid={name},{PEOPLE_BASE}\nobjectClass: inetOrgPerson\nuid: {name}\n"
            f"cn: User {number}\nsn: {number}\nmail: {name}@example.org\n"
            f"userPassword: {_hashed(f'pw-{name}')}\n"
        )


def _hashed(password: str) -> str:
    salt = os.urandom(8)
    digest = hashlib.sha1(password.encode() + salt).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()
