"""countersign recovery."""


def test_issue(command):
    """A set of ten codes is printed, a line each, and counted on the account."""
    codes = command.good("recovery", "issue", "alice").split()
    assert len(set(codes)) == 10
    assert command.json("account", "show", "alice")["recovery_codes"] == 10


def test_issue_again(command):
    """A new set ends the old one."""
    first = command.json("recovery", "issue", "alice")["codes"]
    second = command.json("recovery", "issue", "alice")["codes"]
    assert not set(first) & set(second)
    assert command.json("account", "show", "alice")["recovery_codes"] == 10
