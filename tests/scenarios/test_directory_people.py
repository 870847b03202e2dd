"""Who is found in a real OpenLDAP, under which name, with which groups."""

import pytest
import pytest_twisted

from proxy.firstfactor.options import GroupsBySearch
from proxy.ldap.filters import compile_filter
from proxy.ldap.names import canonical_dn
from proxy.login.events import DirectoryFailed, FirstFactorPassed, PersonFound, PersonNotFound
from proxy.secret import Secret
from tests.peers.real_directory import real_directory
from tests.peers.slapd import ADMINS, BASE, GROUPS, PEOPLE, VPN_USERS, Slapd, needs_slapd

pytestmark = [pytest.mark.scenario, needs_slapd]

ALICES_GROUPS = {canonical_dn(VPN_USERS), canonical_dn(ADMINS)}
REFERRED = f"ou=elsewhere,{PEOPLE}"
BY_MEMBER = compile_filter("(member={dn})", "dn")


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("people") / "slapd") as running:
        running.change(
            f"dn: {REFERRED}\nchangetype: add\nobjectClass: referral\n"
            f"objectClass: extensibleObject\nou: elsewhere\nref: ldap://192.0.2.1/{BASE}\n"
        )
        yield running


@pytest_twisted.ensureDeferred
async def test_groups_by_attribute(slapd):
    """What memberOf names are the groups."""
    async with real_directory(slapd) as directory:
        assert ALICES_GROUPS == (await directory.find("alice")).person.groups


@pytest_twisted.ensureDeferred
async def test_groups_by_search(slapd):
    """What names the person as a member are the groups; nobody's are none."""
    async with real_directory(slapd, groups=GroupsBySearch(GROUPS, BY_MEMBER)) as directory:
        assert ALICES_GROUPS == (await directory.find("alice")).person.groups
        assert frozenset() == (await directory.find("erin")).person.groups


@pytest_twisted.ensureDeferred
async def test_a_dn_with_special_characters_finds_its_groups(slapd):
    """Umlauts and an escaped comma in a DN: both ways give the same group."""
    southerners = {canonical_dn(f"cn=entwicklung\\, süd,{GROUPS}")}
    async with real_directory(slapd) as directory:
        assert southerners == (await directory.find("jörg")).person.groups
    async with real_directory(slapd, groups=GroupsBySearch(GROUPS, BY_MEMBER)) as directory:
        assert southerners == (await directory.find("jörg")).person.groups


@pytest_twisted.ensureDeferred
async def test_groups_that_cannot_be_read_are_a_failure(slapd):
    """A base of groups that does not exist is not "no groups"."""
    groups = GroupsBySearch(f"ou=nowhere,{BASE}", BY_MEMBER)
    async with real_directory(slapd, groups=groups) as directory:
        assert isinstance(await directory.find("alice"), DirectoryFailed)


@pytest.mark.parametrize("typed", ["alice", "ALICE", "alice ", " Alice", "ａｌｉｃｅ"])
@pytest_twisted.ensureDeferred
async def test_however_it_is_typed_the_name_is_the_directorys(slapd, typed):
    """Case, blanks and wide letters do not make another person."""
    async with real_directory(slapd) as directory:
        person = (await directory.find(typed)).person
    assert ("alice", "00000000-0000-4000-8000-000000000001") == (person.user_name, person.stable_id)


@pytest.mark.parametrize("typed", ["jörg", "JÖRG", "jo\u0308rg"])
@pytest_twisted.ensureDeferred
async def test_umlauts_composed_or_not(slapd, typed):
    """Unicode's forms are one name; the password goes out as its own octets."""
    async with real_directory(slapd) as directory:
        person = (await directory.find(typed)).person
        assert "jörg" == person.user_name
        assert FirstFactorPassed() == await directory.check(person, "jörgs-päßwort")


@pytest.mark.parametrize(
    "typed",
    [
        "*",
        "al*",
        "*)(uid=*",
        "alice)(|(uid=*",
        "alice\x00",
        "\x00",
        "\\2a",
        "a" * 253,
        "ö" * 126,
        "",
        "  ",
        "nobody",
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_name_is_a_value_and_never_a_filter(slapd, typed):
    """Filter characters, NULs, the longest name that RADIUS carries: nobody is called that."""
    async with real_directory(slapd) as directory:
        assert PersonNotFound("unknown") == await directory.find(typed)


@pytest_twisted.ensureDeferred
async def test_two_entries_are_nobody(slapd):
    """An address that two people share names neither."""
    by_mail = compile_filter("(mail={username})", "username")
    async with real_directory(slapd, user_filter=by_mail) as directory:
        assert PersonNotFound("ambiguous") == await directory.find("team@example.org")
        assert "alice" == (await directory.find("alice@example.org")).person.user_name


@pytest_twisted.ensureDeferred
async def test_an_entry_without_the_name_is_a_failure(slapd):
    """An account without a name cannot be."""
    async with real_directory(slapd, user_name="employeeNumber") as directory:
        failed = await directory.find("alice")
    assert DirectoryFailed("corp: found an entry without employeeNumber") == failed


@pytest_twisted.ensureDeferred
async def test_references_are_passed_over(slapd):
    """Another server named among the entries is not asked, and does no harm."""
    async with real_directory(slapd) as directory:
        assert isinstance(await directory.find("alice"), PersonFound)


@pytest_twisted.ensureDeferred
async def test_a_referral_is_a_failure(slapd):
    """A base that is elsewhere is not followed there, and nobody is "unknown" by it."""
    async with real_directory(slapd, search_base=REFERRED) as directory:
        assert "(10)" in (await directory.find("alice")).reason


@pytest_twisted.ensureDeferred
async def test_a_service_account_that_is_refused_is_a_failure(slapd):
    """Without its account nothing is searched."""
    async with real_directory(slapd, bind_password=Secret(b"wrong")) as directory:
        failed = await directory.find("alice")
        assert isinstance(failed, DirectoryFailed)
        assert "service account was refused" in failed.reason
