"""A person's mail address, read from one entry of just that name."""

import pytest
from twisted.internet.defer import Deferred

from proxy.errors import Unavailable
from proxy.ldap import responses
from tests.peers.ldap_network import Asked, LdapServer, Logins, Network, entry, options, result

ALICE = entry("uid=alice,dc=example", uid=[b"alice"], mail=[b"alice@example.org", b"a@x.org"])
NAMELESS = entry("uid=alice,dc=example", uid=[b"alice"])


def address(server, name="alice"):
    """Give the address that a directory has for a name, or what went wrong."""
    logins = Logins(Network(server), options())
    asked = Asked(Deferred.fromCoroutine(logins.directories.address("corp", name)))
    answer = logins.answered(asked)
    return getattr(answer, "value", answer)


def test_the_first_address_is_taken():
    """Of several."""
    server = LdapServer(found=(ALICE,))
    assert "alice@example.org" == address(server)
    assert [b"(uid=alice)"] == [one.filter for one in server.searches] or server.searches


@pytest.mark.parametrize(
    "found",
    [
        (),
        (NAMELESS,),
        (ALICE, ALICE),
        (entry("uid=bob,dc=example", uid=[b"bob"], mail=[b"bob@example.org"]),),
        (entry("uid=alice,dc=example", uid=[b"alice"], mail=[b"\xff"]),),
    ],
)
def test_nobody_is_written_to_by_mistake(found):
    """No entry, none with an address, more than one, another's, no text."""
    assert address(LdapServer(found=found)) is None


def test_a_directory_that_fails_is_asked_again():
    """It says so; that is not the same as no address."""
    server = LdapServer(
        on_search=lambda wire, message: wire.say(
            message.message_id,
            result(responses.DONE, 52),  # unavailable
        )
    )
    assert isinstance(address(server), Unavailable)


def test_a_directory_that_is_gone_has_no_addresses():
    """It was taken out of the configuration."""
    logins = Logins(Network(LdapServer()), options())
    asked = Asked(Deferred.fromCoroutine(logins.directories.address("other", "alice")))
    assert logins.answered(asked) is None
