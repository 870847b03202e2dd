"""Several directories: the next is asked only where one has no such person."""

import pytest

from proxy.firstfactor.options import Server
from proxy.login.events import DirectoryFailed, FirstFactorPassed, PersonFound, PersonNotFound
from tests.peers.ldap_network import FOUND_ALICE, LdapServer, Logins, Network, entry, options


def two(first, second):
    """Give logins against two directories."""
    network = Network(first, second)
    return Logins(
        network,
        options(name="corp"),
        options(name="guests", servers=(Server("127.0.0.1", 2, "none"),)),
    )


def test_the_next_is_asked_where_there_is_no_such_person():
    """And the password goes to the one that has the person."""
    first, second = LdapServer(found=()), LdapServer()
    logins = two(first, second)
    found = logins.found("alice", "corp", "guests")
    assert isinstance(found, PersonFound)
    assert "guests" == found.person.directory
    assert FirstFactorPassed() == logins.checked()
    assert ([], [b"right"]) == (first.binds, second.binds)


def test_nobody_anywhere():
    """All were asked."""
    first, second = LdapServer(found=()), LdapServer(found=())
    assert PersonNotFound("unknown") == two(first, second).found("alice", "corp", "guests")
    assert 1 == len(second.searches)


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        (LdapServer(accepts=False), DirectoryFailed),
        (LdapServer(found=(FOUND_ALICE, entry("uid=b", uid=[b"b"]))), PersonNotFound),
        (LdapServer(), PersonFound),
    ],
)
def test_whatever_else_one_says_ends_it(first, wanted):
    """A directory that is down, or has two of that name: the next may have somebody else."""
    second = LdapServer()
    assert isinstance(two(first, second).found("alice", "corp", "guests"), wanted)
    assert 0 == second.attempts


def test_a_directory_that_was_not_named_is_not_asked():
    """The order is the question's."""
    first, second = LdapServer(), LdapServer()
    found = two(first, second).found("alice", "guests")
    assert "guests" == found.person.directory
    assert 0 == first.attempts
