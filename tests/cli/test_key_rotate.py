"""countersign key rotate, cut short at whatever step."""

import os
import stat
from functools import partial
from pathlib import Path

import pytest

from proxy.accounts.enrolment import normal_code
from proxy.cli import key_rotate
from proxy.factors.totp import code_at, read_seed
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.settings.load import load
from proxy.settings.master_key import read_master_key
from proxy.store import database as database_module
from proxy.store import invitations, passcodes, recovery, schema, server_keys, totp

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
MONTH = 30 * 24 * 3600


class Killed(BaseException):
    """`kill -9`, for a process that is a function."""


class Mortal:
    """Counts what a process does to the world, and dies before one of these."""

    def __init__(self, monkeypatch):
        self.dies_at = None
        self.done = 0
        for owner, name in (
            (database_module.Database, "now"),
            (database_module.Database, "settle"),
            (os, "fsync"),
            (os, "link"),
            (os, "replace"),
            (os, "chown"),
        ):
            monkeypatch.setattr(owner, name, self._counting(getattr(owner, name)))

    def _counting(self, real):
        def call(*arguments, **named):
            self.done += 1
            if self.done == self.dies_at:
                raise Killed
            return real(*arguments, **named)

        return call


class World:
    """Somebody with codes and an invitation, and the daemon that began with the first key."""

    def __init__(self, command):
        self.command = command
        self.file = command.folder / "master.key"
        self.daemon = load(command.config).settings.master_key.key
        command.good("totp", "enroll", "alice", "--seed", SEED)
        self.recovery = command.good("recovery", "issue", "alice").split()
        self.invitation = command.good("device", "invite", "alice").strip().partition("#")[2]
        self.kid = command.database.now(
            lambda s: server_keys.signing_key(s, self.daemon, command.now).kid
        )
        self.step = int(command.now // 30)

    def works(self):
        """Say that the daemon and a new process open everything; each uses a code up."""
        fresh = load(self.command.config).settings.master_key.key
        for master in (self.daemon, fresh):
            self.command.database.now(partial(self._works, master=master))

    def _works(self, session, master):
        self.step += 1
        now, code = self.step * 30, code_at(read_seed(SEED), self.step)
        question = CheckPasscode(1, "totp", Secret(code), f"attempt {self.step}")
        assert PasscodeAccepted("totp") == passcodes.check(session, master, question, 1, now)
        assert recovery.find(session, master, 1, Secret(self.recovery[0].encode()))
        code = normal_code(self.invitation)
        assert invitations.find_good(session, master, code, self.command.now)
        assert self.kid == server_keys.signing_key(session, master, self.command.now).kid

    def enrol_again(self):
        """Seal something, as a command does while keys are exchanged."""
        master = read_master_key(self.file)
        self.command.database.now(
            lambda s: totp.enroll(s, master, 1, read_seed(SEED), self.command.now)
        )

    def sealed(self):
        """Give the marks of the keys under which anything is sealed."""

        def marks(session):
            return {
                session.row(table.select())[column][1:9].hex()
                for table, column in (
                    (schema.totp, "sealed_seed"),
                    (schema.server_keys, "sealed_private"),
                )
            }

        return self.command.database.now(marks)


@pytest.fixture
def world(command):
    return World(command)


def test_rotate_master(command, world):
    """Another key in the same file; the old one stays beside it for older backups."""
    world.file.chmod(0o640)
    before, old = world.file.read_text(), world.daemon.mark
    told = command.json("key", "rotate", "master")
    new = read_master_key(world.file)
    kept = command.folder / f"master.key.{old}"
    assert told == {"state": "done", "master": new.mark, "old": old, "old_file": str(kept)}
    assert (new.mark != old, world.sealed()) == (True, {new.mark})
    assert kept.read_text() == before
    assert {0o640} == {stat.S_IMODE(file.stat().st_mode) for file in (world.file, kept)}
    assert {world.file, kept, command.config, command.store} <= set(command.folder.iterdir())
    assert not list(command.folder.glob(".master-key-*"))
    world.works()
    assert command.json("key", "list")["master"] == new.mark


def test_nothing_of_what_was_sealed_under_the_old_key_is_left_in_the_file(command, world):
    """Neither in rows nor in what SQLite freed, nor in its log."""
    old = world.daemon.prefix
    assert old in command.store.read_bytes() + log_of(command)
    command.good("key", "rotate", "master")
    assert old not in command.store.read_bytes() + log_of(command)


def log_of(command):
    log = command.store.with_name(command.store.name + "-wal")
    return log.read_bytes() if log.exists() else b""


def test_rotate_master_cut_short_anywhere(command, world, monkeypatch):
    """Killed before and after each thing that it does: all goes on, and the next call ends it."""
    mortal = Mortal(monkeypatch)
    rotations, marks = 0, {world.daemon.mark}
    while True:
        mortal.done, mortal.dies_at = 0, rotations + 1
        try:
            command.good("key", "rotate", "master")
        except Killed:
            rotations += 1
        else:
            break
        mortal.dies_at = None
        world.works()
        world.enrol_again()
        command.good("key", "rotate", "master")
        world.works()
        assert {read_master_key(world.file).mark} == world.sealed()
        marks |= world.sealed()
    assert rotations >= 15
    assert len(marks) == rotations + 1


def test_an_exchange_that_is_not_finished_is_shown(command, world, monkeypatch):
    """Until the next call has finished it."""
    monkeypatch.setattr(key_rotate, "exchange_master_key", _killed)
    with pytest.raises(Killed):
        command("key", "rotate", "master")
    shown = command.json("key", "list")
    assert (shown["master"], len(shown["next_master"])) == (world.daemon.mark, 16)
    assert "not finished" in command.good("key", "list")


def _killed(*_):
    raise Killed


def test_rotate_master_where_the_key_comes_from_elsewhere(command, world):
    """The new key is written to a file; once the configuration has it, the next call ends it."""
    text = world.file.read_text().strip()
    command.config.write_text(command.config.read_text().replace("!file master.key", text))
    status, said = command.said("key", "rotate", "master")
    assert (status, "wanted --to FILE" in said) == (2, True)
    target = command.folder / "next.key"
    target.write_text("something else")
    assert command.said("key", "rotate", "master", "--to", str(target))[0] == 1
    target.unlink()
    for _ in range(2):
        result = command("key", "rotate", "master", "--to", str(target))
        assert (result.exit_code, result.stdout) == (0, f"{target}\n")
        assert "restart the daemon" in result.stderr
        world.works()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    new = target.read_text().strip()
    command.config.write_text(command.config.read_text().replace(text, new))
    told = command.json("key", "rotate", "master", "--to", str(target))
    assert (told["state"], told["master"]) == ("done", MasterKey.parse(new.encode()).mark)
    world.works()


def test_rotate_master_with_to_where_there_is_a_file(command, world):
    """It would not be read."""
    status, said = command.said("key", "rotate", "master", "--to", "x")
    assert (status, "wanted no --to" in said) == (2, True)


def test_rotate_master_in_a_folder_that_is_read_only(command, world, monkeypatch):
    """Is told before anything is begun."""
    monkeypatch.setattr(os, "access", lambda path, _: not Path(path).is_dir())
    status, said = command.said("key", "rotate", "master")
    assert (status, "cannot write in" in said) == (2, True)
    assert command.json("key", "list")["next_master"] is None


def test_a_link_stays_a_link(command, world):
    """The file that it leads to gets the key."""
    real = command.folder / "real.key"
    world.file.rename(real)
    world.file.symlink_to(real)
    command.good("key", "rotate", "master")
    assert world.file.is_symlink()
    assert world.sealed() == {read_master_key(real).mark}


def test_another_master_key_rotates_nothing(command, world):
    """A key that never sealed anything here."""
    world.file.write_text(MasterKey.create())
    status, said = command.said("key", "rotate", "master")
    assert (status, "another master key sealed this store" in said) == (2, True)


def test_rotate_a_compromised_master(command, world):
    """Says what else somebody may know who had the old key."""
    result = command("key", "rotate", "master", "--compromised")
    assert result.exit_code == 0
    for words in ("restart the daemon", "rotate requests --compromised", "sealed: 1"):
        assert words in result.stderr
    world.works()


def test_rotate_requests(command):
    """The next key is published at once and signs after 30 days."""
    first = signing(command)
    told = command.json("key", "rotate", "requests")
    listed = {one["kid"]: one for one in command.json("key", "list")["request_keys"]}
    assert {first: "signs", told["kid"]: "waits"} == {k: one["state"] for k, one in listed.items()}
    assert command.json("key", "list")["requests"] == [first, told["kid"]]
    assert signing(command) == first
    assert f"{told['kid']}  published, signs from 20" in command.good("key", "list")
    assert f"{first}  signs, published until 20" in command.good("key", "list")
    command.now += MONTH
    assert signing(command) == told["kid"]
    assert f"{first}  published until 20" in command.good("key", "list")
    command.now += 3600
    assert command.json("key", "list")["requests"] == [told["kid"]]
    assert f"{first}  ended 20" in command.good("key", "list")


def signing(command):
    master = load(command.config).settings.master_key.key
    return command.database.now(lambda s: server_keys.signing_key(s, master, command.now).kid)


def test_rotate_requests_twice(command):
    """While a key waits there is no other."""
    assert "signs from" in command.good("key", "rotate", "requests")
    status, said = command.said("key", "rotate", "requests")
    assert (status, "is published already and signs from" in said) == (1, True)
    assert len(command.json("key", "list")["requests"]) == 2


def test_rotate_compromised_requests(command):
    """The old keys end at once, also the one that waits; the new one signs."""
    command.good("key", "rotate", "requests")
    told = command.json("key", "rotate", "requests", "--compromised")
    assert command.json("key", "list")["requests"] == [told["kid"]]
    assert signing(command) == told["kid"]


def test_rotate_wants_to_know_what(command):
    """Wrong use ends with 2."""
    assert command("key", "rotate").exit_code == 2
    assert command("key", "rotate", "everything").exit_code == 2
    assert command.said("key", "rotate", "requests", "--to", "x")[0] == 2
