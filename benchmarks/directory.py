"""
slapd with 10,000 people: u00000 to u09999, whose passwords are `pw-` and the name, hashed.

There are 20 groups, which name their members; each person is in two of them.
"""

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
GROUPS = 20
"""g00 to g19; each person is in two."""
GROUPS_BASE = f"ou=groups,{SUFFIX}"
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
index objectClass,uid,member eq
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
        name = name_of(number)
        yield (
            f"dn: uid={name},{PEOPLE_BASE}\nobjectClass: inetOrgPerson\nuid: {name}\n"
            f"cn: User {number}\nsn: {number}\nmail: {name}@example.org\n"
            f"userPassword: {_hashed(password_of(number))}\n"
        )
    yield f"dn: {GROUPS_BASE}\nobjectClass: organizationalUnit\nou: groups\n"
    for group in range(GROUPS):
        members = [
            f"member: uid={name_of(number)},{PEOPLE_BASE}\n"
            for number in range(PEOPLE)
            if group in {number % GROUPS, (number + 7) % GROUPS}
        ]
        head = f"dn: {group_of(group)}\nobjectClass: groupOfNames\ncn: g{group:02d}\n"
        yield head + "".join(members)


def name_of(number: int) -> str:
    """Give a person's name."""
    return f"u{number:05d}"


def password_of(number: int) -> str:
    """Give a person's password."""
    return f"pw-{name_of(number)}"


def group_of(number: int) -> str:
    """Give a group's DN."""
    return f"cn=g{number:02d},{GROUPS_BASE}"


def _hashed(password: str) -> str:
    salt = os.urandom(8)
    digest = hashlib.sha1(password.encode() + salt).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()
