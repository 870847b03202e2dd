"""Guessing over RADIUS against OpenLDAP that locks after five wrong passwords; radclient is the NAS."""

import json
import re
import subprocess

import pytest

from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.front import needs_radclient
from tests.peers.slapd import BASE, PEOPLE, Slapd, needs_slapd, person
from tests.scenarios.test_codes import code, wrong

pytestmark = [pytest.mark.scenario, needs_slapd, needs_radclient]

NAS, WIFI, FIRST = "127.0.0.51", "127.0.0.52", "127.0.0.53"
HOME, CAFE = "198.51.100.7", "203.0.113.66"
LOCKS_AT = 5
RADCLIENT = ("radclient", "-x", "-r", "1", "-t", "10")
STRICTER = f"""dn: cn=default,ou=policies,{BASE}
changetype: modify
replace: pwdMaxFailure
pwdMaxFailure: {LOCKS_AT}
-
replace: pwdFailureCountInterval
pwdFailureCountInterval: 600
-
replace: pwdLockoutDuration
pwdLockoutDuration: 0
-
"""
PEOPLE_HERE = ("ann", "ben", "cleo", "dirk", "eva", "finn", "gwen", "hugo", "ines", "jan", "kim")


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("shield") / "slapd", told="stats") as running:
        running.change("\n".join([STRICTER, *(person(name) for name in PEOPLE_HERE)]))
        yield running


@pytest.fixture(scope="module")
def daemon(slapd, tmp_path_factory):
    running = Daemon(
        tmp_path_factory.mktemp("daemon"),
        slapd.directory_settings(groups=None),
        {"vpn": client(NAS), "wifi": client(WIFI), "first": client(FIRST, append_code=True)},
        [
            {"name": "vpn", "clients": ["vpn"], "directory": "corp", "factors": []},
            {"name": "wifi", "clients": ["wifi"], "directory": "corp", "factors": ["totp"]},
            {
                "name": "first",
                "clients": ["first"],
                "directory": "corp",
                "factors": ["totp", "recovery"],
                "order": "second-first",
            },
        ],
        shield={"spray_people_per_source": 5},
    )
    running.start()
    running.said("corp locks accounts")
    yield running
    running.stop()


@pytest.fixture
def logs_in(daemon):
    """Log in by radclient; give the outcome."""

    def log_in(name, password, caller=HOME, source=NAS):
        ran = subprocess.run(
            [*RADCLIENT, f"127.0.0.1:{daemon.radius_port}", "auth", SECRET.decode()],
            input=f'User-Name = "{name}"\nUser-Password = "{password}"\n'
            f'Calling-Station-Id = "{caller}"\nMessage-Authenticator = 0x00\n'
            f"Packet-Src-IP-Address = {source}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return ran.stdout.partition("Received Access-")[2].partition(" ")[0]

    return log_in


def reasons(daemon, name):
    """Give the reasons of a person's logins that are in the log."""
    lines = (json.loads(line) for line in daemon.text().splitlines() if line[:1] == "{")
    return [one["reason"] for one in lines if one.get("username") == name and "outcome" in one]


def test_guessing_locks_nobody_out(daemon, slapd, logs_in):
    """Not a person who has not logged in here yet: four wrong ones reach the directory, of ten."""
    assert ["Reject"] * 10 == [logs_in("ann", f"guess {number}", CAFE) for number in range(10)]
    assert LOCKS_AT - 1 == slapd.failed_binds("ann")
    assert ["bad-credentials"] * 4 + ["throttled"] * 6 == reasons(daemon, "ann")
    assert slapd.binds("ann", "ann-password")
    shown = daemon.command("account", "show", "ann")
    assert "4 of 4 that may reach the directory" in shown


def test_the_person_passes_while_a_stranger_guesses(slapd, logs_in):
    """With the password that passed last, from the own place and from another; strangers get two."""
    assert "Accept" == logs_in("ben", "ben-password")
    guesses = [logs_in("ben", f"guess {number}", CAFE) for number in range(6)]
    assert ["Reject"] * 6 == guesses
    assert 2 == slapd.failed_binds("ben")
    assert "Accept" == logs_in("ben", "ben-password", "192.0.2.99")
    assert 0 == slapd.failed_binds("ben")


def test_an_admin_unlocks_for_the_next_packet(daemon, slapd, logs_in):
    """Here; the directory has a count of its own."""
    for number in range(5):
        logs_in("cleo", f"guess {number}", CAFE)
    assert "Reject" == logs_in("cleo", "cleo-password")
    daemon.command("account", "unlock", "cleo")
    assert "Accept" == logs_in("cleo", "cleo-password")


def test_what_was_counted_outlives_the_daemon(daemon, slapd, logs_in):
    """After `kill -9` no more reach the directory; who passed from home is known there."""
    assert "Accept" == logs_in("dirk", "dirk-password")
    for number in range(3):
        logs_in("dirk", f"guess {number}", CAFE)
    daemon.kill()
    daemon.start()
    for number in range(3):
        logs_in("dirk", f"another {number}", CAFE)
    assert LOCKS_AT - 1 > slapd.failed_binds("dirk")
    assert "Accept" == logs_in("dirk", "dirk-password")


def test_a_spray(daemon, slapd, logs_in):
    """One password on seven people: five times it reaches the directory; the log says from where."""
    names = PEOPLE_HERE[4:]
    for name in names:
        assert "Reject" == logs_in(name, "Winter2026!", "192.0.2.200")
    told = [reasons(daemon, name)[-1] for name in names]
    assert ["bad-credentials"] * 5 + ["sprayed"] * 2 == told
    assert [1] * 5 + [0] * 2 == [slapd.failed_binds(name) for name in names]
    (line,) = [one for one in daemon.text().splitlines() if "one password is tried" in one]
    assert '"origin":"192.0.2.200"' in line
    assert '"level":"warn"' in line
    assert "Winter2026!" not in daemon.text()
    assert "Accept" == logs_in("kim", "kim-password", "192.0.2.200")


def test_no_password_is_tried_without_a_right_code(daemon, slapd, logs_in):
    """By slapd's own log: not one bind for ten wrong codes, one for a right one; no factor locked."""
    uri = daemon.command("totp", "enroll", "ines")
    (seed,) = re.findall(r"secret=([A-Z2-7]+)", uri)
    before = slapd.binds_sent("ines")
    tries = ["ines-password", "ines-password,push"]
    tries += [f"ines-password,{wrong(seed)}" for _ in range(8)]
    assert ["Reject"] * 10 == [logs_in("ines", one, CAFE, FIRST) for one in tries]
    assert ["wrong-code"] * 10 == reasons(daemon, "ines")[-10:]
    assert 0 == slapd.binds_sent("ines") - before
    assert 0 == daemon.json("account", "show", "ines")["failures"]
    assert 8 == daemon.json("account", "show", "ines")["shield"]["unproved_codes"]
    right = code(seed)
    assert "Accept" == logs_in("ines", f"ines-password,{right}", HOME, FIRST)
    assert "Reject" == logs_in("ines", f"ines-password,{right}", HOME, FIRST)
    assert 1 == slapd.binds_sent("ines") - before
    assert "totp" in reasons(daemon, "ines")


def test_check_says_that_the_shield_is_below(daemon):
    """With what the directory told."""
    said = daemon.command("check", "--connect")
    assert "locks an account after 5 wrong passwords in 10m: the shield keeps below it" in said
    assert "4 in 30m reach it" in said


def test_break_glass(daemon, logs_in):
    """By hand: no second factor, then a bypass, then none again; loud, and a restart changes nothing."""
    assert "Reject" == logs_in("hugo", "hugo-password", source=WIFI)
    daemon.command("bypass", "hugo", "--for", "30m", "--reason", "lost the phone, 4711")
    assert "Accept" == logs_in("hugo", "hugo-password", source=WIFI)
    assert "Reject" == logs_in("hugo", "wrong", source=WIFI)
    daemon.said("bypass 1 of corp/hugo holds; made by")
    daemon.kill()
    daemon.start()
    assert "Accept" == logs_in("hugo", "hugo-password", source=WIFI)
    lines = [json.loads(one) for one in daemon.text().splitlines() if one[:1] == "{"]
    accepted = [one for one in lines if one.get("reason") == "bypass"]
    assert ["warn", "warn"] == [one["level"] for one in accepted]
    daemon.command("bypass", "end", "hugo")
    assert "Reject" == logs_in("hugo", "hugo-password", source=WIFI)
    assert "not-enrolled" == reasons(daemon, "hugo")[-1]
    daemon.said("bypass 1 of corp/hugo was ended")
    assert PEOPLE not in daemon.command("bypass", "list", "--all")
