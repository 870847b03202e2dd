"""Whole logins against an Active Directory domain controller (Samba), and what is found in it."""

from contextlib import asynccontextmanager

import pytest
import pytest_twisted
from twisted.internet import reactor

from proxy.accounts.account import Person
from proxy.firstfactor.directories import Directories
from proxy.firstfactor.options import (
    DirectoryOptions,
    GroupsByAttribute,
    GroupsBySearch,
    NestedActiveDirectory,
    Server,
)
from proxy.firstfactor.ranges import part, rest
from proxy.ldap import requests, responses
from proxy.ldap.filters import compile_filter
from proxy.ldap.names import canonical_dn
from proxy.ldap.requests import Scope, SearchRequest
from proxy.login.actions import FindPerson
from proxy.login.events import PersonBarred, PersonFound
from proxy.secret import Secret
from tests.peers import samba as corp
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
from tests.peers.samba import BASE, DOMAIN_USERS, EVERYBODY, MANY, STAFF, USERS, VPN_USERS
from tests.scenarios.test_codes import code

pytestmark = [pytest.mark.scenario, corp.needs_samba, needs_radclient]

BY_NAME = compile_filter("(sAMAccountName={username})", "username")
BY_MEMBER = compile_filter("(member={dn})", "dn")


@pytest.fixture(scope="module")
def front(samba, tmp_path_factory):
    groups = {"staff": STAFF, "primary": DOMAIN_USERS, "of-primary": EVERYBODY}
    folder = tmp_path_factory.mktemp("front")
    realms = {"domains": ["CORP"], "upn_suffixes": ["corp.test"]}
    directory = samba.directory_settings(**realms)
    with Front(folder, directory, vpn=VPN_USERS, groups=groups) as running:
        yield running


def changed(samba, dn, **attributes):
    """Change an entry as the administrator."""
    with samba.administrator() as connection:
        connection.modify(
            dn, {name: [("MODIFY_REPLACE", [value])] for name, value in attributes.items()}
        )


# --- names and groups ---


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        "ALICE",
        "alice@corp.test",
        "Alice@Corp.Test",
        r"CORP\\alice",
        r"corp\\Alice",
        "alice@corp",
    ],
)
def test_every_name_is_one_person(front, name):
    """sAMAccountName and userPrincipalName, with the domain too, in any case; nested groups."""
    told = front.login(name, "alice-Passw0rd")
    assert Told("Accept", "", {"staff", "primary", "of-primary"}) == told


@pytest.mark.parametrize("name", [r"OTHER\\alice", "alice@other.test", r"corp.test\\alice"])
def test_a_realm_that_is_not_configured_is_nobodys(front, name):
    """Never taken for the name without it; refused as an unknown person is."""
    assert REFUSED == front.login(name, "alice-Passw0rd")
    assert "bad-credentials" == front.reason()


def test_whoever_is_in_no_group_is_refused(front):
    """The password is not even tried."""
    assert REFUSED == front.login("bob", "bob-Passw0rd")
    assert "not-allowed" == front.reason()


def test_a_primary_group_lets_in(front, samba):
    """Whose primary group is VPN Users is no `member` of it, and yet in it."""
    with samba.administrator() as connection:
        connection.search(VPN_USERS, "(objectClass=*)", attributes=["primaryGroupToken"])
        token = int(connection.entries[0]["primaryGroupToken"].value)
        bob = f"CN=bob,{USERS}"
        connection.modify(VPN_USERS, {"member": [("MODIFY_ADD", [bob])]})
        connection.modify(bob, {"primaryGroupID": [("MODIFY_REPLACE", [token])]})
        connection.search(bob, "(objectClass=*)", attributes=["memberOf"])
        assert VPN_USERS not in connection.entries[0]["memberOf"].values
    told = front.login("bob", "bob-Passw0rd")
    assert Told("Accept", "", {"primary", "of-primary"}) == told  # now by `member`
    changed(samba, bob, primaryGroupID=513)
    with samba.administrator() as connection:
        connection.modify(VPN_USERS, {"member": [("MODIFY_DELETE", [bob])]})
    assert "Reject" == front.outcome("bob", "bob-Passw0rd")


# --- passwords ---


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("dis", "account-disabled", "Your account is disabled. Ask your help desk."),
        ("ended", "account-expired", "Your account has expired. Ask your help desk."),
        ("old", *EXPIRED),
        ("must", *MUST_CHANGE),
    ],
)
def test_who_proved_the_password_is_told_why(front, name, reason, words):
    """Sub-codes 533, 701, 532 and 773, where the NAS can show it; else the same as ever."""
    told = Refusals(Told("Reject", words), reason)
    assert told == front.refusals(name, f"{name}-Passw0rd")


def test_wrong_unknown_and_locked_look_the_same(front, samba):
    """
    52e and 775 prove nothing, the right password of a locked account neither.

    Guessing here does not lock it: two of three wrong ones reach the domain controller.
    """
    assert REFUSED == front.login("nobody", "wrong")
    for _ in range(4):
        assert REFUSED == front.login("lou", "wrong")
    assert REFUSED == front.login("lou", "lou-Passw0rd")
    assert "throttled" == front.reason()
    assert samba.binds("lou", "lou-Passw0rd")
    front.daemon.command("account", "unlock", "lou")
    assert [False] * 3 == [samba.binds("lou", "wrong") for _ in range(3)]
    assert REFUSED == front.login("lou", "lou-Passw0rd")
    assert "bad-credentials" == front.reason()
    assert "Accept" == front.outcome("alice", "alice-Passw0rd")


def test_a_wrong_password_costs_one_failed_bind(front, samba):
    """The domain controller counts exactly one, and forgets it with the right one."""

    def counted():
        with samba.administrator() as connection:
            connection.search(f"CN=alice,{USERS}", "(objectClass=*)", attributes=["badPwdCount"])
            return int(connection.entries[0]["badPwdCount"].value or 0)

    assert "Accept" == front.outcome("alice", "alice-Passw0rd")
    assert 0 == counted()
    assert "Reject" == front.outcome("alice", "wrong")
    assert 1 == counted()
    assert "Accept" == front.outcome("alice", "alice-Passw0rd")
    assert 0 == counted()


def test_a_code_behind_the_password(front):
    """The whole login: password at the domain controller, code here."""
    seed = front.enrol("alice@corp.test")
    assert "Reject" == front.outcome("alice", "alice-Passw0rd,000000", CODE)
    assert "Accept" == front.outcome("alice", f"alice-Passw0rd,{code(seed)}", CODE)
    assert "Reject" == front.outcome("alice", f"alice-Passw0rd,{code(seed)}", CODE)


# --- the id that stays ---


def test_a_moved_entry_is_the_same_person(front, samba):
    """Another CN, another container, another surname: objectGUID and the name stay."""
    seed = front.enrol("moved")
    with samba.administrator() as connection:
        connection.add(f"OU=Elsewhere,{BASE}", ["organizationalUnit"])
        connection.modify_dn(
            f"CN=moved,{USERS}", "CN=Moved Away", new_superior=f"OU=Elsewhere,{BASE}"
        )
    assert "Accept" == front.outcome("moved", f"moved-Passw0rd,{code(seed)}", CODE)
    assert "Accept" == front.outcome("moved", "moved-Passw0rd")


def test_an_old_name_given_to_somebody_else_is_noticed(front, samba):
    """Renamed, and a new person gets the old name: the enrolments are not hers."""
    seed = front.enrol("rena")
    guid = front.account("rena")["stable_id"]
    changed(
        samba, f"CN=rena,{USERS}", sAMAccountName="renata", userPrincipalName="renata@corp.test"
    )
    assert "Reject" == front.outcome("renata", "rena-Passw0rd", CODE)
    assert "not-enrolled" == front.reason()
    with samba.administrator() as connection:
        connection.modify_dn(f"CN=rena,{USERS}", "CN=renata")
    samba.add_user("rena", "another-Passw0rd")
    assert REFUSED == front.login("rena", f"another-Passw0rd,{code(seed)}", CODE)
    assert "another-person" == front.reason()
    assert guid == front.account("renata")["stable_id"] != front.account("rena")["stranger_id"]


def test_a_name_made_anew_is_noticed(front, samba):
    """Deleted and created under the same name: another objectGUID, another person."""
    seed = front.enrol("recreated")
    with samba.administrator() as connection:
        connection.delete(f"CN=recreated,{USERS}")
    samba.add_user("recreated", "recreated-Passw0rd")
    told = front.login("recreated", f"recreated-Passw0rd,{code(seed)}", CODE)
    assert ("Reject", "another-person") == (told.outcome, front.reason())


# --- many groups, by each way ---


@asynccontextmanager
async def opened(samba, groups):
    """Give the directory, as the hall has it."""
    options = DirectoryOptions(
        name="corp",
        servers=(Server(samba.address, 636, "ldaps"),),
        ca_certificates=samba.ca_file.read_bytes(),
        bind_dn=corp.SERVICE_ACCOUNT,
        bind_password=Secret(b"countersign-Passw0rd"),
        search_base=BASE,
        user_filter=BY_NAME,
        user_name="sAMAccountName",
        groups=groups,
        timeout=20.0,
    )
    directories = Directories([options], reactor)
    directories.start()
    try:
        yield directories
    finally:
        await directories.stop()


async def found(samba, name, groups):
    """Find a person as the hall does."""
    async with opened(samba, groups) as directories:
        return (await directories.find(FindPerson(("corp",), name))).person


EVERY_WAY = {
    "chain": NestedActiveDirectory(),
    "memberOf": GroupsByAttribute("memberOf"),
    "search": GroupsBySearch(BASE, BY_MEMBER),
    "walk": GroupsBySearch(BASE, BY_MEMBER, walk=True),
}


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest_twisted.ensureDeferred
async def test_a_thousand_groups_and_the_primary_one(samba, way):
    """Each way reads all 1,100, and Domain Users."""
    person: Person = await found(samba, "many", EVERY_WAY[way])
    wanted = {canonical_dn(f"CN=many {number},{USERS}") for number in range(MANY)}
    assert wanted | {canonical_dn(DOMAIN_USERS)} <= person.groups


@pytest_twisted.ensureDeferred
async def test_the_rest_of_a_range(samba):
    """Samba gives all values at once, a part where one is asked for; the rest comes as a range."""
    dn = f"CN=many,{USERS}"
    async with opened(samba, None) as directories:
        servers = directories._by_name["corp"].servers
        request = SearchRequest(dn.encode(), Scope.BASE, (b"memberOf;range=0-299",))
        answer = await servers.search(requests.encode_search(request), 1)
        entry = responses.decode_entry(answer.entries[0], frozenset({b"memberof"}))
        values, begin = part(entry, b"memberof")
        assert (300, 300) == (len(values), begin)
        values += await rest(servers, dn, b"memberof", begin, time_limit=20)
    assert {f"CN=many {number},{USERS}".encode() for number in range(MANY)} == set(values)


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest_twisted.ensureDeferred
async def test_nested_groups(samba, way):
    """The chain and the walk find the group of the group, and that of the primary group."""
    person = await found(samba, "alice", EVERY_WAY[way])
    nested = {canonical_dn(VPN_USERS), canonical_dn(EVERYBODY)}
    assert {canonical_dn(STAFF), canonical_dn(DOMAIN_USERS)} <= person.groups
    assert (nested if way in ("chain", "walk") else set()) == nested & person.groups
    assert ("alice", 36) == (person.user_name, len(person.stable_id or ""))


# --- what check says ---


@pytest_twisted.ensureDeferred
async def test_who_is_barred_where_no_password_is_tried(front):
    """The entry says what a bind would; the service account may read it."""
    barred = {"dis": "account-disabled", "ended": "account-expired"}
    for name, reason in barred.items():
        assert PersonBarred(reason) == await front.vouched(name)
    assert isinstance(await front.vouched("alice"), PersonFound)


def test_check_knows_it(front):
    """It says what it found and what to set; a fitting configuration has no other finding."""
    said = front.check()
    assert "note: directories.corp: ldaps://127.77." in said
    assert "is Active Directory (Samba Team (https://www.samba.org) 4." in said
    assert "), suffix DC=corp,DC=test; set user_filter: (sAMAccountName={username})" in said
    assert "groups: {nested: active-directory}" in said
    assert "locks an account after 3 wrong passwords in 30m: the shield keeps below it" in said
    assert "from 5 on, strangers who guess here leave people attempts" in said
    assert 3 == len(said.splitlines())


def test_check_says_what_does_not_fit(front, samba):
    """Keys of another directory, each at its line."""
    other = {"user_filter": "(uid={username})", "groups": {"attribute": "memberOf"}}
    settings = samba.directory_settings(**other)
    del settings["user_name"]
    said = front.check(**settings)
    assert "warning: directories.corp.user_filter: " in said
    assert "wanted user_name: sAMAccountName" in said
    assert "warning: directories.corp.groups: " in said
    walk = {"search_base": BASE, "filter": "(member={dn})", "nested": "walk"}
    said = front.check(**samba.directory_settings(groups=walk))
    assert "takes a search for each level" in said


def test_starttls_serves_and_clear_text_does_not(front, samba):
    """A domain controller wants TLS before a password; it says so (strongerAuthRequired, 8)."""
    plain = {"servers": [f"ldap://{samba.address}"]}
    assert "is Active Directory" in front.check(**samba.directory_settings(**plain, start_tls=True))
    clear = samba.directory_settings(**plain, allow_cleartext=True)
    assert "the service account was refused: " in (said := front.check(expect=1, **clear))
    assert "(8)" in said
