"""
Every configuration that a page shows passes `countersign check`.

A block of YAML with the key `store` is a whole one; any other is put into the last whole one of its
page, or into the README's: at the top, or where it has keys of a directory or client alone, into the
first of these. Where `check` warns of one, its fence says so: ```yaml warns.
"""

import re

import pytest
import yaml
from click.testing import CliRunner
from mmdb_writer import MMDBWriter

from proxy.cli.main import cli
from proxy.settings.clients import ClientSettings
from proxy.settings.directories import LdapDirectorySettings
from tests.documents.pages import PAGES, README, blocks
from tests.peers.authority import Authority

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SECRET = "a-secret-of-more-than-twelve-octets"
FOLDERS = ("/etc/countersign", "/var/lib/countersign")
MAPPING, SEQUENCE, TEXT = (f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str"))


def shown():
    """Give each block as a whole configuration."""
    readme = next(compose(block.text) for block in blocks(README, "yaml"))
    for page in PAGES:
        base = readme
        for block in blocks(page, "yaml"):
            node = compose(block.text)
            if "store" in keys(node):
                base = node
            else:
                node = merged(base, placed(base, node))
            yield pytest.param(yaml.serialize(node), block.mark, id=f"{page}:{block.line}")


def compose(text):
    return yaml.compose(text, Loader=yaml.SafeLoader)


def keys(node):
    return {name.value: value for name, value in node.value}


def mapping(pairs):
    return yaml.MappingNode(MAPPING, [(yaml.ScalarNode(TEXT, name), node) for name, node in pairs])


def texts(values):
    return yaml.SequenceNode(SEQUENCE, [yaml.ScalarNode(TEXT, value) for value in values])


def placed(base, part):
    """Give a part under its section, if it has keys of a directory or of a client alone."""
    for section, fields in (
        ("directories", LdapDirectorySettings.model_fields),
        ("clients", ClientSettings.model_fields),
    ):
        if keys(part).keys() <= fields.keys():
            ((name, first), *_) = keys(keys(base)[section]).items()
            changed = mapping({**keys(first), **keys(part)}.items())
            return mapping([(section, mapping([(name, changed)]))])
    return part


def merged(base, part):
    """Put a part into a configuration; its clients and policies take the place of those there."""
    whole, given = keys(base), keys(part)
    for name, node in given.items():
        old = whole.get(name)
        added = isinstance(old, yaml.MappingNode) and name != "clients"
        whole[name] = mapping({**keys(old), **keys(node)}.items()) if added else node
    if "clients" in given and "policies" not in given:
        policy = keys(whole["policies"].value[0])
        changed = mapping((policy | {"clients": texts(keys(given["clients"]))}).items())
        whole["policies"] = yaml.SequenceNode(SEQUENCE, [changed])
    if "policies" in given and "clients" not in given:
        named = [keys(policy)["clients"].value for policy in given["policies"].value]
        names = dict.fromkeys(client.value for clients in named for client in clients)
        (like, *_) = keys(whole["clients"]).values()
        whole["clients"] = mapping(
            (name, mapping((keys(like) | {"networks": texts([f"192.0.2.{number}"])}).items()))
            for number, name in enumerate(names)
        )
    return mapping(whole.items())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A certificate and its key, and a revocation list, in PEM."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    certificate, key = authority.issue("mfa.example.org")
    return certificate.read_text(), key.read_text(), authority.revocation_list().read_text()


def furnish(folder, text, certificates, monkeypatch):
    """Make what a configuration names: files of secrets, certificates and keys, variables."""
    (folder / "acme.dictionary").write_text("VENDOR Acme 64999\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "credentials"))
    for tag, quoted in re.findall(r"!(file|env|credential) ([^\s,}]+)", text):
        name = quoted.strip("'\"")
        secret = KEY if "master" in name.lower() else SECRET
        if tag == "env":
            monkeypatch.setenv(name, secret)
        else:
            write(folder / ("credentials" if tag == "credential" else ".") / name, secret)
    certificate, key, revoked = certificates
    for name in re.findall(r"[^\s'\"]+\.mmdb", text):
        countries = MMDBWriter()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        countries.to_db_file(str(folder / name))
    for name in re.findall(r"[^\s'\"]+\.pem", text):
        write(folder / name, key if "key" in name else certificate)
    for name in re.findall(r"[^\s'\"\[]+\.crl", text):
        write(folder / name, revoked)


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o600)


@pytest.mark.parametrize(("text", "mark"), [*shown()])
def test_configurations_pass_check(text, mark, tmp_path, certificates, monkeypatch):
    """`check` finds no fault with any configuration that is shown, and warns only where told."""
    for folder in FOLDERS:
        text = text.replace(folder, f"{tmp_path}{folder}")
    furnish(tmp_path, text, certificates, monkeypatch)
    config = tmp_path / "countersign.yaml"
    write(config, text)
    result = CliRunner().invoke(cli, ["check", "--config", str(config)])
    assert result.exit_code == 0, f"{result.output}\n{text}"
    assert ("warning:" in result.stdout) == (mark == "warns"), f"{result.stdout}\n{text}"
