"""Whole logins against OpenLDAP with a password policy and groups in groups."""

import pytest
import pytest_twisted

from proxy.firstfactor import membership
from proxy.firstfactor.options import GroupsBySearch
from proxy.ldap.filters import compile_filter
from proxy.ldap.names import canonical_dn
from proxy.login.events import DirectoryFailed, PersonBarred, PersonFound
from tests.peers.front import (
    CODE,
    EXPIRED,
    MUST_CHANGE,
    REFUSED,
    Front,
    Refusals,
    Told,
    needs_radclient,
)
from tests.peers.real_directory import real_directory
from tests.peers.slapd import BASE, GROUPS, PEOPLE, SERVICE_ACCOUNT, Slapd, needs_slapd, person
from tests.scenarios.test_codes import code

pytestmark = [pytest.mark.scenario, needs_slapd, needs_radclient]

MANY = 1000
WALK = {"search_base": GROUPS, "filter": "(member={dn})", "nested": "walk"}
WALKED = GroupsBySearch(GROUPS, compile_filter("(member={dn})", "dn"), walk=True)


def group(name, *members):
    """Write a group, whose members are people or other groups."""
    dns = [one if "=" in one else f"cn={one},{GROUPS}" for one in members]
    lines = [f"dn: cn={name},{GROUPS}", "changetype: add", "objectClass: groupOfNames"]
    return "\n".join([*lines, *(f"member: {dn}" for dn in dns)]) + "\n"


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    everybody = ["alice", "dora", "erin", "frank", "dis", "rena", "recreated"]
    changes = [
        person("dis", "pwdAccountLockedTime: 000001010000Z"),
        person("rena"),
        person("recreated"),
        person("deep"),
        person("many"),
        group("staff", *(f"uid={name},{PEOPLE}" for name in everybody)),
        group("crew", "staff", "circle"),  # crew and circle are in each other
        group("circle", "crew"),
        group("vpn", "crew"),
        *(group(f"many {number}", f"uid=many,{PEOPLE}") for number in range(MANY)),
        group("above many", f"many {MANY - 1}"),
        *(
            group(f"level {number}", f"level {number - 1}" if number else f"uid=deep,{PEOPLE}")
            for number in range(membership.LEVELS + 1)
        ),
    ]
    with Slapd(tmp_path_factory.mktemp("nested") / "slapd") as running:
        running.change("\n".join(changes))
        yield running


@pytest.fixture(scope="module")
def front(slapd, tmp_path_factory):
    groups = {word: f"cn={word},{GROUPS}" for word in ("staff", "crew", "circle", "admins")}
    folder = tmp_path_factory.mktemp("front")
    settings = slapd.directory_settings(groups=WALK)
    with Front(folder, settings, vpn=f"cn=vpn,{GROUPS}", groups=groups) as running:
        yield running


def test_groups_in_groups_are_walked(front):
    """Through a cycle, too."""
    told = front.login("alice", "alice-password")
    assert Told("Accept", "", {"staff", "crew", "circle", "admins"}) == told


def test_whoever_is_in_no_group_is_refused(front):
    """The password is not even tried."""
    assert REFUSED == front.login("bob", "bob-password")
    assert "not-allowed" == front.reason()


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("dora", *EXPIRED),
        ("erin", *MUST_CHANGE),
    ],
)
def test_who_proved_the_password_is_told_why(front, name, reason, words):
    """The password policy's control says so; where the NAS can show it, else the same as ever."""
    told = Refusals(Told("Reject", words), reason)
    assert told == front.refusals(name, f"{name}-password")


def test_wrong_unknown_disabled_and_locked_look_the_same(front):
    """An account that was locked by hand, or by three wrong passwords, proves nothing."""
    refused = REFUSED
    assert refused == front.login("nobody", "wrong")
    assert refused == front.login("dis", "dis-password")
    for _ in range(3):
        assert refused == front.login("frank", "wrong")
    assert refused == front.login("frank", "frank-password")
    assert "bad-credentials" == front.reason()


def test_a_code_behind_the_password(front):
    """The whole login: password at the directory, code here."""
    seed = front.enrol("alice")
    assert "Reject" == front.outcome("alice", "alice-password,000000", CODE)
    assert "Accept" == front.outcome("alice", f"alice-password,{code(seed)}", CODE)


def test_the_id_that_stays(front, slapd):
    """A moved entry is the same person; the name made anew is another one."""
    seed = front.enrol("recreated")
    slapd.change(
        f"dn: uid=recreated,{PEOPLE}\nchangetype: modrdn\nnewrdn: uid=recreated\n"
        f"deleteoldrdn: 0\nnewsuperior: {GROUPS}\n"
    )
    slapd.change(
        f"dn: uid=recreated,{GROUPS}\nchangetype: modrdn\nnewrdn: cn=recreated\n"
        f"deleteoldrdn: 0\nnewsuperior: {PEOPLE}\n"
    )
    assert "Accept" == front.outcome("recreated", f"recreated-password,{code(seed)}", CODE)
    slapd.change(f"dn: cn=recreated,{PEOPLE}\nchangetype: delete\n\n{person('recreated')}")
    told = front.login("recreated", f"recreated-password,{code(seed, 1)}", CODE)
    assert ("Reject", "another-person") == (told.outcome, front.reason())


def test_an_old_name_given_to_somebody_else(front, slapd):
    """The one who was renamed is nobody's old account, nor is the new one of that name."""
    seed = front.enrol("rena")
    slapd.change(
        f"dn: uid=rena,{PEOPLE}\nchangetype: modrdn\nnewrdn: uid=renata\ndeleteoldrdn: 1\n\n"
        + person("rena")
    )
    assert "Reject" == front.outcome("renata", "rena-password", CODE)
    assert "not-enrolled" == front.reason()
    assert "Reject" == front.outcome("rena", f"rena-password,{code(seed)}", CODE)
    assert "another-person" == front.reason()


MANYS_GROUPS = {canonical_dn(f"cn=many {number},{GROUPS}") for number in range(MANY)}


@pytest_twisted.ensureDeferred
async def test_a_thousand_groups(slapd):
    """By attribute all of them; by search, more than its limit of 500 are a failure, never a part."""
    async with real_directory(slapd) as directory:
        assert MANYS_GROUPS == (await directory.find("many")).person.groups
    async with real_directory(slapd, groups=WALKED) as directory:
        assert isinstance(await directory.find("many"), DirectoryFailed)


@pytest_twisted.ensureDeferred
async def test_a_thousand_groups_in_pages(slapd):
    """Where the service account may have more than 500 in pages, it gets them all, and walks on."""
    limit = f'limits dn.exact="{SERVICE_ACCOUNT}" size=500 size.prtotal=unlimited'
    configuration = slapd._configuration.read_text()
    slapd.kill()
    slapd._configuration.write_text(
        configuration.replace("overlay memberof", f"{limit}\noverlay memberof")
    )
    slapd.start()
    async with real_directory(slapd, groups=WALKED) as directory:
        groups = (await directory.find("many")).person.groups
    assert MANYS_GROUPS | {canonical_dn(f"cn=above many,{GROUPS}")} == groups


@pytest_twisted.ensureDeferred
async def test_what_is_nested_too_deep_is_a_failure(slapd):
    """A bound on the depth, and no part of the groups beyond it."""
    async with real_directory(slapd, groups=WALKED) as directory:
        failed = await directory.find("deep")
    assert DirectoryFailed("corp: found groups nested deeper than 16 levels") == failed


@pytest_twisted.ensureDeferred
async def test_who_is_barred_where_no_password_is_tried(front):
    """The entry says what a bind would; the service account may read it."""
    barred = {"dis": "account-disabled"}
    for name, reason in barred.items():
        assert PersonBarred(reason) == await front.vouched(name)
    assert isinstance(await front.vouched("alice"), PersonFound)


def test_check_knows_it(front):
    """It says what it found and what to set; a fitting configuration has no other finding."""
    said = front.check()
    assert f"is OpenLDAP, suffix {BASE}; set user_filter: (uid=" in said
    assert "without a password policy" not in said
    assert "locks an account after 1000 wrong passwords in 30m: the shield is below it" in said
    assert "a password policy for some people that locks an account after 3" in said
    assert 3 == len(said.splitlines())


def test_check_says_what_does_not_fit(front, slapd):
    """Keys of Active Directory, each at its line: nobody could log in."""
    settings = slapd.directory_settings(
        user_filter="(sAMAccountName={username})",
        user_name="sAMAccountName",
        groups={"nested": "active-directory"},
    )
    said = front.check(expect=1, **settings)
    assert "directories.corp.groups: ldaps://127.0.0.1" in said
    assert "OpenLDAP knows no {nested: active-directory}" in said
    assert "found sAMAccountName, which its schema does not have" in said
