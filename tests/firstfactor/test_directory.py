"""One directory: a person is found with all groups, a password is tried once."""

import pytest

from proxy.accounts.account import Person
from proxy.firstfactor.options import GroupsBySearch
from proxy.ldap import ber, responses
from proxy.ldap.filters import compile_filter
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorFailed,
    FirstFactorPassed,
    PersonFound,
    PersonNotFound,
)
from tests.peers.ldap_network import (
    ALICE,
    FOUND_ALICE,
    LdapServer,
    Logins,
    Network,
    entry,
    options,
    result,
)

BY_SEARCH = GroupsBySearch("ou=groups,dc=example", compile_filter("(member={dn})", "dn"))


def logins(server, **changed):
    """Give logins against one server."""
    return Logins(Network(server), options(**changed))


def ended(code, *entries, more=b""):
    """Give what answers a search with entries and a code."""
    return lambda wire, message: wire.say(
        message.message_id, *entries, result(responses.DONE, code, more=more)
    )


def test_a_person_is_found_with_groups():
    """The account's name is the directory's, whatever was typed."""
    person = Person("corp", "alice", None, ALICE, frozenset({"cn=vpn,dc=example"}))
    assert PersonFound(person) == logins(LdapServer()).found("ALICE ")


def test_nobody_is_found():
    """No entry: unknown."""
    assert PersonNotFound("unknown") == logins(LdapServer(found=())).found()


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0"])
def test_a_blank_name_is_nobody(blank):
    """The directory is not asked: spaces do not count there."""
    server = LdapServer()
    assert PersonNotFound("unknown") == logins(server).found(blank)
    assert [] == server.searches


def test_two_entries_are_no_person():
    """A name that finds two entries finds nobody."""
    found = (FOUND_ALICE, entry("uid=other,dc=example", uid=[b"other"]))
    assert PersonNotFound("ambiguous") == logins(LdapServer(found=found)).found()


def test_more_entries_than_asked_for_are_no_person():
    """sizeLimitExceeded says that there are more, even if only one came."""
    server = LdapServer(on_search=ended(responses.SIZE_LIMIT_EXCEEDED, FOUND_ALICE))
    assert PersonNotFound("ambiguous") == logins(server).found()


def test_a_referral_is_not_chased():
    """RFC 4511 section 4.1.10: another server would have to be trusted with the password."""
    url = ber.element(0xA3, ber.element(ber.OCTET_STRING, b"ldap://elsewhere/"))
    network = Network(LdapServer(on_search=ended(10, more=url)))
    answer = Logins(network).found()
    assert isinstance(answer, DirectoryFailed)
    assert {1} == {client[1] for client in network.tcpClients}


def test_a_continuation_is_not_chased():
    """RFC 4511 section 4.5.3: what is here counts."""
    reference = ber.element(0x73, ber.element(ber.OCTET_STRING, b"ldap://elsewhere/"))
    server = LdapServer(found=(reference, FOUND_ALICE))
    assert isinstance(logins(server).found(), PersonFound)


@pytest.mark.parametrize("code", [1, 3, 11, 32, 50, 53, 80])
def test_a_search_that_failed_is_not_nobody(code):
    """The next directory must not be asked in its place."""
    assert isinstance(logins(LdapServer(on_search=ended(code))).found(), DirectoryFailed)


@pytest.mark.parametrize(
    "broken",
    [
        entry(ALICE, cn=[b"Alice"]),
        entry(ALICE, uid=[b"\xff"]),
        entry(ALICE, uid=[b" "]),
        entry("", uid=[b"alice"]),
        entry(ALICE, uid=[b"alice"], memberOf=[b"no name"]),
        entry(ALICE, uid=[b"alice"], memberOf=[b"cn=\xff"]),
        ber.element(responses.ENTRY, b"\x04\x01\xff\x30\x00"),
        ber.element(responses.ENTRY, b"garbage"),
    ],
)
def test_an_entry_that_cannot_be_read_is_a_failure(broken):
    """No name, no DN, or groups that are none: never somebody without groups."""
    assert isinstance(logins(LdapServer(found=(broken,))).found(), DirectoryFailed)


def test_a_part_of_the_groups_is_a_failure():
    """Active Directory gives 1,500 values at most, and says so in the attribute's options."""
    found = entry(ALICE, uid=[b"alice"], **{"memberOf;range=0-1499": [b"cn=vpn,dc=example"]})
    assert isinstance(logins(LdapServer(found=(found,))).found(), DirectoryFailed)


def test_a_thousand_groups_are_read():
    """By attribute, all of them."""
    groups = [f"CN=Group {number}, DC=Example".encode() for number in range(1000)]
    server = LdapServer(found=(entry(ALICE, uid=[b"alice"], memberOf=groups),))
    person = logins(server).found().person
    assert {f"cn=group {number},dc=example" for number in range(1000)} == person.groups


def found_groups(count, code=0):
    """Give what answers the search for alice, and that for groups with *count* and a code."""
    groups = [entry(f"cn=group {number},dc=example") for number in range(count)]

    def answer(wire, message):
        if b"ou=groups" in message.body:
            wire.say(message.message_id, *groups, result(responses.DONE, code))
        else:
            wire.say(message.message_id, FOUND_ALICE, result(responses.DONE))

    return answer


def test_a_thousand_groups_are_found():
    """By search, all of them, as one answer in pieces."""
    server = LdapServer(on_search=found_groups(1000))
    assert 1000 == len(logins(server, groups=BY_SEARCH).found().person.groups)


@pytest.mark.parametrize(("count", "code"), [(1, 4), (1, 3), (0, 32), (0, 50), (5001, 0)])
def test_groups_that_could_not_be_read_are_a_failure(count, code):
    """Never "no groups": a policy may ask for the lack of one."""
    server = LdapServer(on_search=found_groups(count, code))
    assert isinstance(logins(server, groups=BY_SEARCH).found(), DirectoryFailed)


def test_groups_are_searched_by_the_dn_as_a_value():
    """Filter characters in a DN are part of the value."""
    dn = "uid=a*)(uid=\\2a,dc=example"
    server = LdapServer(found=(entry(dn, uid=[b"alice"]),))
    logins(server, groups=BY_SEARCH).found()
    _, for_groups = server.searches
    assert dn.encode() in for_groups.filter
    assert for_groups.filter.startswith(bytes([0xA3, len(for_groups.filter) - 2]))


def test_the_name_typed_is_a_value():
    """`*)(uid=*` is compared as it stands."""
    server = LdapServer()
    logins(server).found("*)(uid=*")
    (search,) = server.searches
    assert ber.element(0xA3, b"\x04\x03uid\x04\x08*)(uid=*") == search.filter


def test_octets_that_are_no_text_go_as_they_came():
    """A name from the network that is not UTF-8 finds nobody, and breaks nothing."""
    server = LdapServer(found=())
    assert PersonNotFound("unknown") == logins(server).found("\udcff\udcfe")
    assert server.searches[0].filter.endswith(b"\x04\x02\xff\xfe")


def test_the_password_goes_out_as_it_came():
    """Its octets, whatever they are, under the entry's own DN."""
    server = LdapServer()
    assert FirstFactorPassed() == logins(server).checked(b"\xffp\x00\xe4 ")
    assert [b"\xffp\x00\xe4 "] == server.binds


def test_an_empty_password_is_not_asked():
    """A server would call it an unauthenticated bind and a success (RFC 4513 section 5.1.2)."""
    server = LdapServer()
    assert FirstFactorFailed("empty-password") == logins(server).checked(b"")
    assert [] == server.binds


def test_a_wrong_password_is_one_bind():
    """It is counted once."""
    server = LdapServer(
        on_bind=lambda wire, message: wire.say(message.message_id, result(responses.BIND, 49))
    )
    assert FirstFactorFailed("wrong-password") == logins(server).checked(b"wrong")
    assert [b"wrong"] == server.binds


def test_a_control_that_cannot_be_read_is_no_verdict():
    """Neither passed nor failed."""
    policy = ber.element(
        ber.SEQUENCE,
        ber.element(ber.OCTET_STRING, b"1.3.6.1.4.1.42.2.27.8.5.1"),
        ber.element(ber.OCTET_STRING, b"\x30\x84\x7f\xff\xff\xff"),
    )
    server = LdapServer(
        on_bind=lambda wire, message: wire.say(
            message.message_id, result(responses.BIND), controls=policy
        )
    )
    assert isinstance(logins(server).checked(), DirectoryFailed)
