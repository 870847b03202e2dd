"""A configuration to change: every test writes its own file."""

from pathlib import Path

import pytest

from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import Loaded, load

GOOD = """\
store: sqlite:///countersign.db
master_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
web: {url: https://mfa.example.org}
directories:
  corp:
    type: ldap
    servers: [ldaps://dc1.example.org]
    search_base: ou=people,dc=example,dc=org
    user_filter: (uid={username})
    groups: {attribute: memberOf}
policies:
  - name: staff
    clients: [vpn]
    directory: corp
    factors: [push, totp]
clients:
  vpn:
    networks: [192.0.2.0/24]
    secret: a-secret-of-more-than-twelve-octets
"""


class Writer:
    """Writes a configuration and loads it."""

    def __init__(self, folder: Path):
        self.path = folder / "countersign.yaml"
        self.folder = folder

    def write(self, text: str) -> Path:
        self.path.write_text(text)
        self.path.chmod(0o600)
        return self.path

    def load(self, text: str) -> Loaded:
        return load(self.write(text))

    def good(self, *changes: tuple[str, str]) -> Loaded:
        return self.load(changed(*changes))

    def faults(self, text: str) -> list[str]:
        """Load and give what is wrong as `LINE: message`."""
        with pytest.raises(ConfigurationFaults) as caught:
            self.load(text)
        return [str(fault).removeprefix(f"{self.path}:") for fault in caught.value.faults]

    def bad(self, *changes: tuple[str, str]) -> list[str]:
        return self.faults(changed(*changes))


def changed(*changes: tuple[str, str]) -> str:
    """Give the good configuration with texts replaced."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture
def config(tmp_path):
    return Writer(tmp_path)
