"""Whether a directory would take a person's password, where none is tried."""

import pytest

from proxy.firstfactor.standing import generalized_time
from proxy.ldap import responses
from proxy.ldap.requests import Scope
from proxy.login.actions import FindPerson
from proxy.login.events import DirectoryFailed, PersonBarred, PersonFound
from tests.peers.ldap_network import ALICE, LdapServer, Logins, Network, entry, options, result

NOW = 1_700_000_000


def found(*, vouched=True, gone=False, **attributes):
    """Find alice, whose entry says this; the server that was asked is given too."""

    def search(wire, message):
        end = result(responses.DONE, responses.NO_SUCH_OBJECT if gone else responses.SUCCESS)
        base = server.searches[-1].scope == Scope.BASE
        some = () if base and gone else (entry(ALICE, uid=[b"alice"], **attributes),)
        wire.say(message.message_id, *some, end)

    server = LdapServer(on_search=search)
    network = Network(server)
    network.advance(NOW)
    logins = Logins(network, options())
    question = FindPerson(("corp",), "alice", vouched=vouched)
    return logins.answered(logins._begin(logins.directories.find(question))), server


BARRED = {
    "userAccountControl": (b"514", "account-disabled"),
    "nsAccountLock": (b"TRUE", "account-disabled"),
    "pwdAccountLockedTime": (b"000001010000Z", "account-disabled"),
    "accountExpires": (b"116444736000000001", "account-expired"),
    "krbPrincipalExpiration": (b"20231114000000Z", "account-expired"),
    "pwdEndTime": (b"202311140000Z", "account-expired"),
}


@pytest.mark.parametrize("attribute", BARRED)
def test_each_directory_bars_in_its_own_way(attribute):
    """And only where no password will be tried: a bind finds it itself."""
    value, reason = BARRED[attribute]
    assert PersonBarred(reason) == found(**{attribute: [value]})[0]
    answer, server = found(vouched=False, **{attribute: [value]})
    assert isinstance(answer, PersonFound)
    assert 1 == len(server.searches)


def test_nobody_else_is_barred():
    """Nor by a lock that wrong passwords brought and that ends by itself."""
    answer, _ = found(
        userAccountControl=[b"512"],
        accountExpires=[b"9223372036854775807"],
        nsAccountLock=[b"false"],
        krbPrincipalExpiration=[b"20370101000000Z"],
        pwdAccountLockedTime=[b"20231114000000Z"],
    )
    assert isinstance(answer, PersonFound)
    assert isinstance(found(accountExpires=[b"0"])[0], PersonFound)
    assert isinstance(found(accountExpires=[b"133500000000000000"])[0], PersonFound)


@pytest.mark.parametrize(
    "attributes",
    [
        {"userAccountControl": [b"x"]},
        {"accountExpires": [b""]},
        {"krbPrincipalExpiration": [b"never"]},
        {"pwdEndTime": [b"\xff"]},
    ],
)
def test_what_cannot_be_read_lets_nobody_in(attributes):
    """It might say that the person is barred."""
    assert isinstance(found(**attributes)[0], DirectoryFailed)


def test_an_entry_that_is_gone_lets_nobody_in():
    """Between the two searches."""
    assert isinstance(found(gone=True)[0], DirectoryFailed)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (b"19700101000000Z", 0.0),
        (b"197001010001Z", 60.0),
        (b"20231114221320Z", 1_700_000_000.0),
        (b"20231114221320.5Z", 1_700_000_000.0),
    ],
)
def test_times(text, seconds):
    """RFC 4517 section 3.3.13, in UTC."""
    assert seconds == generalized_time(text)


@pytest.mark.parametrize(
    "text", [b"", b"2023Z", b"20231114221320", b"20231114221320+0100", b"20231399000000Z"]
)
def test_what_is_no_time(text):
    """It is not guessed at."""
    with pytest.raises(ValueError, match=r"."):
        generalized_time(text)
