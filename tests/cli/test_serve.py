"""countersign serve, up to the daemon itself."""

import signal

import pytest

from proxy.cli.invocation import Misuse
from proxy.cli.serve import master_key
from proxy.settings.load import load
from proxy.store.database import Database


@pytest.fixture
def without_key(command):
    (command.folder / "master.key").unlink()
    command.store.unlink()
    return command


def test_the_key_that_is_there(command):
    """A master key that is there is used and stays."""
    loaded = load(command.config)
    assert master_key(loaded) is loaded.settings.master_key.key


def test_a_new_store_gets_a_new_key(without_key):
    """Where the store is new the first start makes the key."""
    made = master_key(load(without_key.config))
    again = load(without_key.config).settings.master_key.key
    assert made.derive("x") == again.derive("x")


def test_a_used_store_gets_no_new_key(without_key):
    """A store that another key sealed is not given a new one: the operator decides."""
    Database(load(without_key.config).settings.store).migrate()
    with pytest.raises(Misuse, match="countersign key create"):
        master_key(load(without_key.config))
    assert not (without_key.folder / "master.key").exists()


def test_a_folder_that_takes_no_key(without_key):
    """Where the key cannot be written the command to make it is told."""
    text = without_key.config.read_text().replace("!file master.key", "!file no/master.key")
    without_key.config.write_text(text)
    with pytest.raises(Misuse, match="countersign key create"):
        master_key(load(without_key.config))


def test_faults_of_the_configuration(command):
    """Faults end it with 2, before anything is opened; files that are missing are faults too."""
    command.store.unlink()
    text = command.config.read_text()
    command.config.write_text(
        text.replace("web: {", "web: {certificate: c.pem, private_key: k.pem, ")
    )
    status, said = command.said("serve")
    assert status == 2
    assert f"{command.config}:3: web.certificate: cannot read" in said
    assert not command.store.exists()


def test_a_hangup_is_as_it_was_for_whoever_calls(command):
    """Held back only while the daemon comes up."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    command.config.write_text("no configuration")
    assert 2 == command.said("serve")[0]
    assert before == signal.pthread_sigmask(signal.SIG_BLOCK, ())
