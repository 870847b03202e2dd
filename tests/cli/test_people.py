"""USER on a command line to an account."""


def test_the_directory_names_the_account(command):
    """What is typed is looked up; the account has the directory's spelling."""
    command.hire("corp", "Alice")
    assert command.json("totp", "enroll", "ALICE")["user"] == "Alice"


def test_unknown_person(command):
    """A name that no directory has ends with 1."""
    assert command.said("totp", "enroll", "mallory") == (1, "found no mallory in corp, lab")


def test_two_directories_know_the_name(command):
    """A name of two directories needs the directory before it."""
    command.hire("lab", "alice")
    assert command.said("totp", "enroll", "alice") == (
        2,
        "several directories know alice, wanted one of corp/alice, lab/alice",
    )
    assert command.json("totp", "enroll", "lab/alice")["directory"] == "lab"


def test_a_silent_directory_enrols_nobody(command):
    """Where a directory does not answer nobody is enrolled: it may know the name too."""
    command.silent = {"lab"}
    assert command.said("totp", "enroll", "alice") == (
        3,
        "directory lab does not answer: timeout",
    )
    assert command("totp", "enroll", "corp/alice").exit_code == 0


def test_a_silent_directory_does_not_keep_from_taking_away(command):
    """An account that the store knows can be shown and cut down while its directory is down."""
    command.good("totp", "enroll", "alice")
    command.silent = {"corp", "lab"}
    result = command("totp", "remove", "alice")
    assert result.exit_code == 0
    assert "taking the account that the store knows" in result.stderr


def test_a_person_who_left(command):
    """An account whose person is gone can still be cut down."""
    command.good("totp", "enroll", "alice")
    command.fire("corp", "alice")
    result = command("totp", "remove", "Alice")
    assert result.exit_code == 0
    assert "no directory has Alice any more" in result.stderr


def test_nobody_knows_the_name(command):
    """A name that neither directory nor store has is refused; silence is told as silence."""
    assert command.said("account", "show", "mallory") == (1, "found no mallory in corp, lab")
    command.silent = {"corp"}
    assert command.said("account", "show", "mallory")[0] == 3


def test_several_accounts_in_the_store(command):
    """Without its directories a name of two accounts needs the directory before it too."""
    command.hire("lab", "alice")
    command.good("totp", "enroll", "corp/alice")
    command.good("totp", "enroll", "lab/alice")
    command.silent = {"corp", "lab"}
    assert command.said("totp", "remove", "alice")[0] == 2
    assert command("totp", "remove", "lab/alice").exit_code == 0


def test_a_name_with_a_slash(command):
    """A slash after what is no directory's name is part of the user's name."""
    command.hire("corp", "eng/alice")
    assert command.json("totp", "enroll", "eng/alice")["user"] == "eng/alice"


def test_another_person_is_not_enrolled(command):
    """Under a name that came back with another stable id nothing is enrolled before a decision."""
    command.good("totp", "enroll", "alice")
    command.hire("corp", "alice", "another-id")
    status, said = command.said("recovery", "issue", "alice")
    assert status == 1
    assert "countersign account decide corp/alice" in said
