"""Remembered logins, as `countersign account` shows and forgets them."""

import pytest

from proxy.accounts.account import Person
from proxy.login.actions import RecallSecondFactor
from proxy.login.remembering import Passed
from proxy.store import accounts, remembered


def remember(command, login_id, caller="3c22fb001a2b"):
    """Remember a login of alice, as the daemon would."""
    person = Person("corp", "alice", "id-of-alice", "uid=alice", frozenset())

    def keep(session):
        account = accounts.ensure(session, person, command.now)
        question = RecallSecondFactor(
            login_id,
            account.id,
            person,
            "wifi",
            "group air",
            caller,
            3600.0,
            ("push",),
            number=False,
            verify_user=False,
        )
        remembered.recall(session, question, caller.encode(), b"mark", command.now)
        passed = Passed(login_id, "push", number=False, verified=False, until=command.now + 3600)
        remembered.remember(session, passed, command.now)

    command.database.now(keep)


@pytest.fixture
def two(command):
    remember(command, "1" * 32)
    remember(command, "2" * 32, "192.0.2.77")
    return command


def test_shown(two):
    """Where, how and until when; of the caller only so much that its owner knows it."""
    shown = two.json("account", "show", "alice")["remembered"]
    assert [
        {
            "id": 2,
            "client": "wifi",
            "caller": "192.0.*.*",
            "factor": "push",
            "passed_at": "2026-09-21T14:13:20Z",
            "until": "2026-09-21T15:13:20Z",
            "used_at": None,
        },
        {**shown[0], "id": 1, "caller": "**:**:**:**:1a:2b"},
    ] == shown
    assert (
        "remembered:      1: push of 2026-09-21T14:13:20Z, **:**:**:**:1a:2b at wifi, "
        "until 2026-09-21T15:13:20Z"
    ) in two.good("account", "show", "alice").splitlines()


def test_forgotten_by_number(two):
    """One of them."""
    two.good("account", "forget", "alice", "--id", "1")
    assert [2] == [one["id"] for one in two.json("account", "show", "alice")["remembered"]]
    assert (1, "no such login of alice is remembered") == two.said(
        "account", "forget", "alice", "--id", "1"
    )


def test_all_forgotten(two):
    """And nothing more to forget ends with 1."""
    two.good("account", "forget", "alice")
    assert [] == two.json("account", "show", "alice")["remembered"]
    assert (1, "no login of alice is remembered") == two.said("account", "forget", "alice")


def test_over(two):
    """What is over is not shown."""
    two.now += 3600
    assert [] == two.json("account", "show", "alice")["remembered"]
