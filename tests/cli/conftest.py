"""Commands run on a store of their own, with directories that are plain dictionaries."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from proxy.accounts.account import Person
from proxy.cli.invocation import Invocation
from proxy.cli.main import cli
from proxy.firstfactor.upstream import presume
from proxy.login.events import DirectoryFailed, PersonFound, PersonNotFound, PersonPresumed
from proxy.settings.load import load
from proxy.store.database import Database

CONFIG = """\
store: sqlite:///countersign.db
master_key: !file master.key
web: {url: https://mfa.example.org}
directories:
  corp: &ldap
    type: ldap
    servers: [ldaps://dc1.example.org]
    search_base: ou=people,dc=example,dc=org
    user_filter: (uid={username})
  lab: *ldap
policies:
  - {name: staff, clients: [vpn], directory: corp, factors: [push, totp]}
clients:
  vpn: {networks: [192.0.2.0/24], secret: a-secret-of-more-than-twelve-octets}
"""
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
NOW = 1_790_000_000.0


class Command:
    """Runs commands as a shell would, and sets what the directories know."""

    def __init__(self, folder: Path, empty_database: bytes):
        self.folder = folder
        self.store = folder / "countersign.db"
        self.store.write_bytes(empty_database)
        self.config = folder / "countersign.yaml"
        self.now = NOW
        self.people: dict[str, dict[str, Person]] = {"corp": {}, "lab": {}}
        self.silent: set[str] = set()
        self.doubled: set[str] = set()
        self.config.write_text(CONFIG)
        self.config.chmod(0o600)
        (folder / "master.key").write_text(KEY)
        (folder / "master.key").chmod(0o600)
        self.unsearched = set()
        self.hire("corp", "alice")

    def hire(self, directory: str, name: str, stable_id: str | None = None) -> None:
        dn = f"uid={name},ou=people,dc=example,dc=org"
        person = Person(directory, name, stable_id or f"id-of-{name}", dn, frozenset())
        self.people[directory][name.casefold()] = person

    def fire(self, directory: str, name: str) -> None:
        del self.people[directory][name]

    def _search(self, settings, wanted):
        return [
            {name: self._answer(name, username.casefold()) for name in directories}
            for username, directories in wanted
        ]

    def _answer(self, directory, username):
        if directory in self.silent:
            return DirectoryFailed("timeout")
        if directory in self.unsearched:
            presumed = presume(directory, username, returned=False)
            return PersonPresumed(presumed) if presumed else PersonNotFound("unknown")
        if username in self.doubled:
            return PersonNotFound("ambiguous")
        person = self.people[directory].get(username)
        return PersonFound(person) if person else PersonNotFound("unknown")

    def __call__(self, *args: str):
        invocation = Invocation(self.config, self._search, lambda: self.now)
        return CliRunner().invoke(cli, [*args], obj=invocation, prog_name="countersign")

    def good(self, *args: str) -> str:
        result = self(*args)
        assert (result.exit_code, result.exception) == (0, None), result.output
        return result.stdout

    def json(self, *args: str):
        return json.loads(self.good(*args, "--json"))

    def said(self, *args: str) -> tuple[int, str]:
        """Give the exit status and what was said on stderr."""
        result = self(*args)
        return result.exit_code, result.stderr.removeprefix("countersign: ").strip()

    @property
    def database(self) -> Database:
        return Database(load(self.config).settings.store)


@pytest.fixture
def command(tmp_path, empty_database):
    return Command(tmp_path, empty_database)
