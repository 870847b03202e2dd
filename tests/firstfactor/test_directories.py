"""Several directories: the next is asked only where one has no such person."""

import pytest

from proxy.firstfactor.directories import Directories
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


def test_a_directory_that_is_configured_as_it_was_keeps_its_connections():
    """Nothing is opened anew, nothing is closed when the older ones are left."""
    network = Network(LdapServer())
    before = Directories([options(1)], network)
    before.start()
    network.pass_time()
    (wire,) = network.servers[0].open_wires
    after = Directories([options(1)], network, before)
    after.start()
    before.leave_to(after)
    network.pass_time()
    assert [wire] == network.servers[0].open_wires
    assert 1 == network.servers[0].attempts


def test_a_directory_that_changed_is_opened_anew_and_closed_when_it_is_left():
    """Until then both are asked, each by those who hold it."""
    network = Network(LdapServer(), LdapServer())
    before = Directories([options(1)], network)
    before.start()
    moved = options(servers=(Server("127.0.0.1", 2, "none"),))
    after = Directories([moved], network, before)
    after.start()
    network.pass_time()
    assert [1, 1] == [len(server.open_wires) for server in network.servers]
    before.leave_to(after)
    network.pass_time(2)
    assert [0, 1] == [len(server.open_wires) for server in network.servers]


def test_only_what_changed_is_closed():
    """One directory of two is exchanged."""
    network = Network(LdapServer(), LdapServer(), LdapServer())
    stays, goes, comes = (
        options(name=name, servers=(Server("127.0.0.1", port, "none"),))
        for name, port in (("corp", 1), ("guests", 2), ("lab", 3))
    )
    before = Directories([stays, goes], network)
    before.start()
    after = Directories([stays, comes], network, before)
    after.start()
    network.pass_time()
    before.leave_to(after)
    network.pass_time(2)
    assert [1, 0, 1] == [len(server.open_wires) for server in network.servers]
