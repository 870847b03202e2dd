"""countersign bypass."""

import pytest

from proxy.store import bypasses, notices

ALICE = ["bypass", "alice", "--for", "30m", "--reason", "lost the phone"]


def test_for_a_person(command):
    """It says until when, is listed, and `account show` tells it."""
    said = command.good(*ALICE)
    until = "2026-09-21T14:43:20Z"
    assert f"bypass 1: the first factor suffices for corp/alice until {until}" == said.strip()
    (listed,) = command.json("bypass", "list")
    maker = listed.pop("made_by")
    assert {
        "id": 1,
        "subject": "corp/alice",
        "reason": "lost the phone",
        "made_at": "2026-09-21T14:13:20Z",
        "until": until,
        "holds": True,
    } == listed
    rows = command.good("bypass", "list").splitlines()
    assert ["1", "corp/alice", "yes", until, maker, "lost", "the", "phone"] == rows[1].split()
    shown = f"the first factor suffices for corp/alice until {until}: lost the phone"
    assert f"bypass:          {shown}" in command.good("account", "show", "alice").splitlines()
    assert [1] == [one["id"] for one in command.json("account", "show", "alice")["bypasses"]]


def test_for_a_client(command):
    """Everyone there; it is shown with each of them."""
    command.good("bypass", "--client", "vpn", "--for", "4h", "--reason", "the push service is down")
    assert "client vpn" in command.good("account", "show", "alice")
    command.good("bypass", "end", "--client", "vpn")
    assert [] == command.json("bypass", "list")


def test_the_daemon_is_told(command):
    """By a notice, at once."""
    command.good(*ALICE)
    rows = command.database.now(lambda session: notices.since(session, 0))
    assert [("bypass-changed", "1")] == [(row["kind"], row["subject"]) for row in rows]


def test_it_is_gone_by_itself(command):
    """Then only --all lists it, and there is nothing to end."""
    command.good(*ALICE)
    command.now += 1800
    assert [] == command.json("bypass", "list")
    assert [False] == [one["holds"] for one in command.json("bypass", "list", "--all")]
    assert (1, "no bypass holds for corp/alice") == command.said("bypass", "end", "alice")


def test_end(command):
    """It is listed with the time at which it was ended."""
    command.good(*ALICE)
    command.now += 60
    command.good("bypass", "end", "alice")
    assert "2026-09-21T14:14:20Z" == command.json("bypass", "list", "--all")[0]["until"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (ALICE[:4], "--reason"),
        ([*ALICE[:4], "--reason", " "], "reason of 1 to 200"),
        ([*ALICE[:2], *ALICE[4:]], "--for"),
        (["bypass", "alice", "--for", "5h", "--reason", "x"], "from 1m to 4h"),
        (["bypass", "alice", "--for", "1s", "--reason", "x"], "from 1m to 4h"),
        (["bypass", "--for", "1h", "--reason", "x"], "wanted USER or --client"),
        ([*ALICE, "--client", "vpn"], "wanted USER or --client"),
        (["bypass", "--client", "lan", "--for", "1h", "--reason", "x"], "name of a client: vpn"),
        (["bypass", "--client", "portal", "--for", "1h", "--reason", "x"], "name of a client"),
    ],
)
def test_wrong_use(command, words, wanted):
    """No reason, no length or too much of it, nobody, an unknown client, the portal: nothing is made."""
    status, said = command.said(*words)
    assert 2 == status
    assert wanted in said
    assert [] == command.database.now(bypasses.list_all)


def test_a_person_called_as_a_command(command):
    """Is written with the directory."""
    command.hire("corp", "list")
    command.good("bypass", "corp/list", "--for", "1h", "--reason", "new phone")
    assert ["corp/list"] == [one["subject"] for one in command.json("bypass", "list")]
