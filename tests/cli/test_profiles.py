"""countersign profiles."""

from proxy.settings.profile import profile_names


def test_list(command):
    """Every profile, with how long such a NAS waits."""
    command.config.unlink()
    assert [one["name"] for one in command.json("profiles", "list")] == profile_names()
    (line,) = [
        line for line in command.good("profiles", "list").splitlines() if "FortiGate" in line
    ]
    assert line.split() == ["fortigate", "true", "5s", "FortiGate"]


def test_show(command):
    """Each fact with its source, what a client gets of it, and what to set on the NAS."""
    text = command.good("profiles", "show", "fortigate")
    assert "timeout: 5s [timers]\n" in text
    assert "tries: not known\n    as often as" in text
    assert "  wait: 5s\n" in text
    assert "To wait for a phone (1m): `config system global`" in text
    assert "<https://community.fortinet.com/" in text


def test_show_as_json(command):
    """The same, whole."""
    shown = command.json("profiles", "show", "ocserv")
    assert shown["client"]["wait"] == "40s"
    assert shown["facts"]["held_blocks"]["value"] is True
    assert shown["waits"] == 40.0


def test_no_such_profile(command):
    """Another name ends with 1."""
    assert command.said("profiles", "show", "../clients") == (
        1,
        "found no profile ../clients; `countersign profiles list` names them",
    )
