"""A response checked by the hash that a directory gives."""

import pytest
from twisted.internet.defer import Deferred

from proxy.accounts.account import Person
from proxy.errors import PeerError
from proxy.firstfactor.nt_hash import NtHashes
from proxy.firstfactor.operation import Answer
from proxy.ldap import responses
from proxy.ldap.responses import Result
from proxy.login.actions import CheckFirstFactor
from proxy.login.events import FirstFactorFailed, FirstFactorPassed
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.sealing import MasterKey
from proxy.secret import Secret
from tests.peers import mschap
from tests.peers.ldap_network import Asked, LdapServer, Logins, Network, entry, options

DN, NOW = "uid=alice,dc=example", 1_795_000_000.0
SEALS = UpstreamSeals(MasterKey(Secret(b"k" * 32)))
CHALLENGE, PEER = bytes(range(16)), bytes(range(16, 32))
HASH = mschap.md4("secret".encode("utf-16-le"))


def credentials(password="secret", name="alice"):
    response = mschap.nt_response(CHALLENGE, PEER, name, password)
    return Secret(CHALLENGE + b"\x05\0" + PEER + bytes(8) + response)


def body(**attributes):
    """Give an entry as an answer has it: without its tag and length."""
    whole = entry(DN, **attributes)
    return whole[2 if whole[1] < 0x80 else 2 + (whole[1] & 0x7F) :]


def answer(*bodies, code=responses.SUCCESS, dropped=0):
    return Answer(Result(code, ""), b"", list(bodies), dropped)


def check(given=credentials(), name="alice", **attributes):  # noqa: B008 - a value
    hashes = NtHashes(options(), "sambaNTPassword", SEALS)
    return hashes.check(answer(body(**attributes)), given, name, NOW)


@pytest.mark.parametrize("value", [HASH, HASH.hex().encode(), HASH.hex().upper().encode()])
def test_the_right_password(value):
    """What proves us to the peer and the keys of RFC 3079 go on, sealed."""
    passed = check(sambaNTPassword=[value])
    assert isinstance(passed, FirstFactorPassed)
    found = {one.number: (one.value, one.tag) for one in SEALS.open_attributes(passed.passed)}
    send, receive = mschap.keys(CHALLENGE, PEER, "alice", "secret")
    success = b"\x05" + mschap.success(CHALLENGE, PEER, "alice", "secret")
    assert {(311, 26): (success, None), (311, 16): (send, b""), (311, 17): (receive, b"")} == found


def test_a_domain_before_the_name():
    """It was not hashed."""
    assert isinstance(check(name="CORP\\alice", sambaNTPassword=[HASH]), FirstFactorPassed)


def test_a_wrong_password():
    """Or the right one of another name."""
    wrong = FirstFactorFailed("wrong-password")
    assert wrong == check(credentials("guess"), sambaNTPassword=[HASH])
    assert wrong == check(credentials(name="bob"), sambaNTPassword=[HASH])


@pytest.mark.parametrize(
    "values",
    [
        [],
        [HASH, HASH],
        [HASH[:-1]],
        [b"NO PASSWORDXXXXXXXXXXXXXXXXXXXXX"],
        [b"31D6CFE0D16AE931B73C59D7E0C089C0"],
        [b""],
    ],
)
def test_what_is_no_hash(values):
    """None, two, too short, Samba's word for none, the empty password's, nothing."""
    attributes = {"sambaNTPassword": values} if values else {}
    given = credentials("")
    assert FirstFactorFailed("no-nt-hash") == check(given, **attributes)


def test_an_account_that_is_closed():
    """Locked: whatever the password is. Disabled: only who knows it is told."""
    shown = {"sambaNTPassword": [HASH], "sambaAcctFlags": [b"[UL]"]}
    assert FirstFactorFailed("account-locked") == check(**shown)
    assert FirstFactorFailed("account-locked") == check(credentials("guess"), **shown)
    shown["sambaAcctFlags"] = [b"[UD]"]
    assert FirstFactorFailed("account-disabled", "account-disabled") == check(**shown)
    assert FirstFactorFailed("wrong-password") == check(credentials("guess"), **shown)


@pytest.mark.parametrize(
    "said",
    [answer(), answer(b"", b""), answer(code=32), answer(b"", dropped=1), answer(b"\0")],
)
def test_an_answer_without_the_entry(said):
    """None, two, an error, more than was asked for, what is none."""
    with pytest.raises(PeerError):
        NtHashes(options(), "sambaNTPassword", SEALS).check(said, credentials(), "alice", NOW)


def test_nothing_of_it_is_shown():
    """Neither hash nor keys, in the text of what comes of it."""
    passed = check(sambaNTPassword=[HASH])
    for secret in (HASH, *mschap.keys(CHALLENGE, PEER, "alice", "secret")):
        assert secret.hex() not in repr(passed).lower()
        assert repr(secret)[2:-1] not in repr(passed)


@pytest.mark.parametrize("attribute", [None, "sambaNTPassword"])
def test_a_directory_that_gives_none(attribute):
    """Where it is not configured, or its connections have no TLS: no hash is asked for."""
    server = LdapServer(found=(entry(DN, sambaNTPassword=[HASH]),))
    logins = Logins(Network(server), options(nt_hash=attribute))
    person = Person("corp", "alice", None, DN, frozenset())
    question = CheckFirstFactor(person, credentials(), None, "mschapv2")
    told = logins.answered(Asked(Deferred.fromCoroutine(logins.directories.check(question))))
    assert FirstFactorFailed("no-nt-hash") == told
    assert [] == server.searches
