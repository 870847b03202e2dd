"""countersign key."""

import base64
import stat

from proxy.settings.load import load
from proxy.store import server_keys


def test_create(command):
    """The key is made where the configuration says, for its owner alone."""
    file = command.folder / "master.key"
    file.unlink()
    assert command.good("key", "create") == f"{file}\n"
    assert len(base64.b64decode(file.read_text())) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_create_never_over_an_existing_one(command):
    """A key that is there stays, with 1."""
    file = command.folder / "master.key"
    before, files = file.read_text(), set(command.folder.iterdir())
    assert command.said("key", "create") == (1, f"found {file}, which stays as it is")
    assert file.read_text() == before
    assert set(command.folder.iterdir()) == files


def test_create_a_file(command):
    """With FILE no configuration is needed."""
    command.config.unlink()
    command.good("key", "create", str(command.folder / "other.key"))
    assert (command.folder / "other.key").exists()


def test_create_in_no_folder(command):
    """A folder that is missing ends with 2."""
    status, said = command.said("key", "create", str(command.folder / "no" / "key"))
    assert (status, "cannot write" in said) == (2, True)


def test_create_where_the_configuration_names_no_file(command):
    """A key that comes from elsewhere needs FILE."""
    key = (command.folder / "master.key").read_text().strip()
    command.config.write_text(command.config.read_text().replace("!file master.key", key))
    assert command.said("key", "create")[0] == 2


def test_list(command):
    """Keys are shown by marks and ids, never themselves."""
    command.good("account", "list")
    shown = command.json("key", "list")
    assert shown["requests"] == []
    master = load(command.config).settings.master_key.key
    kid = command.database.now(lambda session: server_keys.signing_key(session, master, 0).kid)
    text = command.good("key", "list")
    assert text.split() == ["master", shown["master"], "requests", kid, "signs"]
    assert "AAEC" not in text
