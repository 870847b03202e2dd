"""countersign demo, without sockets: its folder, its directory, its story."""

import socket
import stat

import pytest
from twisted.internet.defer import Deferred

from proxy.cli.demo.directory import tree
from proxy.cli.demo.folder import NotOurs, free_port, make_folder
from proxy.cli.demo.people import ALICE, DAVE, SERVICE_DN, SUFFIX, VPN_USERS
from proxy.cli.demo.story import Enrolled, story
from proxy.settings.check import check
from proxy.settings.load import load


def result_of(deferred: Deferred):
    found = []
    deferred.addBoth(found.append)
    return found[0]


def test_the_configuration_is_a_good_one(tmp_path):
    """What the demo writes draws no finding, except for the directory's CA, made when it runs."""
    folder = make_folder(tmp_path / "demo")
    folder.directory_files()
    assert check(load(folder.config)) == []


def test_secrets_are_random_and_hidden(tmp_path):
    """Each run has secrets of its own, which only their owner reads."""
    first = make_folder(tmp_path / "one")
    second = make_folder(tmp_path / "two")
    assert first.radius_secret != second.radius_secret
    for name in ("vpn.secret", "ldap.password"):
        assert stat.S_IMODE((first.path / name).stat().st_mode) == 0o600


def test_a_second_run_starts_afresh(tmp_path):
    """What a run left behind is gone in the next."""
    folder = make_folder(tmp_path / "demo")
    (folder.path / "countersign.db").touch()
    make_folder(tmp_path / "demo")
    assert not (folder.path / "countersign.db").exists()


def test_a_folder_of_somebody_else(tmp_path):
    """A folder that the demo did not make is left alone."""
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(NotOurs):
        make_folder(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_a_taken_port():
    """Where a port is taken another one is found."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert free_port(port, socket.SOCK_DGRAM) not in {0, port}


def test_the_directory_knows_the_people():
    """People, the service account and the group are entries; passwords are checked."""
    root = tree("service-password")
    alice = result_of(root.lookup(f"uid=alice,ou=people,{SUFFIX}"))
    assert result_of(alice.bind(ALICE.password)) is alice
    assert "InvalidCredentials" in repr(result_of(alice.bind("wrong")))
    service = result_of(root.lookup(SERVICE_DN))
    assert result_of(service.bind("service-password")) is service
    assert result_of(root.lookup(VPN_USERS)).dn.getText() == VPN_USERS
    dave = result_of(root.lookup(f"uid={DAVE.name},ou=people,{SUFFIX}"))
    assert "memberOf" not in dave


def test_the_story_can_be_copied(tmp_path):
    """What is printed names the real port, secret, CA and links."""
    folder = make_folder(tmp_path / "demo")
    enrolled = Enrolled("https://localhost:1/enroll#CODE", "SEED")
    text = story(folder, enrolled, ".venv/bin/countersign", ".venv/bin/python")
    commands = [line.strip() for line in text.splitlines() if line.startswith("  .venv")]
    assert [line.split()[1:3] for line in commands] == [
        ["phone", "enroll"],
        ["phone", "watch"],
        ["login", "alice"],
        ["login", "bob"],
        ["device", "invite"],
    ]
    assert f"--server 127.0.0.1:{folder.radius_port} --secret {folder.radius_secret}" in commands[2]
    assert f"--ca {folder.path}/tls/ca.pem" in commands[0]
