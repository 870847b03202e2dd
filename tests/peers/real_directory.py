"""A `Directories` with one directory on real servers, and its two questions."""

from contextlib import asynccontextmanager

from twisted.internet import reactor

from proxy.firstfactor.directories import Directories
from proxy.firstfactor.options import DirectoryOptions, GroupsByAttribute, Server
from proxy.ldap.filters import compile_filter
from proxy.login.actions import CheckFirstFactor, FindPerson
from proxy.secret import Secret
from tests.peers.slapd import PEOPLE, SERVICE_ACCOUNT, SERVICE_PASSWORD

BY_UID = compile_filter("(uid={username})", "username")


class RealDirectory:
    """The directory `corp`, asked as the hall asks it."""

    def __init__(self, directories):
        self._directories = directories

    async def find(self, username):
        return await self._directories.find(FindPerson(("corp",), username))

    async def check(self, person, password):
        secret = Secret(password if isinstance(password, bytes) else password.encode())
        return await self._directories.check(CheckFirstFactor(person, secret))

    async def log_in(self, username, password):
        """Find, then check."""
        return await self.check((await self.find(username)).person, password)


@asynccontextmanager
async def real_directory(*slapds, **changed):
    """Give a directory on these servers, in this order; over ldaps where nothing else is said."""
    options = {
        "name": "corp",
        "servers": tuple(Server("127.0.0.1", slapd.tls_port, "ldaps") for slapd in slapds),
        "ca_certificates": b"".join(slapd.ca_file.read_bytes() for slapd in slapds),
        "bind_dn": SERVICE_ACCOUNT,
        "bind_password": Secret(SERVICE_PASSWORD.encode()),
        "search_base": PEOPLE,
        "user_filter": BY_UID,
        "user_name": "uid",
        "groups": GroupsByAttribute("memberOf"),
    }
    directories = Directories([DirectoryOptions(**(options | changed))], reactor)
    directories.start()
    try:
        yield RealDirectory(directories)
    finally:
        await directories.stop()
