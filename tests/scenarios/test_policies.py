"""
One policy, every way to pass: radclient is told the same attributes, and explain says which.

The person's entry at slapd has two departments and no address, so that values of the directory are
among them, several and none.
"""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.slapd import ADMINS, PEOPLE, VPN_USERS, needs_slapd, person
from tests.scenarios.conftest import Someone
from tests.scenarios.test_codes import code

pytestmark = [
    pytest.mark.scenario,
    needs_slapd,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]
HELD, CODED, ALONE = (f"127.0.0.{last}" for last in (61, 62, 63))
REPLY = [
    {"attribute": "Filter-Id", "from": "departmentNumber"},
    {"attribute": "Framed-IP-Address", "from": "roomNumber"},
    {"attribute": "Fortinet-Group-Name", "value": "staff"},
    {"vlan": 42, "tag": 1, "groups": [VPN_USERS]},
    {"vlan": 7, "tag": 1, "groups": [ADMINS]},
]
TOLD = [
    ("Filter-Id", '"lab"'),
    ("Filter-Id", '"research"'),
    ("Fortinet-Group-Name", '"staff"'),
    ("Tunnel-Type:1", "VLAN"),
    ("Tunnel-Medium-Type:1", "IEEE-802"),
    ("Tunnel-Private-Group-Id:1", '"42"'),
    ("Session-Timeout", "28800"),
]
FOREVER = 10


def policy(name, factors, **more):
    facts = {"name": name, "clients": [name], "directory": "corp", "groups": [VPN_USERS]}
    decided = {"reply": REPLY, "session": "8h", "accounting_class": True}
    return {**facts, "factors": factors, **decided, **more}


@pytest.fixture(scope="module")
def world(slapd, tmp_path_factory):
    """A daemon, and pia, who is in both groups."""
    departments = ("departmentNumber: lab", "departmentNumber: research")
    members = [
        f"dn: {group}\nchangetype: modify\nadd: member\nmember: uid=pia,{PEOPLE}\n"
        for group in (VPN_USERS, ADMINS)
    ]
    slapd.change("\n".join([person("pia", *departments), person("quin", *departments), *members]))
    daemon = Daemon(
        tmp_path_factory.mktemp("policies"),
        slapd.directory_settings(),
        {
            "held": client(HELD, wait="3s"),
            "coded": client(CODED, append_code=True, caller_is="device"),
            "alone": client(ALONE),
        },
        [
            policy("held", ["push"]),
            policy("coded", ["totp"], remember="1h"),
            policy("alone", []),
            {"name": "rest", "clients": ["alone"], "directory": "corp", "allow": False},
        ],
    )
    try:
        daemon.start()
        pia = Someone(daemon, "pia")
        pia.seed = pia.enrol_totp()
        yield pia.enrol_phone()
        assert [] == daemon.faults()
    finally:
        daemon.stop()


def login(someone, source, password=None, caller="198.51.100.7"):
    """Send one request; give its outcome and the attributes that radclient shows, but the first."""
    attributes = (
        f'User-Name = "{someone.name}"\nUser-Password = "{password or someone.password}"\n'
        f"Calling-Station-Id = {caller}\n"
        f"Message-Authenticator = 0x00\nPacket-Src-IP-Address = {source}\n"
    )
    server = f"127.0.0.1:{someone.daemon.radius_port}"
    ran = subprocess.run(
        ["radclient", "-x", "-r", "1", "-t", str(FOREVER), server, "auth", SECRET.decode()],
        input=attributes,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    head, _, received = ran.stdout.partition("Received ")[2].partition("\n")
    found = re.findall(r"^\t(\S+) = (.*)$", received, re.MULTILINE)
    return head.split()[0], [one for one in found if one[0] != "Message-Authenticator"]


def is_the_policys(outcome):
    """Say that this is an Access-Accept with all of the policy and the login's id; give that."""
    word, attributes = outcome
    assert "Access-Accept" == word
    *rest, (name, login_id) = attributes
    assert TOLD == rest
    assert "Class" == name
    return bytes.fromhex(login_id.removeprefix("0x")).decode()


def test_after_an_approval(world):
    """The request is held, the phone approves."""
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(login, world, HELD)
        assert 204 == world.phone.answer(world.asked())
        assert is_the_policys(asking.result(timeout=30)) in world.daemon.text()


def test_after_an_approval_that_came_late(world):
    """The NAS gave up; its next request passes by it, with the same attributes."""
    assert "Access-Reject" == login(world, HELD)[0]
    assert 204 == world.phone.answer(world.asked())
    is_the_policys(login(world, HELD))


def test_after_a_code_and_remembered(world):
    """Behind the password; then the device is remembered, and passes without."""
    mac = "00-11-22-33-44-55"
    assert "Access-Reject" == login(world, CODED, caller=mac)[0]
    with_code = f"{world.password},{code(world.seed)}"
    is_the_policys(login(world, CODED, with_code, caller=mac))
    is_the_policys(login(world, CODED, caller=mac))
    assert '"reason":"remembered"' in world.daemon.text()


def test_after_the_password_alone(world):
    """And each login has an id of its own."""
    first, second = (is_the_policys(login(world, ALONE)) for _ in range(2))
    assert first != second
    world.daemon.said(second)


def test_under_a_bypass(world):
    """No phone is asked for half an hour."""
    world.daemon.command("bypass", "pia", "--for", "30m", "--reason", "no phone")
    try:
        login_id = is_the_policys(login(world, HELD))
        assert '"reason":"bypass"' in world.daemon.said(login_id)
    finally:
        world.daemon.command("bypass", "end", "pia")


@pytest.mark.parametrize("name", ["held", "coded", "alone"])
def test_explain_says_what_is_sent(world, name):
    """Asked beside the daemon; no phone hears of it."""
    found = world.daemon.json("explain", "pia", "--client", name)
    assert (name, True) == (found["policy"], found["allowed"])
    sent = [
        (one["attribute"] + (f":{one['tag']}" if one["tag"] else ""), one["value"])
        for one in found["reply"]
    ]
    wanted = [(attribute, value.strip('"')) for attribute, value in TOLD]
    assert [*wanted, ("Class", "(id of the login)")] == sent
    assert [] == world.phone.approvals()


def test_explain_says_why_somebody_is_refused(world):
    """In no group; the next policy refuses."""
    quin = Someone(world.daemon, "quin")
    assert "Access-Reject" == login(quin, ALONE)[0]
    told = world.daemon.command("explain", "quin", "--client", "alone", expect=1)
    assert f"policy:   alone: no, groups: in none of {VPN_USERS}" in told
    assert "policy:   rest: decides" in told
    assert "answer:   Access-Reject: Login failed." in told


def test_a_value_that_cannot_be_sent_refuses(world, slapd):
    """And the line of the log says which; explain too."""
    room = f"dn: uid=pia,{PEOPLE}\nchangetype: modify\n{{}}: roomNumber\n"
    slapd.change(room.format("add") + "roomNumber: 4711\n")
    try:
        assert "Access-Reject" == login(world, ALONE)[0]
        world.daemon.said('"detail":"found \'4711\' for Framed-IP-Address, wanted an IPv4 address"')
        world.daemon.command("explain", "pia", "--client", "alone", expect=1)
    finally:
        slapd.change(room.format("delete"))
    is_the_policys(login(world, ALONE))


def test_a_silent_directory_ends_explain_with_3(world, slapd):
    """As other commands."""
    slapd.pause()
    try:
        world.daemon.command("explain", "pia", "--client", "alone", expect=3)
    finally:
        slapd.resume()
