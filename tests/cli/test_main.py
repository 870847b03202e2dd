"""The tree of commands."""

import pytest
from click.testing import CliRunner

from proxy.cli.invocation import Invocation
from proxy.cli.main import FAMILIES, cli


def run(*args, **env):
    return CliRunner().invoke(cli, [*args], env=env)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_help(family):
    """Each family can be loaded and explains itself."""
    result = run(family, "--help")
    assert result.exit_code == 0
    assert "--config" in result.stdout


def test_version():
    """The version is that of the distribution."""
    assert run("--version").stdout.startswith("countersign, version 0.")


def test_wrong_use_is_2():
    """What is no command or option ends with 2."""
    assert [run("sing").exit_code, run("check", "--loudly").exit_code] == [2, 2]


@pytest.mark.parametrize(
    "args", [("--config", "no.yaml", "account", "list"), ("account", "list", "--config", "no.yaml"),
             ("account", "--config", "no.yaml", "list")]
)  # fmt: skip
def test_config_stands_anywhere(args):
    """--config is taken before a command's name and after it."""
    result = run(*args)
    assert result.exit_code == 2
    assert result.stderr.startswith("no.yaml:1: cannot read the configuration")


def test_config_of_the_environment():
    """COUNTERSIGN_CONFIG names the configuration where no option does."""
    assert run("account", "list", COUNTERSIGN_CONFIG="env.yaml").stderr.startswith("env.yaml:1:")
    option = run("account", "list", "--config", "no.yaml", COUNTERSIGN_CONFIG="env.yaml")
    assert option.stderr.startswith("no.yaml:1:")


def test_default_config():
    """Without either it is the one in /etc."""
    assert str(Invocation().config) == "/etc/countersign/countersign.yaml"


def test_faults_end_every_command(command):
    """A configuration with faults ends a command with 2 and each fault on stderr."""
    command.config.write_text(command.config.read_text().replace("type: ldap", "type: x"))
    status, said = command.said("account", "list")
    assert status == 2
    assert said.splitlines() == [
        f"{command.config}:6: directories.corp.type: found 'x', wanted 'ldap' or 'radius'",
        f"{command.config}:6: directories.lab.type: found 'x', wanted 'ldap' or 'radius'",
    ]


def test_no_master_key(command):
    """A command that needs the master key says how to make it."""
    (command.folder / "master.key").unlink()
    status, said = command.said("totp", "enroll", "alice")
    assert status == 2
    assert said.endswith("`countersign key create` makes it")


def test_store_that_cannot_be_opened(command):
    """A store that does not open is told, with 2."""
    command.store.unlink()
    command.store.mkdir()
    status, said = command.said("account", "list")
    assert status == 2
    assert "store" in said


def test_store_of_a_folder_that_is_missing(command):
    """A store in no folder is told, with 3."""
    text = command.config.read_text().replace("countersign.db", "no/countersign.db")
    command.config.write_text(text)
    status, said = command.said("account", "list")
    assert status == 3
    assert "no/countersign.db" in said
