"""countersign account."""

import pytest

from proxy.accounts.throttle import DirectoryLockout, Failure
from proxy.login.fatigue import DEFAULT
from proxy.store import accounts, fatigue, notices, places, shield, wrong_codes

NO_PUSHES = {
    "denied": 0,
    "unanswered": 0,
    "failures": 0,
    "last_failed_at": None,
    "blocked_by": None,
    "blocked_at": None,
    "ends_by": None,
    "waits": {},
    "limits": {
        "first_wait": 30.0,
        "longest_wait": 3600.0,
        "denials": 3,
        "unanswered": 5,
        "failures": 100,
        "new_client": "tell",
        "new_country": "strict",
    },
    "quiet_now": False,
    "clients": {},
    "countries": {},
}


def account_id(command) -> int:
    return command.database.now(lambda session: accounts.find_by_name(session, "alice"))[0].id


def fail_codes(command, count: int) -> None:
    one = account_id(command)
    for number in range(count):
        command.database.now(
            lambda session, number=number: wrong_codes.count(
                session, one, wrong_codes.of_account(session, one), f"attempt-{number}", command.now
            )
        )


def test_show(command):
    """Enrolments, counters and what blocks, as text and as JSON."""
    command.good("totp", "enroll", "alice")
    assert command.json("account", "show", "alice") == {
        "directory": "corp",
        "user": "alice",
        "blocked": None,
        "push": False,
        "totp": True,
        "recovery_codes": 0,
        "stable_id": "id-of-alice",
        "stranger_id": None,
        "device": None,
        "failures": 0,
        "last_failed_at": None,
        "codes_wait_until": None,
        "shield": {
            "failed_binds": 0,
            "of_strangers": 0,
            "attempts": 8,
            "refused_until": None,
            "strangers_refused_until": None,
            "unproved_codes": 0,
            "codes_refused_until": None,
            "strangers_codes_refused_until": None,
        },
        "bypasses": [],
        "pushes": NO_PUSHES,
        "remembered": [],
    }
    lines = command.good("account", "show", "alice").splitlines()
    assert lines[0].split() == ["account:", "corp/alice"]
    assert "TOTP:            enrolled" in lines


def test_show_waits(command):
    """A wait after wrong codes is shown, and a lock that only an admin ends."""
    command.good("totp", "enroll", "alice")
    fail_codes(command, 5)
    assert command.json("account", "show", "alice")["codes_wait_until"] == "2026-09-21T14:13:50Z"
    assert "no code is looked at until 2026" in command.good("account", "show", "alice")
    fail_codes(command, 100)
    assert "until `account unlock`" in command.good("account", "show", "alice")


def test_unlock(command):
    """Wrong codes are forgotten; with none to forget it ends with 1."""
    command.good("totp", "enroll", "alice")
    fail_codes(command, 6)
    command.good("account", "unlock", "alice")
    assert command.json("account", "show", "alice")["failures"] == 0
    assert command.said("account", "unlock", "alice") == (
        1,
        "alice has no wrong codes or passwords and no failed pushes",
    )


def fail_pushes(command, *ends, client="vpn") -> None:
    one = account_id(command)
    for end in ends:
        command.database.now(
            lambda session, end=end: fatigue.count(session, one, client, end, DEFAULT, command.now)
        )


def test_show_pushes(command):
    """What failed, where it makes wait, what blocks and who ends that, with the limits."""
    command.good("totp", "enroll", "alice")
    fail_pushes(command, "denied", "unanswered")
    facts = command.json("account", "show", "alice")["pushes"]
    assert {"vpn": "2026-09-21T14:14:20Z"} == facts["waits"]
    assert (1, 1, 2, None) == tuple(
        facts[name] for name in ("denied", "unanswered", "failures", "ends_by")
    )
    shown = command.good("account", "show", "alice")
    assert "1 denied (blocks at 3), 1 unanswered (blocks at 5), 2 in a row" in shown
    assert "vpn until 2026-09-21T14:14:20Z" in shown
    fail_pushes(command, "denied", "denied")
    shown = command.good("account", "show", "alice")
    assert "confirms in the app or at the portal, or `account unlock`: 3 were denied" in shown
    fail_pushes(command, "reported")
    assert "somebody knows the password" in command.good("account", "show", "alice")


def test_show_places(command):
    """Where the person logged in from, and since when."""
    command.good("totp", "enroll", "alice")
    one = account_id(command)
    command.database.now(lambda session: places.remember(session, one, "vpn", "DE", command.now))
    found = command.json("account", "show", "alice")["pushes"]
    assert {"vpn": "2026-09-21T14:13:20Z"} == found["clients"]
    assert {"DE": "2026-09-21T14:13:20Z"} == found["countries"]
    shown = command.good("account", "show", "alice").splitlines()
    assert {"known clients:   vpn", "known countries: DE"} <= set(shown)


def test_a_hundred_failed_pushes_are_an_admins_to_forget(command):
    """Nobody else can; `account unlock` forgets waits and blocks too."""
    command.good("totp", "enroll", "alice")
    fail_pushes(command, *["unanswered"] * 100)
    assert "until `account unlock`: 100" in command.good("account", "show", "alice")
    command.good("account", "unlock", "alice")
    assert NO_PUSHES == command.json("account", "show", "alice")["pushes"]


def test_list(command):
    """Accounts are listed with what they have."""
    command.good("totp", "enroll", "alice")
    rows = command.good("account", "list").splitlines()
    assert rows[1].split() == ["corp/alice", "no", "yes", "0"]
    assert command.json("account", "list")[0]["user"] == "alice"


def test_block_and_unblock(command):
    """A block holds until it is taken back."""
    command.good("totp", "enroll", "alice")
    command.good("account", "block", "alice")
    assert command.json("account", "show", "alice")["blocked"] == "blocked"
    assert command.said("account", "block", "alice")[0] == 1
    command.good("account", "unblock", "alice")
    assert command.json("account", "show", "alice")["blocked"] is None
    assert command.said("account", "unblock", "alice")[0] == 1


def another_alice(command) -> None:
    command.good("totp", "enroll", "alice")
    command.hire("corp", "alice", "another-id")
    assert command.json("account", "show", "alice")["blocked"] == "another-person"


def test_decide_same_person(command):
    """The same person keeps what is enrolled."""
    another_alice(command)
    command.good("account", "decide", "alice", "--same-person")
    shown = command.json("account", "show", "alice")
    assert (shown["blocked"], shown["totp"], shown["stable_id"]) == (None, True, "another-id")


def test_decide_new_person(command):
    """A new person begins with nothing."""
    another_alice(command)
    command.good("account", "decide", "alice", "--new-person")
    shown = command.json("account", "show", "alice")
    assert (shown["blocked"], shown["totp"], shown["stable_id"]) == (None, False, "another-id")


def test_nothing_to_decide(command):
    """A decision needs a question, and an answer."""
    command.good("totp", "enroll", "alice")
    assert command.said("account", "decide", "alice", "--new-person")[0] == 1
    assert command("account", "decide", "alice").exit_code == 2


def fail_binds(command, count: int, stranger: bool = True) -> None:
    failures = [Failure(command.now - 60 + number, stranger) for number in range(count)]
    command.database.now(lambda session: shield.keep(session, ("corp", "alice"), failures))


def test_what_the_shield_counts_is_shown(command):
    """How many failed binds, whose, and until when who is refused."""
    command.good("totp", "enroll", "alice")
    fail_binds(command, 5)
    shown = command.good("account", "show", "alice")
    assert "5 of 8 that may reach the directory, 5 of strangers; strangers are refused" in shown
    fail_binds(command, 8, stranger=False)
    facts = command.json("account", "show", "alice")["shield"]
    assert (8, 0, "2026-09-21T14:42:21Z") == (
        facts["failed_binds"], facts["of_strangers"], facts["refused_until"]
    )  # fmt: skip
    assert "or `account unlock`" in command.good("account", "show", "alice")


def test_a_directory_that_locks_earlier_counts(command):
    """As it told the daemon."""
    command.good("totp", "enroll", "alice")
    lockout = DirectoryLockout(5, 3600.0)
    command.database.now(lambda session: shield.learn(session, "corp", lockout))
    assert 4 == command.json("account", "show", "alice")["shield"]["attempts"]


def test_unlock_forgives_wrong_passwords(command):
    """The daemon is told."""
    command.good("totp", "enroll", "alice")
    fail_binds(command, 8)
    command.good("account", "unlock", "alice")
    assert 0 == command.json("account", "show", "alice")["shield"]["failed_binds"]
    kinds = [row["kind"] for row in command.database.now(lambda s: notices.since(s, 0))]
    assert ["shield-cleared"] == kinds


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (3, "3 wrong codes before any password"),
        (10, "10 wrong codes before any password, those of strangers refused until 2026-"),
        (20, "20 wrong codes before any password, refused until 2026-"),
    ],
)
def test_wrong_codes_before_a_password_are_shown(command, count, wanted):
    """Of a policy with `order: second-first`; they lock no factor."""
    command.good("totp", "enroll", "alice")
    failures = [Failure(command.now - 60 + number, stranger=True) for number in range(count)]
    command.database.now(lambda s: shield.keep(s, ("corp", "alice"), failures, "code"))
    assert wanted in command.good("account", "show", "alice")
    assert 0 == command.json("account", "show", "alice")["failures"]
    command.good("account", "unlock", "alice")
    assert 0 == command.json("account", "show", "alice")["shield"]["unproved_codes"]
