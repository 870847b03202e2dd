"""countersign explain."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from proxy.accounts.device import Candidate
from proxy.accounts.enrolment import normal_code
from proxy.login.fatigue import Defence
from proxy.settings.load import load
from proxy.store import accounts, devices, fatigue

VPN, ADMINS = "cn=vpn,dc=example", "cn=admins,dc=example"
POLICIES = """\
policies:
  - name: nobody
    clients: [vpn]
    directory: corp
    users: [mallory]
    allow: false
  - name: night
    clients: [vpn]
    directory: corp
    times: mon-fri 22:00-06:00
    time_zone: Europe/Berlin
    methods: [pap, mschapv2]
    factors: [totp]
    enrolment: false
  - name: office
    clients: [vpn]
    directory: corp
    when: {NAS-Identifier: ["vpn*"], NAS-Port-Type: Virtual}
    networks: [10.0.0.0/8]
    groups: ["cn=vpn,dc=example"]
    factors: [push, totp, recovery]
    append_code: true
    session: 8h
    vlan: 42
    accounting_class: true
    reply:
      - {attribute: Filter-Id, from: mail}
      - {attribute: Tunnel-Password, value: hidden}
      - {attribute: Class, value: admins, groups: ["cn=admins,dc=example"]}
  - {name: wifi, clients: [wifi], directory: lab, factors: []}
  - {name: rest, clients: [vpn], directory: corp, factors: [push], challenge: true}
"""
OFFICE = (
    *("--client", "vpn", "--from", "10.1.2.3:4500", "--at", "2026-11-24T10:00+01:00"),
    *("--attribute", "NAS-Identifier=vpn1", "--attribute", "NAS-Port-Type=5"),
)
NIGHT = ("--client", "vpn", "--at", "2026-11-25T00:30+01:00")
DAY = ("--client", "vpn", "--at", "2026-11-24T10:00+01:00")


@pytest.fixture
def world(command):
    """The example's policies; alice is in both groups and has a mail address."""
    text = command.config.read_text()
    start, end = text.index("policies:"), text.index("clients:\n")
    text = text[:start] + POLICIES + text[end:]
    text += "  wifi: {networks: [192.0.3.0/24], secret: a-secret-of-more-than-twelve-octets}\n"
    text = text.replace("(uid={username})", "(uid={username})\n    groups: {attribute: memberOf}")
    command.config.write_text(text)
    alice = command.people["corp"]["alice"]
    command.people["corp"]["alice"] = replace(
        alice, groups=frozenset({VPN, ADMINS}), attributes=(("mail", ("a@x.org", "b@x.org")),)
    )
    return command


def failed(command, *args):
    """Run one that ends with 1 and give its JSON."""
    result = command("explain", "alice", *args, "--json")
    assert 1 == result.exit_code, result.output
    return json.loads(result.stdout)


def test_which_policy_decides_and_why_none_before(world):
    """Each policy before it with what of it does not fit; those after it are not looked at."""
    world.good("totp", "enroll", "alice")
    found = world.json("explain", "alice", *OFFICE)
    assert ("office", True) == (found["policy"], found["allowed"])
    assert [
        {"name": "nobody", "matches": False, "why_not": ["users: alice is not named"]},
        {"name": "night", "matches": False, "why_not": ["times: Tue 10:00 is in none"]},
        {"name": "office", "matches": True, "why_not": []},
        {"name": "wifi", "matches": None, "why_not": []},
        {"name": "rest", "matches": None, "why_not": []},
    ] == found["policies"]
    assert [VPN, ADMINS][::-1] == found["groups"]
    assert ("10.1.2.3", "2026-11-24T09:00:00Z", "pap") == (
        found["caller"],
        found["at"],
        found["method"],
    )


def test_what_would_be_asked_and_answered(world):
    """Factors in order, with why one does not serve; the attributes of the Access-Accept."""
    world.good("totp", "enroll", "alice")
    found = world.json("explain", "alice", *OFFICE)
    assert [
        {"factor": "push", "enrolled": False, "why_not": "not enrolled"},
        {"factor": "totp", "enrolled": True, "why_not": None},
        {"factor": "recovery", "enrolled": False, "why_not": "not enrolled"},
    ] == found["factors"]
    assert "a code behind the password: password,123456" == found["asked"]
    assert [
        ("Filter-Id", "a@x.org", None),
        ("Filter-Id", "b@x.org", None),
        ("Tunnel-Password", "***", None),
        ("Class", "admins", None),
        ("Tunnel-Type", "VLAN", None),
        ("Tunnel-Medium-Type", "IEEE-802", None),
        ("Tunnel-Private-Group-Id", "42", None),
        ("Session-Timeout", "28800", None),
        ("Class", "(id of the login)", None),
    ] == [(one["attribute"], one["value"], one["tag"]) for one in found["reply"]]


def test_a_recovery_code_behind_the_password(world):
    """Where the policy takes no other code, though the person has one."""
    text = world.config.read_text()
    world.config.write_text(text.replace("[push, totp, recovery]", "[recovery]"))
    world.good("totp", "enroll", "alice")
    assert not failed(world, *OFFICE)["allowed"]
    world.good("recovery", "issue", "alice")
    assert "a code behind the password" in world.json("explain", "alice", *OFFICE)["asked"]


def test_each_part_that_does_not_fit(world):
    """By its key, with what was found."""
    found = failed(world, "--client", "vpn", "--at", "2026-11-24T10:00+01:00", "--method", "eap")
    assert ["users: alice is not named"] == found["policies"][0]["why_not"]
    assert ["methods: not eap", "times: Tue 10:00 is in none"] == found["policies"][1]["why_not"]
    assert [
        "when: NAS-Identifier is absent, NAS-Port-Type is absent",
        "networks: the caller is untold",
    ] == found["policies"][2]["why_not"]
    assert ["clients: wifi", "directory: lab"] == found["policies"][3]["why_not"]
    assert "rest" == found["policy"]


def test_a_caller_by_its_attribute(world):
    """As the NAS tells it; one that is no address is nowhere."""
    mac = "Calling-Station-Id=00-11-22-33-44-55:wifi"
    found = failed(world, *DAY, "--attribute", mac)
    assert "networks: 001122334455 is no address" in found["policies"][2]["why_not"]
    found = failed(world, *DAY, "--from", "192.0.2.1", "--attribute", "NAS-Identifier=x")
    assert "networks: 192.0.2.1 is in none" in found["policies"][2]["why_not"]
    assert "when: NAS-Identifier is x, NAS-Port-Type is absent" in found["policies"][2]["why_not"]


def test_over_which_wifi(world):
    """By Called-Station-Id; one that says nothing of it fits none."""
    text = world.config.read_text()
    keys = "    ssids: [corp]\n    access_points: [00-10-A4-23-19-C0]\n"
    world.config.write_text(text.replace("    users: [mallory]\n", keys))
    found = failed(world, *DAY)
    untold = ["ssids: the SSID is untold", "access_points: the access point is untold"]
    assert untold == found["policies"][0]["why_not"]
    found = failed(world, *DAY, "--attribute", "Called-Station-Id=0010a42319c1:lab")
    other = ["ssids: lab is none of them", "access_points: 0010a42319c1 is none of them"]
    assert other == found["policies"][0]["why_not"]
    found = failed(world, *DAY, "--attribute", "Called-Station-Id=0010a42319c0:corp")
    assert ("nobody", "policy-refuses") == (found["policy"], found["reason"])


def test_who_has_nothing_enrolled(world):
    """What a NAS would show says where to enrol, or whom to ask."""
    found = failed(world, *DAY)
    assert ("rest", "not-enrolled", []) == (found["policy"], found["reason"], found["reply"])
    assert "https://mfa.example.org" in found["message"]
    found = failed(world, *NIGHT)
    assert ("night", "may-not-enrol") == (found["policy"], found["reason"])


def test_a_policy_that_refuses(world):
    """It decides, and nothing is asked."""
    world.hire("corp", "mallory")
    result = world("explain", "Mallory", *DAY)
    assert 1 == result.exit_code
    assert "policy:   nobody: decides" in result.stdout
    assert "asked:    nothing: policy-refuses" in result.stdout
    assert "answer:   Access-Reject: Login failed." in result.stdout


def test_no_policy_fits(world):
    """The person is found all the same, to say what of each policy does not fit."""
    found = failed(world, "--client", "wifi")
    assert (None, "bad-credentials", "corp") == (
        found["policy"],
        found["reason"],
        found["directory"],
    )
    assert "nothing: no directory that this login asks has the name" == found["asked"]
    assert ["directory: lab"] == found["policies"][3]["why_not"]
    text = world.config.read_text()
    world.config.write_text(text.replace("clients: [wifi]", "clients: [wifi], methods: [eap]"))
    found = failed(world, "--client", "wifi")
    assert (None, "not-allowed") == (found["policy"], found["reason"])
    assert ["methods: not pap", "directory: lab"] == found["policies"][3]["why_not"]


def test_the_password_alone(world):
    """A policy without factors."""
    world.hire("lab", "bob")
    found = world.json("explain", "bob", "--client", "wifi")
    assert "nothing more than the password" == found["asked"]


def test_a_phone(world):
    """Held, or with a number where the NAS can show one."""
    text = world.config.read_text()
    enrol_phone(world)
    found = world.json("explain", "alice", *DAY)
    assert (
        "an approval on the phone, with a number of 6 digits that the NAS shows" == (found["asked"])
    )
    world.config.write_text(text.replace(", challenge: true", ""))
    found = world.json("explain", "alice", *DAY)
    assert "an approval on the phone; the request is held for 30s at most" == found["asked"]
    world.config.write_text(text.replace("challenge: true", "verify_user: true"))
    found = failed(world, *DAY)
    assert "verify_user, and the phone has no passkey" == found["factors"][0]["why_not"]


def test_eap_with_pap_inside(world):
    """Nothing more can be asked for there: no number, no code."""
    enrol_phone(world)
    found = world.json("explain", "alice", *DAY, "--method", "eap")
    assert "an approval on the phone; the request is held for" in found["asked"]


def test_a_phone_that_is_asked_no_more(world):
    """After pushes that were refused: a while, then for good; a code is asked for instead."""
    text = world.config.read_text().replace(
        "factors: [push], challenge", "factors: [push, totp], challenge"
    )
    world.config.write_text(text)
    world.good("totp", "enroll", "alice")
    enrol_phone(world)
    (alice,) = world.database.now(lambda s: accounts.find_by_name(s, "alice"))
    at = world.now + 10

    def deny():
        rule = Defence()
        world.database.now(lambda s: fatigue.count(s, alice.id, "vpn", "denied", rule, at - 5))

    def asked():
        when = datetime.fromtimestamp(at, UTC).isoformat()
        found = world.json("explain", "alice", "--client", "vpn", "--at", when)
        return found["asked"], found["factors"][0]["why_not"]

    said = "after pushes that were refused or unanswered"
    assert asked()[1] is None
    deny()
    until = f"{said} none is sent until 2026-09-21T14:13:55Z"
    assert ("a code, by a challenge", until) == asked()
    deny(), deny()
    assert ("a code, by a challenge", f"{said} push is blocked") == asked()


def enrol_phone(command):
    master = load(command.config).settings.master_key.key
    url = command.good("device", "invite", "alice").splitlines()[0]
    code = normal_code(url.partition("#")[2])
    candidate = Candidate("phone of alice", "{}", "phone", "proof")
    command.database.now(lambda s: devices.enrol(s, master, code, candidate, command.now))


def test_nothing_is_written(world):
    """No account is made, no counter touched, no name learnt."""
    before = world.store.read_bytes()
    failed(world, *DAY)
    failed(world, *OFFICE)
    assert before == world.store.read_bytes()
    assert [] == world.database.now(accounts.list_accounts)


def test_an_account_that_is_blocked(world):
    """As a login of theirs is."""
    world.good("totp", "enroll", "alice")
    world.good("account", "block", "alice")
    found = failed(world, *OFFICE)
    assert ("blocked", "office") == (found["reason"], found["policy"])
    world.good("account", "unblock", "alice")
    world.hire("corp", "alice", "another id")
    found = failed(world, *DAY)
    assert "another-person" == found["reason"]
    shown = world.database.now(lambda s: accounts.find(s, "corp", "alice"))
    assert None is shown.stranger_id


def test_a_bypass(world):
    """It lets the password suffice, and says so."""
    world.good("totp", "enroll", "alice")
    world.good("bypass", "alice", "--for", "1h", "--reason", "phone lost")
    when = ("--at", "2026-09-21T14:20:00Z")
    found = world.json("explain", "alice", "--client", "vpn", *when)
    assert "nothing more than the password: a bypass holds" == found["asked"]


def test_a_login_that_may_be_remembered(world):
    """Said, not looked for."""
    text = world.config.read_text()
    text = text.replace("factors: [push], challenge", "factors: [totp], remember: 12h, challenge")
    text = text.replace("vpn: {networks:", "vpn: {caller_is: device, networks:")
    world.config.write_text(text)
    world.good("totp", "enroll", "alice")
    mac = ("--from", "00-11-22-33-44-55")
    assert not world.json("explain", "alice", *DAY)["may_be_remembered"]
    found = world.json("explain", "alice", *DAY, *mac)
    assert ("a code, by a challenge", True) == (found["asked"], found["may_be_remembered"])
    assert "(nothing, where an earlier login" in world.good("explain", "alice", *DAY, *mac)


def test_a_value_that_cannot_be_sent(world):
    """What is wrong with it is told."""
    alice = world.people["corp"]["alice"]
    world.people["corp"]["alice"] = replace(alice, attributes=(("mail", ("x" * 254,)),))
    found = failed(world, *OFFICE)
    assert "unsendable-reply" == found["reason"]
    assert "takes 254 octets" in found["detail"]


def test_a_sign_in_at_the_portal(world):
    """Under rules of its own."""
    world.good("totp", "enroll", "alice")
    found = world.json("explain", "alice", "--client", "portal")
    assert ("portal", "portal", "a code, by a challenge") == (
        found["policy"],
        found["method"],
        found["asked"],
    )


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("nobody", "--client", "vpn"), 1, "found no nobody where a login is looked up"),
        (("lab/alice", "--client", "vpn"), 1, "found no lab/alice where a login is looked up"),
        (("alice", "--client", "wlan"), 2, "found client 'wlan', wanted one of vpn, wifi, portal"),
        (("alice", *DAY, "--attribute", "Clas=x"), 2, "found attribute Clas, did you mean Class?"),
        (("alice", *DAY, "--attribute", "NAS-Port=x"), 2, "found 'x' for NAS-Port, wanted"),
        (("alice", *DAY, "--attribute", "User-Password=x"), 2, "found User-Password, wanted"),
    ],
)
def test_what_it_cannot_explain(world, args, status, said):
    """Not found ends with 1, wrong use with 2."""
    code, text = world.said("explain", *args)
    assert status == code
    assert text.startswith(said)


@pytest.mark.parametrize(
    "args",
    [
        ("alice",),
        ("alice", "--client", "vpn", "--at", "soon"),
        ("alice", "--client", "vpn", "--attribute", "Class"),
        ("alice", "--client", "vpn", "--method", "chap"),
    ],
)
def test_wrong_use(world, args):
    """Told before anything is asked."""
    assert 2 == world("explain", *args).exit_code


def test_a_silent_directory(world):
    """No answer ends with 3; a name that finds two with 1."""
    world.silent.add("corp")
    code, text = world.said("explain", "alice", *DAY)
    assert (3, "a directory does not answer: timeout") == (code, text)
    world.silent.clear()
    world.doubled.add("alice")
    assert 1 == world.said("explain", "alice", *DAY)[0]
