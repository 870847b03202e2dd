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


def with_realms(command, *more):
    """Give `corp` and `lab` realms."""
    text = command.config.read_text()
    start, end = text.index("    type: ldap"), text.index("  lab: *ldap")
    corp, keys = (
        "    domains: [CORP, corp.example.org]\n    upn_suffixes: [example.org]\n",
        text[start:end],
    )
    lab = f"  lab:\n{keys}    domains: [LAB]\n"
    rest = text[end:].removeprefix("  lab: *ldap\n")
    command.config.write_text("\n".join([*more, text[:end] + corp + lab + rest]))


def test_a_realm_names_the_directory(command):
    """As at a login: `DOMAIN\\user`, and `user@realm` with or without the realm."""
    with_realms(command)
    command.hire("lab", "alice")
    command.hire("corp", "bob@example.org")
    for typed, found in (
        ("LAB\\alice", "lab/alice"),
        ("alice@Corp.Example.Org", "corp/alice"),
        ("bob@example.org", "corp/bob@example.org"),
        ("corp/CORP\\alice", "corp/alice"),
        ("lab/alice", "lab/alice"),
    ):
        told = command.json("totp", "enroll", "--replace", typed)
        assert found == f"{told['directory']}/{told['user']}"


def test_a_realm_that_nobody_lists_is_nobodys(command):
    """It is never taken for the name before it."""
    with_realms(command)
    for typed in ("OTHER\\alice", "alice@other", "lab/CORP\\alice"):
        status, words = command.said("totp", "enroll", typed)
        assert (1, "its realm is none of theirs") == (status, words.partition(": ")[2])


def test_the_default_directory_names_the_account(command):
    """A name alone is a name of the default directory."""
    with_realms(command, "default_directory: corp")
    command.hire("lab", "alice")
    command.hire("lab", "carl")
    assert command.json("totp", "enroll", "alice")["directory"] == "corp"
    assert command.said("totp", "enroll", "carl") == (1, "found no carl in corp")
    assert command.json("totp", "enroll", "lab/carl")["directory"] == "lab"


def test_a_directory_that_cannot_be_searched_is_believed(command):
    """Whether it has such a person nobody can tell; one that can be searched goes before."""
    command.unsearched = {"lab"}
    assert command.json("totp", "enroll", "Bob")["user"] == "bob"
    assert command.json("totp", "enroll", "alice")["directory"] == "corp"
    assert command.json("totp", "enroll", "lab/alice")["directory"] == "lab"
    assert command.said("totp", "enroll", "CORP\\bob")[0] == 1
