"""What a directory shows of a person's last change of password."""

import pytest
from twisted.internet.defer import Deferred

from proxy.accounts.account import Person
from proxy.errors import PeerError, Unavailable
from proxy.ldap import responses
from proxy.ldap.requests import Scope
from tests.peers.ldap_network import Asked, LdapServer, Logins, Network, entry, options, result

DN = "uid=alice,dc=example"


def mark(server, directory="corp"):
    """Give the mark of alice, or what went wrong."""
    logins = Logins(Network(server), options())
    person = Person(directory, "alice", None, DN, frozenset())
    answer = logins.answered(
        Asked(Deferred.fromCoroutine(logins.directories.password_mark(person)))
    )
    return getattr(answer, "value", answer)


def shown(**attributes):
    return mark(LdapServer(found=(entry(DN, **attributes),)))


def test_each_directory_shows_it_in_its_own_way():
    """Another value is another mark; the same values in another order are not."""
    marks = [
        shown(pwdLastSet=[b"133"]),
        shown(pwdLastSet=[b"134"]),
        shown(pwdChangedTime=[b"133"]),
        shown(pwdChangedTime=[b"133"], passwordExpirationTime=[b"20261124"]),
        shown(krbLastPwdChange=[b"133"]),
    ]
    assert len(set(marks)) == len(marks)
    assert shown(pwdLastSet=[b"1", b"2"]) == shown(pwdLastSet=[b"2", b"1"])


def test_a_directory_that_shows_nothing():
    """The mark is empty, for ever."""
    assert b"" == shown(mail=[b"alice@example.org"])


def test_the_entry_itself_is_asked_for():
    """By its name, and for nothing else."""
    server = LdapServer(found=(entry(DN, pwdLastSet=[b"1"]),))
    mark(server)
    asked = server.searches[-1]
    assert (DN.encode(), Scope.BASE) == (asked.base, asked.scope)
    assert b"pwdLastSet" in asked.attributes


@pytest.mark.parametrize("found", [(), (entry(DN), entry(DN))])
def test_no_such_entry_is_no_mark(found):
    """It was moved or deleted meanwhile."""
    assert isinstance(mark(LdapServer(found=found)), PeerError | Unavailable)


def test_a_directory_that_fails():
    """It says so; that is not the same as an empty mark."""
    server = LdapServer(
        on_search=lambda wire, message: wire.say(message.message_id, result(responses.DONE, 52))
    )
    assert isinstance(mark(server), PeerError | Unavailable)


def test_a_directory_that_is_gone():
    """It was taken out of the configuration."""
    assert isinstance(mark(LdapServer(), "other"), Unavailable)
