"""
What docs/policies.md shows of `countersign explain` is what it says.

Each command is run under the configuration that stands before it, with the people of the page.
"""

import re
import shlex
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from proxy.accounts.account import Person
from proxy.accounts.device import Candidate
from proxy.accounts.enrolment import normal_code
from proxy.cli.invocation import Invocation
from proxy.cli.main import cli
from proxy.login.events import PersonFound, PersonNotFound
from proxy.settings.load import load
from proxy.store import devices
from proxy.store.database import Database
from tests.documents.pages import blocks
from tests.documents.test_configurations import compose, keys, merged

PAGE = Path("docs/policies.md")
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOW = datetime.fromisoformat("2026-11-24T09:30:00Z").timestamp()


def dn(kind, name):
    return f"{kind},ou={name},dc=example,dc=org"


def person(name, *groups, **attributes):
    values = tuple((key.lower(), texts) for key, texts in attributes.items())
    found = frozenset(dn(f"cn={group}", "groups") for group in groups)
    return Person("corp", name, name, dn(f"uid={name}", "people"), found, values)


PEOPLE = {
    "bob": person("bob", "lab", "staff", departmentNumber=("lab", "research"), vpnAddress=()),
    "carol": person("carol", "contractors"),
}


def shown():
    """Give each command with the configuration before it, and what it is said to print."""
    base = node = None
    for block in sorted((*blocks(PAGE, "yaml"), *blocks(PAGE, "console")), key=lambda b: b.line):
        if block.text.startswith("$ "):
            command, _, said = block.text.removeprefix("$ countersign ").partition("\n")
            yield pytest.param(yaml.serialize(node), command, said, id=f"{PAGE}:{block.line}")
        else:
            node = compose(block.text)
            base = node if "store" in keys(node) else base
            node = node if node is base else merged(base, node)


@pytest.fixture
def run(tmp_path, empty_database):
    """Give what runs a command under a configuration."""
    (tmp_path / "countersign.db").write_bytes(empty_database)
    config = tmp_path / "countersign.yaml"

    def search(settings, wanted):
        return [
            {
                name: PersonFound(PEOPLE[username]) if username in PEOPLE else NOT_FOUND
                for name in directories
            }
            for username, directories in wanted
        ]

    def give(text, *args):
        text = re.sub(r"(?m)^store: .*$", "store: sqlite:///countersign.db", text)
        text = re.sub(r"(?m)^master_key: .*$", f"master_key: {KEY}", text)
        text = re.sub(r"!file \S+", "a-secret-of-more-than-twelve-octets", text)
        config.write_text(text)
        config.chmod(0o600)
        return CliRunner().invoke(cli, [*args], obj=Invocation(config, search, lambda: NOW))

    give.config = config
    return give


NOT_FOUND = PersonNotFound("unknown")


@pytest.mark.parametrize(("text", "command", "said"), list(shown()))
def test_what_is_said(run, text, command, said):
    """Word for word; carol has a phone, bob an app."""
    url = run(text, "device", "invite", "carol").stdout.splitlines()[0]
    assert 0 == run(text, "totp", "enroll", "bob").exit_code
    loaded = load(run.config)
    code, phone = normal_code(url.partition("#")[2]), Candidate("phone", "{}", "phone", "proof")
    master = loaded.settings.master_key.key
    Database(loaded.settings.store).now(lambda s: devices.enrol(s, master, code, phone, NOW))
    result = run(text, *shlex.split(command))
    assert said == result.output
    assert (0 if "Access-Accept" in said else 1) == result.exit_code
