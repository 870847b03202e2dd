"""What `check --connect` says of a directory: what it is, what to set, what does not fit."""

import pytest
import yaml

from proxy.cli.fitting import fitting
from proxy.firstfactor.kinds import Found
from proxy.firstfactor.options import Server
from proxy.firstfactor.probe import Probed
from proxy.settings.load import load

SUFFIX = "dc=example,dc=org"
AD = Found("active-directory", "Active Directory", "DC=corp,DC=test", password_policy=False)
OPENLDAP = Found("openldap", "OpenLDAP", SUFFIX, password_policy=True)
DS389 = Found("389", "389 Directory Server", SUFFIX, password_policy=True)
FREEIPA = Found("freeipa", "FreeIPA", SUFFIX, password_policy=True)
OTHER = Found("other", "", None, password_policy=False)

MEMBER_OF = {"attribute": "memberOf"}
CHAIN = {"nested": "active-directory"}
BY_SEARCH = {"search_base": SUFFIX, "filter": "(member={dn})"}
WALK = BY_SEARCH | {"nested": "walk"}
BY_ACCOUNT = {"user_filter": "(sAMAccountName={username})"}


@pytest.fixture
def said(tmp_path):
    """Give the findings about servers that are *found*, where a directory has these keys."""

    def give(*found, policies=(), **keys):
        directory = {
            "type": "ldap",
            "servers": ["ldaps://one"],
            "search_base": f"ou=people,{SUFFIX}",
            "user_filter": "(uid={username})",
        }
        file = tmp_path / "countersign.yaml"
        configuration = {
            "store": "sqlite:///countersign.db",
            "master_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "web": {"url": "https://mfa.example.org"},
            "directories": {"corp": directory | keys},
            "policies": list(policies),
            "clients": {"vpn": {"networks": ["192.0.2.1"], "secret": "0123456789abcdef"}},
        }
        file.write_text(yaml.safe_dump(configuration, sort_keys=False))
        server = Server("one", 636, "ldaps")
        probed = [Probed(server, None, {}, one) for one in found]
        return [
            f"{one.severity}: {one.message}".replace("directories.corp", "")
            for one in fitting("corp", probed, load(file))
        ]

    return give


@pytest.mark.parametrize(
    ("found", "keys", "note"),
    [
        (AD, BY_ACCOUNT, "Active Directory, suffix DC=corp,DC=test; set user_filter: (sAM"),
        (DS389, {}, "389 Directory Server, suffix dc=example,dc=org; set user_filter: (uid"),
        (
            FREEIPA,
            {"search_base": f"cn=users,cn=accounts,{SUFFIX}"},
            "FreeIPA, suffix dc=example,dc=org; set search_base: cn=users,cn=accounts,dc=example",
        ),
        (OPENLDAP, {}, "OpenLDAP, suffix dc=example,dc=org; set user_filter: (uid"),
    ],
)
def test_what_it_is_and_what_to_set(said, found, keys, note):
    """One note, and nothing else where the configuration fits."""
    (finding,) = said(found, **keys)
    assert finding.startswith(f"note: : ldaps://one:636 is {note}")


def test_one_that_is_not_known(said):
    """Nothing is said of what tells nothing; a vendor's name is."""
    assert [] == said(OTHER, groups=CHAIN)
    named = Found("other", "Vendor 3", None, password_policy=False)
    assert ["note: : ldaps://one:636 is Vendor 3"] == said(named)
    assert [] == said(None)


def test_servers_of_one_kind_are_told_once(said):
    """Two of a kind; another kind is told too."""
    assert len(said(DS389, DS389)) == 1
    assert len(said(DS389, OPENLDAP)) == 2


def test_an_openldap_without_a_password_policy(said):
    """It is told, because expired passwords look like wrong ones then."""
    (note,) = said(Found("openldap", "OpenLDAP", SUFFIX, password_policy=False))
    assert "without a password policy" in note


@pytest.mark.parametrize("found", [DS389, FREEIPA, OPENLDAP])
def test_a_rule_that_it_does_not_know(said, found):
    """The matching rule in chain is Active Directory's alone: a fault."""
    keys = {"groups": CHAIN, "search_base": f"cn=users,cn=accounts,{SUFFIX}"}
    _, fault = said(found, **keys)
    assert fault.startswith("fault: .groups: ldaps://one:636: ")
    assert "knows no {nested: active-directory}" in fault


@pytest.mark.parametrize(
    ("attribute", "keys", "place"),
    [
        ("uid", {}, ".user_filter"),
        ("login", {"user_name": "login"}, ".user_name"),
        ("memberOf", {"groups": MEMBER_OF}, ".groups.attribute"),
        ("member", {"groups": BY_SEARCH}, ".groups.filter"),
        ("ntHash", {"nt_hash": "ntHash", "bind_dn": "cn=a", "bind_password": "b"}, ".nt_hash"),
    ],
)
def test_attributes_that_its_schema_does_not_have(said, attribute, keys, place):
    """Nobody would be found by them: a fault."""
    found = Found(
        "openldap", "OpenLDAP", SUFFIX, password_policy=True, unknown=frozenset({attribute})
    )
    _, fault = said(found, **keys)
    assert fault.startswith(f"fault: {place}: ldaps://one:636: found {attribute}, which its")
    assert ("load the overlay memberof" in fault) == (attribute == "memberOf")


def test_a_hash_that_active_directory_does_not_give(said):
    """It gives it to nobody: a fault."""
    found = Found("active-directory", "Active Directory", SUFFIX, password_policy=False)
    keys = {"nt_hash": "unicodePwd", "bind_dn": "cn=a", "bind_password": "b"}
    assert any(
        one.startswith("fault: .nt_hash: ") and "gives no NT hash" in one
        for one in said(found, **keys)
    )


def test_what_policies_would_send_and_its_schema_does_not_have(said):
    """Nobody would be sent it; told at the policy."""
    sent = [{"attribute": "Filter-Id", "from": name} for name in ("Acl", "mail")]
    rule = {"name": "a", "clients": ["vpn"], "directory": "corp", "factors": [], "reply": sent}
    found = Found("other", "", None, password_policy=False, unknown=frozenset({"acl"}))
    (fault,) = said(found, policies=[rule])
    assert fault == (
        "fault: policies[0].reply[0].from: ldaps://one:636: found Acl, which its schema does not "
        "have"
    )


@pytest.mark.parametrize(
    ("base", "severity"),
    [
        (SUFFIX, "warning"),
        (f"cn=compat,{SUFFIX}", "fault"),
        (f"cn=users,cn=compat,{SUFFIX}", "fault"),
    ],
)
def test_where_freeipas_people_are(said, base, severity):
    """Not in the compatibility tree, and not in both."""
    found = [one for one in said(FREEIPA, search_base=base) if not one.startswith("note")]
    assert found[0].startswith(f"{severity}: .search_base: ")
    assert f"wanted cn=users,cn=accounts,{SUFFIX}" in found[0]


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        (BY_ACCOUNT, []),
        (BY_ACCOUNT | {"groups": CHAIN}, []),
        ({"user_filter": "(userPrincipalName={username})"}, []),
        (
            {"user_filter": "(mail={username})", "user_name": "sAMAccountName"},
            [".user_filter"],
        ),
        ({}, [".user_filter", ".user_filter"]),
        (BY_ACCOUNT | {"user_name": "cn"}, [".user_name"]),
        (BY_ACCOUNT | {"groups": MEMBER_OF}, [".groups"]),
        (BY_ACCOUNT | {"groups": BY_SEARCH}, [".groups"]),
        (BY_ACCOUNT | {"groups": WALK}, [".groups"]),
    ],
)
def test_what_finds_less_in_active_directory(said, keys, places):
    """Other names, groups that are not nested: warnings."""
    _, *warnings = said(AD, **keys)
    assert [f"warning: {place}" for place in places] == [
        one.partition(": ldaps")[0] for one in warnings
    ]


def test_walking_fits_elsewhere(said):
    """It is the way of OpenLDAP."""
    assert len(said(OPENLDAP, groups=WALK)) == 1
