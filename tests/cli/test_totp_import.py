"""countersign totp import."""

import base64
from pathlib import Path

import pytest

from proxy.factors.totp import read_seed
from proxy.settings.load import load
from proxy.store import accounts, schema, totp

PSKC = Path(__file__).parent.parent / "factors/seed_files/files"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
OTHER = base64.b32encode(b"other" * 4).decode()


@pytest.fixture
def file(command):
    for name in ("bob", "carol"):
        command.hire("corp", name)
    file = command.folder / "seeds.csv"
    file.write_text(f"ALICE,{SEED}\nbob,{OTHER}\n")
    return file


def seeds(command):
    """Give what the store has, by user."""
    master = load(command.config).settings.master_key.key

    def read(session):
        rows = session.rows(
            schema.totp.select()
            .join_from(schema.totp, schema.accounts)
            .add_columns(schema.accounts.c.user_name)
            .where(schema.totp.c.sealed_seed.is_not(None))
        )
        return {row["user_name"]: totp.open_seed(session, master, row) for row in rows}

    return command.database.now(read)


def told(command, file, *options):
    """Give the exit status and what was said of the file's lines."""
    result = command("totp", "import", str(file), *options)
    assert isinstance(result.exception, SystemExit | None)
    lines = [one for one in result.stderr.splitlines() if one.startswith(str(file))]
    return result.exit_code, [one.removeprefix(f"{file}:") for one in lines]


def test_everybody_keeps_the_app_they_have(command, file):
    """Each account is the one that the directory names."""
    assert command.good("totp", "import", str(file)) == "alice  enrolled\nbob  enrolled\n"
    assert seeds(command) == {"alice": read_seed(SEED), "bob": read_seed(OTHER)}


def test_a_name_in_a_csv_file_is_a_name(command, file):
    """Also one that looks like a distinguished name."""
    file.write_text(f"uid=alice,{SEED}\n")
    assert told(command, file) == (1, ["1: found no uid=alice in corp, lab"])


def test_again(command, file):
    """The same file changes nothing, and steps that were used stay used."""
    command.good("totp", "import", str(file))
    assert command.json("totp", "import", str(file)) == {
        "dry_run": False,
        "imported": [
            {"line": 1, "directory": "corp", "user": "alice", "outcome": "unchanged"},
            {"line": 2, "directory": "corp", "user": "bob", "outcome": "unchanged"},
        ],
        "faults": [],
    }


def test_nothing_is_imported_unless_every_line_is_good(command, file):
    """All faults are told, by line; no account is made either."""
    file.write_text(
        f"alice,{SEED}\nnobody,{SEED}\nbob,GEZDGNBV\ncarol\nAlice,{OTHER}\ncarol,{SEED}\n"
    )
    before = command.json("account", "list")
    assert told(command, file) == (
        2,
        [
            "2: found no nobody in corp, lab",
            "3: found a seed of 40 bits, wanted 112 to 1024",
            "4: found 1 fields, wanted username,base32seed",
            "5: found alice again, with a seed in line 1 already",
        ],
    )
    assert (seeds(command), command.json("account", "list")) == ({}, before)
    assert "nothing was imported" in command("totp", "import", str(file)).stderr


def test_what_is_good_is_imported_where_that_is_asked_for(command, file):
    """The status still says that something was not."""
    file.write_text(f"alice,{SEED}\nnobody,{SEED}\n")
    result = command("totp", "import", str(file), "--partial")
    assert (result.exit_code, result.stdout) == (1, "alice  enrolled\n")
    assert list(seeds(command)) == ["alice"]


def test_a_dry_run_keeps_nothing(command, file):
    """And says what it would do."""
    command.good("totp", "enroll", "bob", "--seed", SEED)
    result = command("totp", "import", str(file), "--dry-run", "--replace")
    assert (result.exit_code, result.stdout) == (0, "alice  enrolled\nbob  replaced\n")
    assert "nothing was kept" in result.stderr
    assert seeds(command) == {"bob": read_seed(SEED)}


def test_a_seed_is_not_replaced_by_accident(command, file):
    """--replace makes the old app useless; who removed it gets the new one."""
    command.good("totp", "enroll", "bob", "--seed", SEED)
    status, lines = told(command, file)
    assert (status, lines) == (1, ["2: bob has TOTP already; --replace makes the old app useless"])
    assert list(seeds(command)) == ["bob"]
    assert "bob  replaced" in command.good("totp", "import", str(file), "--replace")
    assert seeds(command)["bob"] == read_seed(OTHER)
    command.good("totp", "remove", "bob")
    assert "bob  enrolled" in command.good("totp", "import", str(file))


def test_people_are_found_as_totp_enroll_finds_them(command, file):
    """Several directories, several entries, another person under an old name."""
    command.hire("lab", "alice")
    assert told(command, file)[1] == [
        "1: several directories know ALICE, wanted one of corp/alice, lab/alice"
    ]
    file.write_text(f"lab/alice,{SEED}\ncarol,{SEED}\nbob,{SEED}\n")
    command.good("totp", "enroll", "carol")
    command.hire("corp", "carol", "another id")
    command.doubled.add("bob")
    status, lines = told(command, file)
    assert (status, len(lines)) == (1, 2)
    assert lines[0].startswith("2: corp/carol is another person than the one who enrolled")
    assert lines[1] == "3: directory corp has more than one bob"


def test_a_directory_that_does_not_answer(command, file):
    """Nobody knows who is who: nothing is imported, with 3."""
    command.silent.add("corp")
    result = command("totp", "import", str(file), "--partial")
    assert (result.exit_code, "does not answer" in result.stderr) == (3, True)
    assert seeds(command) == {}


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"", "1: found no seed"),
        (b"alice,\xff", "1: found octets that are not UTF-8"),
        (b"<!DOCTYPE a><a/>", "1: found a document type declaration"),
        (b"<a>", "1: not XML"),
    ],
)
def test_a_file_that_is_none(command, file, octets, found):
    """Ends with 2."""
    file.write_bytes(octets)
    status, said = command.said("totp", "import", str(file))
    assert (status, found in said) == (2, True)


def test_a_file_that_is_not_there(command, file):
    """Nor the ones that open it."""
    for arguments in (("none",), (str(file), "--key-file", "none")):
        status, said = command.said("totp", "import", *arguments)
        assert (status, "none" in said, "Traceback" in said) == (2, True, False)


@pytest.mark.parametrize(
    ("name", "option", "secret"),
    [
        ("plain", None, None),
        ("shared_key", "--key-file", "1234567890123456 7890123456789012\n"),
        ("passphrase", "--passphrase-file", "correct horse battery staple\n"),
    ],
)
def test_pskc(command, file, name, option, secret):
    """With whatever opens it; a distinguished name is its first value."""
    options = []
    if option:
        assert command.said("totp", "import", str(PSKC / f"{name}.xml"))[0] == 2
        (command.folder / "secret").write_text(secret)
        options = [option, str(command.folder / "secret")]
    shown = command.good("totp", "import", str(PSKC / f"{name}.xml"), *options)
    assert shown == "alice  enrolled\nbob  enrolled\ncarol  enrolled\n"
    shapes = {user: (one.algorithm, one.digits, one.period) for user, one in seeds(command).items()}
    assert shapes == {
        "alice": ("SHA1", 6, 30),
        "bob": ("SHA256", 8, 60),
        "carol": ("SHA512", 7, 30),
    }


def test_pskc_with_the_wrong_key(command, file):
    """Is told by line; nothing of the key is."""
    (command.folder / "secret").write_text("00" * 16)
    path = PSKC / "shared_key.xml"
    status, said = command.said(
        "totp", "import", str(path), "--key-file", str(command.folder / "secret")
    )
    assert (status, "does not open" in said) == (2, True)
    (command.folder / "secret").write_text("no hexadecimal")
    status, said = command.said(
        "totp", "import", str(path), "--key-file", str(command.folder / "secret")
    )
    assert (status, "found no hexadecimal" in said) == (2, True)


def test_a_signature_is_said_not_to_be_verified(command, file):
    """Whoever wants that has a program for it."""
    text = (PSKC / "plain.xml").read_text().replace("</pskc:KeyC", "<Signature/></pskc:KeyC")
    file.write_text(text)
    result = command("totp", "import", str(file))
    assert (result.exit_code, "its signature was not verified" in result.stderr) == (0, True)


def test_accounts_are_kept_only_with_their_seeds(command, file):
    """A dry run makes no account."""
    command.good("totp", "import", str(file), "--dry-run")
    assert command.database.now(lambda s: accounts.find_by_name(s, "bob")) == []
