"""What `check --connect` says of a directory's lock-out beside the shield."""

import pytest
import yaml

from proxy.accounts.throttle import DirectoryLockout
from proxy.cli.locking import locking
from proxy.firstfactor.lockouts import Lockouts
from proxy.firstfactor.options import Server
from proxy.firstfactor.probe import Probed
from proxy.settings.load import load


@pytest.fixture
def said(tmp_path):
    """Give the findings where a server tells this, and the shield has these keys."""

    def give(*told, **shield):
        file = tmp_path / "countersign.yaml"
        directory = {
            "type": "ldap",
            "servers": ["ldaps://one"],
            "search_base": "dc=example",
            "user_filter": "(uid={username})",
        }
        configuration = {
            "store": "sqlite:///countersign.db",
            "master_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "web": {"url": "https://mfa.example.org"},
            "directories": {"corp": directory},
            "shield": shield,
        }
        file.write_text(yaml.safe_dump(configuration, sort_keys=False))
        server = Server("one", 636, "ldaps")
        probed = [Probed(server, None, {}, None, one) for one in told]
        found = locking("corp", probed, load(file))
        return [f"{one.severity}: {one.message}".replace("directories.corp: ", "") for one in found]

    return give


def locks(threshold, window=600.0, *some):
    return Lockouts(told=True, everyone=DirectoryLockout(threshold, window), some=some)


def test_below(said):
    """By what is configured."""
    (note,) = said(locks(10))
    assert note.endswith(
        "locks an account after 10 wrong passwords in 10m: the shield is below it, 8 in 30m reach it"
    )
    assert note.startswith("note: ")


@pytest.mark.parametrize(("threshold", "window", "reach"), [(5, 600.0, "4 in 30m"), (10, 3600.0, "8 in 1h")])  # fmt: skip
def test_below_by_what_the_daemon_reads(said, threshold, window, reach):
    """Which says so."""
    (note,) = said(locks(threshold, window))
    assert f"the shield keeps below it, {reach} reach it, as long as the daemon can read" in note


def test_a_directory_that_leaves_no_room(said):
    """A warning: strangers use up what there is."""
    assert "from 5 on" in said(locks(3))[1]
    assert "nothing keeps below that" in said(locks(1))[1]


def test_a_directory_that_never_forgets(said):
    """A warning, with what to set."""
    note, warning = said(locks(10, None))
    assert "10 wrong passwords, however long ago" in note
    assert "pwdFailureCountInterval: 1800" in warning


def test_without_the_shield(said):
    """A warning."""
    note, warning = said(locks(10), enabled=False)
    assert "locks people out" in note
    assert warning == "warning: ldaps://one:636 locks accounts, and shield.enabled is false"


def test_a_policy_for_some_people(said):
    """Whom the daemon does not know: a warning, unless the shield is below it."""
    _, warning = said(locks(100, 600.0, DirectoryLockout(5, 3600.0), DirectoryLockout(9, 60.0)))
    assert "wanted shield.attempts of at most 4 and a shield.window of at least 1h" in warning


def test_a_directory_that_tells_nothing(said):
    """What it must be then; and one that locks nobody. The same is told once."""
    quiet = Lockouts(told=False, everyone=None)
    (note,) = said(quiet, quiet)
    assert "wanted one that locks after more than 8 wrong passwords in 30m" in note
    assert "locks no accounts" in said(Lockouts(told=True, everyone=None))[0]
    assert [] == said(None)
