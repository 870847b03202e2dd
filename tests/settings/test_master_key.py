"""The master key's file, exchanged as a whole."""

import stat
from pathlib import Path

import pytest

from proxy.sealing import MasterKey
from proxy.settings.master_key import (
    KeyExists,
    create_master_key,
    exchange_master_key,
    read_master_key,
    write_master_key,
)


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "master.key"
    create_master_key(file)
    return file


def new_key():
    return MasterKey.parse(MasterKey.create().encode())


def test_a_key_reads_itself_again(file):
    """What the file holds by now."""
    old, new = read_master_key(file), new_key()
    assert old.known(new.mark) is None
    exchange_master_key(file, old, new)
    assert old.known(new.mark).mark == new.mark


@pytest.mark.parametrize("octets", [b"", b"c2hvcnQ=", b"\xff"])
def test_what_is_no_key_is_none(file, octets):
    """A file that is missing, or holds something else."""
    file.write_bytes(octets)
    assert read_master_key(file) is None
    file.unlink()
    assert read_master_key(file) is None


def test_an_exchange_keeps_the_old_key_and_the_mode(file):
    """Cut short after the first half and done again, it is the same."""
    file.chmod(0o640)
    old, new = read_master_key(file), new_key()
    kept = file.with_name(f"master.key.{old.mark}")
    for _ in range(2):
        assert exchange_master_key(file, old, new) == kept
        assert (read_master_key(file).mark, read_master_key(kept).mark) == (new.mark, old.mark)
    assert {stat.S_IMODE(one.stat().st_mode) for one in (file, kept)} == {0o640}
    assert {file, kept} == set(file.parent.iterdir())


def test_an_exchange_that_fails_changes_nothing(file, monkeypatch):
    """The owner cannot be kept: the old key stays, no half file does."""

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.chown", refuse)
    before = file.read_text()
    with pytest.raises(PermissionError):
        exchange_master_key(file, read_master_key(file), new_key())
    assert ([file], before) == (list(file.parent.iterdir()), file.read_text())


def test_a_key_is_not_written_over_another_file(file):
    """What is there stays."""
    with pytest.raises(KeyExists):
        write_master_key(file, new_key().text())


def test_a_relative_path_is_read_from_here(tmp_path, monkeypatch):
    """As the configuration gives it where its own path is relative: once, not twice."""
    (tmp_path / "demo").mkdir()
    create_master_key(tmp_path / "demo" / "master.key")
    monkeypatch.chdir(tmp_path)
    here = Path("demo/master.key")
    assert read_master_key(here).mark == read_master_key(tmp_path / here).mark
