"""What a command changes of a person's second factors is told to that person by the daemon."""

from proxy.store import announcements


def kinds(command):
    found = command.database.now(lambda s: announcements.due(s, command.now, 9))
    return [(one.user_name, one.kind) for one in found]


def test_commands_tell_the_person(command):
    """An app that comes and goes, codes on paper; an import of what people have already does not."""
    command.good("totp", "enroll", "alice")
    command.good("totp", "remove", "alice")
    command.good("recovery", "issue", "alice")
    file = command.folder / "seeds.csv"
    file.write_text("alice,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n")
    command.good("totp", "import", str(file))
    assert [
        ("alice", "totp-enrolled"),
        ("alice", "totp-removed"),
        ("alice", "recovery-issued"),
    ] == kinds(command)
