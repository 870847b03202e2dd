"""Files that an administrator's command makes in the service's folder."""

import os

import pytest

from proxy.ownership import give_to_owner
from proxy.settings.master_key import create_master_key
from proxy.store.database import Database

SERVICE = 64_812
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def owner(path):
    found = path.stat()
    return found.st_uid, found.st_gid


@pytest.fixture
def folder(tmp_path):
    """The service's folder, where we are root; else our own."""
    folder = tmp_path / "service"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, SERVICE, SERVICE)
    return folder


def test_a_new_store_and_key_are_the_services(folder):
    """Whoever makes them, the folder's owner opens them."""
    Database(f"sqlite:///{folder}/countersign.db").migrate()
    create_master_key(folder / "master.key")
    assert {owner(path) for path in folder.iterdir()} == {owner(folder)}


@ROOT_ONLY
def test_what_is_there_stays_whose_it_is(folder):
    """Only a file that is new is given away."""
    file = folder / "countersign.db"
    file.touch(mode=0o600)
    Database(f"sqlite:///{file}").migrate()
    assert owner(file) == (0, 0)


def test_others_than_root_give_nothing_away(folder, monkeypatch):
    """It would be refused."""
    monkeypatch.setattr(os, "geteuid", lambda: SERVICE)
    file = folder / "file"
    with file.open("w") as made:
        give_to_owner(made.fileno(), folder)
    assert file.stat().st_uid == os.getuid()
