"""What is made of a configuration, and what of it cannot change while the daemon runs."""

import pytest

from proxy.factors.subscription import Endpoint
from proxy.in_force import Making, changed_keys
from proxy.sealing import MasterKey
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import load
from tests.peers.authority import Authority
from tests.peers.ldap_network import Network

CONFIG = """\
store: sqlite:///countersign.db
master_key: !file master.key
web: {url: https://mfa.example.org}
directories:
  corp:
    type: ldap
    servers: [ldaps://dc1.example.org]
    ca_certificates: ca.pem
    search_base: dc=example,dc=org
    user_filter: (uid={username})
policies:
  - {name: staff, clients: [vpn], directory: corp, factors: [push, totp]}
clients:
  vpn: {networks: [192.0.2.0/24], secret: a-secret-of-more-than-twelve-octets}
"""


class Story:
    """A folder with a configuration that changes."""

    def __init__(self, folder):
        self.folder, self.file = folder, folder / "countersign.yaml"
        self.authority = Authority(folder)
        (folder / "master.key").write_text(MasterKey.create())
        self.write()
        loaded = self.loaded()
        self.mark = loaded.settings.master_key.key.mark
        self.making = Making(
            loaded.settings,
            folder,
            Network(),
            join_key=b"j" * 32,
            request_key=b"r" * 32,
            master=loaded.settings.master_key.key,
        )
        self.before = self.making.make(loaded)

    def write(self, *changes):
        text = CONFIG
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.file.write_text(text)

    def loaded(self):
        return load(self.file)

    def make(self, *changes):
        self.write(*changes)
        return self.making.make(self.loaded(), self.before)

    def refused(self, *changes):
        """Give what is wrong, as `LINE: message`."""
        with pytest.raises(ConfigurationFaults) as told:
            self.make(*changes)
        return [str(fault).removeprefix(f"{self.file}:") for fault in told.value.faults]

    def restarts(self, *changes):
        self.write(*changes)
        findings = self.making.wants_restart(self.loaded(), {self.mark, "the next one"})
        return [str(finding).removeprefix(f"{self.file}:") for finding in findings]


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def test_a_client_that_is_new(story):
    """Found by its address; the directory is the one that was there."""
    new = story.make(
        ("clients:\n", "clients:\n  wifi: {networks: [198.51.100.7], secret: another}\n")
    )
    assert "wifi" == new.terms.clients.find("198.51.100.7").name
    assert story.before.terms.clients.find("198.51.100.7") is None
    ((same,), (before,)) = [one.directories.by_options.values() for one in (new, story.before)]
    assert same is before


def test_ca_certificates_that_are_others(story):
    """The same name, another content: another directory."""
    Authority(story.folder)
    new = story.make()
    assert story.before.directories.by_options.keys() != new.directories.by_options.keys()


def test_push_services_of_ones_own(story):
    """Called wherever they are, from that reading on."""
    inside = Endpoint.parse("https://push.inside:8443/x")
    push = "push: {services: ['push.inside:8443'], ca_certificates: ca.pem}\ndirectories:"
    new = story.make(("directories:", push))
    assert new.push_services.may_be_called(inside)
    assert not story.before.push_services.may_be_called(inside)


def test_the_certificate_of_the_local_ca_is_made(story):
    """Kept beside the store, for the host of web.url as it was at the start."""
    story.make(("mfa.example.org", "elsewhere.example.org"))
    assert (story.folder / "tls" / "server.pem").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("ca.pem", "no.pem")], "8: directories.corp.ca_certificates: cannot read"),
        ([("ca.pem", "master.key")], "8: directories.corp.ca_certificates: found no PEM"),
        (
            [("directories:", "push: {ca_certificates: no.pem}\ndirectories:")],
            "4: push.ca_certificates: cannot read",
        ),
        (
            [("org}", "org, certificate: server.pem, private_key: other.key}")],
            "3: web.certificate: ",
        ),
        (
            [("org}", "org, certificate: no.pem, private_key: no.key}")],
            "3: web.certificate: cannot",
        ),
    ],
)
def test_files_that_cannot_be_used(story, changes, told):
    """By file and line, as everything else that is wrong."""
    _, key = story.authority.issue("mfa.example.org")
    key.rename(story.folder / "other.key")
    story.authority.issue("mfa.example.org")
    assert story.refused(*changes)[0].startswith(told)


def test_a_local_ca_that_cannot_be_kept(story):
    """Its folder is a file."""
    for one in (story.folder / "tls").iterdir():
        one.unlink()
    (story.folder / "tls").rmdir()
    (story.folder / "tls").write_text("in its place")
    assert story.refused()[0].startswith("3: web: a local CA cannot be kept: ")


def test_nothing_wants_a_restart(story):
    """What is as it was, and what may change at any time."""
    assert [] == story.restarts()
    assert [] == story.restarts(("push, totp", "totp"), ("vpn:", "other:"), ("[vpn]", "[other]"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("countersign.db", "other.db"), "1: warning: store: changed"),
        (("!file master.key", "!file other.key"), "2: warning: master_key: changed"),
        (("!file master.key", "!file missing.key"), "2: warning: master_key: changed"),
        (("mfa.example.org", "elsewhere.example.org"), "3: warning: web.url: changed"),
    ],
)
def test_what_wants_a_restart(story, change, told):
    """Told by its line; each time, as long as it differs."""
    (story.folder / "other.key").write_text(MasterKey.create())
    for _ in range(2):
        (finding,) = story.restarts(change)
        assert finding.startswith(told)


def test_the_keys_that_changed(story):
    """By their names at the top; never what is secret."""
    story.write(("push, totp", "totp"), ("a-secret-of", "another-secret-of"))
    assert ["policies", "clients"] == changed_keys(story.before.settings, story.loaded().settings)


EAP = "eap: {certificate: server.pem, private_key: server.key, client_ca: ca.pem"


def with_certificates(more=""):
    """Give the changes that let devices in by certificates."""
    secret = "secret: a-secret-of-more-than-twelve-octets"
    return [
        (secret, f"{secret}, eap: [tls, ttls]"),
        ("directories:", f"{EAP}{more}}}\ndirectories:"),
    ]


def test_certificates_of_devices(story):
    """Read again each time, with the revocation lists beside them."""
    story.authority.issue("radius.example.org")
    story.authority.revocation_list()
    changes = with_certificates(", client_crl: [revoked.pem], client_name: [cn]")
    first, second = (story.make(*changes).terms.eap["vpn"].certificates for _ in range(2))
    assert first.names == ("cn",)
    assert first.context is not second.context


def test_revocation_lists_that_are_none(story):
    """What is in force stays so."""
    story.authority.issue("radius.example.org")
    (found,) = story.refused(*with_certificates(", client_crl: [server.key]"))
    assert found.startswith("4: eap.client_crl[0]: found no certificate revocation list")
