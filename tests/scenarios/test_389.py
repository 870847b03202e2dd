"""Whole logins against 389 Directory Server, and against FreeIPA's layout of it."""

import pytest
import pytest_twisted

from proxy.login.events import PersonBarred, PersonFound
from tests.peers.ds389 import IPA_LAYOUT, PLAIN_LAYOUT, change, needs_ds389
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
from tests.scenarios.test_codes import code

pytestmark = [pytest.mark.scenario, needs_ds389, needs_radclient]

LAYOUTS = {"389": PLAIN_LAYOUT, "freeipa": IPA_LAYOUT}


@pytest.fixture(scope="module", params=LAYOUTS)
def layout(request):
    return LAYOUTS[request.param]


@pytest.fixture(scope="module")
def front(ds389, layout, tmp_path_factory):
    groups = {"staff": f"cn=staff,{layout.groups}"}
    folder = tmp_path_factory.mktemp("front")
    with Front(folder, ds389.directory_settings(layout), vpn=layout.vpn, groups=groups) as running:
        yield running


@pytest.mark.parametrize("name", ["alice", "ALICE"])
def test_memberof_names_nested_groups(front, name):
    """She is in staff, staff in vpn; the plugin writes both."""
    assert Told("Accept", "", {"staff"}) == front.login(name, "alice-password")


def test_whoever_is_in_no_group_is_refused(front):
    """The password is not even tried."""
    assert REFUSED == front.login("bob", "bob-password")
    assert "not-allowed" == front.reason()


def test_a_wrong_password(front):
    """Refused, and nothing is told."""
    assert REFUSED == front.login("alice", "wrong")
    assert REFUSED == front.login("nobody", "wrong")
    assert "bad-credentials" == front.reason()


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("old", *EXPIRED),
        ("must", *MUST_CHANGE),
    ],
)
def test_who_proved_the_password_is_told_why(front, name, reason, words):
    """The password policy's control says so; where the NAS can show it, else the same as ever."""
    told = Refusals(Told("Reject", words), reason)
    assert told == front.refusals(name, f"{name}-password")


@pytest.mark.parametrize("name", ["dis", "idle"])
def test_what_is_said_before_the_password_is_no_proof(front, name):
    """nsAccountLock and the account policy's inactivity are refusals, not failures."""
    for password in (f"{name}-password", "wrong"):
        assert REFUSED == front.login(name, password)
        assert "bad-credentials" == front.reason()


def test_a_locked_account(front):
    """After three wrong passwords the right one is refused too, without a word."""
    for _ in range(3):
        assert "Reject" == front.outcome("lou", "wrong")
    assert REFUSED == front.login("lou", "lou-password")
    assert "bad-credentials" == front.reason()


def test_a_code_behind_the_password(front):
    """The whole login: password at the directory, code here."""
    seed = front.enrol("alice")
    assert "Reject" == front.outcome("alice", "alice-password,000000", CODE)
    assert "Accept" == front.outcome("alice", f"alice-password,{code(seed)}", CODE)


def test_the_id_that_stays(front, ds389, layout):
    """A moved entry is the same person; the name made anew is another one."""
    seed = front.enrol("recreated")
    known = front.account("recreated")["stable_id"]
    wanted = "ipaUniqueID" if layout.ipa else "nsUniqueId"
    with ds389.administrator() as connection:
        dn = layout.person("recreated")
        connection.search(dn, "(objectClass=*)", attributes=[wanted])
        assert known == connection.entries[0][wanted].value.lower()
        change(connection, dn, sn="Renamed", cn="Re Named")
        elsewhere = f"ou=moved,{layout.people}"
        connection.add(elsewhere, ["organizationalUnit"])
        connection.modify_dn(dn, "uid=recreated", new_superior=elsewhere)
    assert "Accept" == front.outcome("recreated", f"recreated-password,{code(seed)}", CODE)
    with ds389.administrator() as connection:
        connection.delete(f"uid=recreated,{elsewhere}")
        ds389.add_person(connection, layout, "recreated")
    told = front.login("recreated", f"recreated-password,{code(seed, 1)}", CODE)
    assert ("Reject", "another-person") == (told.outcome, front.reason())


def test_an_old_name_given_to_somebody_else(front, ds389, layout):
    """The one who was renamed is nobody's old account, nor is the new one of that name."""
    seed = front.enrol("rena")
    with ds389.administrator() as connection:
        connection.modify_dn(layout.person("rena"), "uid=renata")
        ds389.add_person(connection, layout, "rena")
    assert "Reject" == front.outcome("renata", "rena-password", CODE)
    assert "not-enrolled" == front.reason()
    assert "Reject" == front.outcome("rena", f"rena-password,{code(seed)}", CODE)
    assert "another-person" == front.reason()


@pytest_twisted.ensureDeferred
async def test_who_is_barred_where_no_password_is_tried(front):
    """The entry says what a bind would; the service account may read it."""
    barred = {"dis": "account-disabled"}
    for name, reason in barred.items():
        assert PersonBarred(reason) == await front.vouched(name)
    assert isinstance(await front.vouched("alice"), PersonFound)


def test_check_knows_it(front, layout):
    """It says what it found and what to set; a fitting configuration has no other finding."""
    said = front.check()
    wanted = "FreeIPA on 389 Directory Server" if layout.ipa else "is 389 Directory Server"
    assert f"{wanted} (389-Directory/2." in said
    assert f"suffix {layout.suffix}; set " in said
    assert "shows nothing of when it locks accounts" in said
    assert 2 == len(said.splitlines())


def test_check_says_what_does_not_fit(front, ds389, layout):
    """Keys of another directory, each at its line; a rule that it does not know is a fault."""
    settings = ds389.directory_settings(
        layout, user_filter="(sAMAccountName={username})", groups={"nested": "active-directory"}
    )
    said = front.check(expect=1, **settings)
    assert "directories.corp.groups: ldaps://localhost" in said
    assert "knows no {nested: active-directory}" in said
    assert "found sAMAccountName, which its schema does not have" in said


def test_check_says_where_freeipas_people_are(front, ds389, layout):
    """Below its suffix there are two trees of them; elsewhere the suffix is as good."""
    said = front.check(**ds389.directory_settings(layout, search_base=layout.suffix))
    assert (f"wanted {layout.people}" in said) == layout.ipa


def test_a_thousand_groups(ds389, tmp_path):
    """The last of them lets in."""
    many = f"cn=many 999,{PLAIN_LAYOUT.groups}"
    settings = ds389.directory_settings(PLAIN_LAYOUT)
    with Front(
        tmp_path, settings, vpn=many, groups={"first": f"cn=many 0,{PLAIN_LAYOUT.groups}"}
    ) as front:
        assert Told("Accept", "", {"first"}) == front.login("many", "many-password")
