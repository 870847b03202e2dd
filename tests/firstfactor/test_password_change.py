"""Changing a password: what is sent, over which connection, and what the answers mean."""

import pytest
from twisted.internet.defer import Deferred

from proxy.firstfactor.operation import Answer
from proxy.firstfactor.password_change import judge
from proxy.ldap import ber, passwords, requests, responses
from proxy.ldap.controls import PASSWORD_POLICY
from proxy.ldap.responses import Result
from proxy.login.actions import ChangePassword
from proxy.login.events import DirectoryFailed, PasswordChanged, PasswordNotChanged
from proxy.secret import Secret
from tests.peers.ldap_network import (
    ALICE,
    SERVICE,
    Asked,
    LdapServer,
    Logins,
    Network,
    entry,
    options,
    result,
)

OLD, NEW = Secret(b"old"), Secret(b"new")
WINDOWS = entry("", supportedCapabilities=[b"1.2.840.113556.1.4.800"])


def policy_control(error):
    value = ber.element(ber.SEQUENCE, ber.integer(error, 0x81))
    return ber.element(
        ber.SEQUENCE,
        ber.element(ber.OCTET_STRING, PASSWORD_POLICY),
        ber.element(ber.OCTET_STRING, value),
    )


class ChangingServer(LdapServer):
    """A server that says what it is and answers changes."""

    def __init__(self, *root, bound=(0, b""), changed=(0, b"", b"")):
        super().__init__()
        self.root, self.bound, self.changed = root, bound, changed
        self.on_bind = self._bind

    def _bind(self, wire, message):
        code, controls = self.bound
        wire.say(message.message_id, result(responses.BIND, code), controls=controls)

    def receive(self, wire, message):
        code, text, controls = self.changed
        if message.operation == requests.SEARCH and not requests.decode_search(message.body).base:
            wire.say(message.message_id, *self.root, result(responses.DONE))
        elif message.operation == passwords.MODIFY:
            wire.say(message.message_id, result(responses.MODIFIED, code, text), controls=controls)
        elif message.operation == requests.EXTENDED and passwords.PASSWORD_MODIFY in message.body:
            wire.say(message.message_id, result(responses.EXTENDED, code, text), controls=controls)
        else:
            super().receive(wire, message)

    def changes(self):
        """Give each change that came: its kind, and who was bound on its connection."""
        found = []
        for wire in self.wires:
            bound = "nobody"
            for message in wire.heard:
                if message.operation == requests.BIND:
                    bound = requests.decode_bind(message.body).name.decode()
                elif message.operation in (passwords.MODIFY, requests.EXTENDED):
                    found.append((message.operation, bound, message.body))
        return found


class Changing(Logins):
    """Changes passwords as the hall does, of a directory that is configured with TLS."""

    def changed(self, old=OLD, new=NEW):
        person = self.person or self.found().person
        directory = self.directories._by_name["corp"]
        directory._in_clear = False  # the network in memory has no TLS
        question = ChangePassword(person, old, new)
        coroutine = self.directories.change(question)
        return self.answered(Asked(Deferred.fromCoroutine(coroutine)))


def changing(*servers):
    return Changing(Network(*servers), options(len(servers)))


def body(encoded):
    """Give the contents of an operation."""
    _, start, _ = ber.header(encoded, 0, len(encoded))
    return encoded[start:]


def test_active_directory_hears_it_from_the_service_account():
    """Both passwords in one operation; nobody binds as the person."""
    server = ChangingServer(WINDOWS)
    assert PasswordChanged() == changing(server).changed()
    request = passwords.encode_active_directory(ALICE.encode(), OLD, NEW)
    assert [(passwords.MODIFY, SERVICE, body(request))] == server.changes()
    assert [] == server.binds


@pytest.mark.parametrize("bound", [(0, b""), (0, policy_control(2))])
def test_others_hear_it_from_the_person(bound):
    """The old password opens the connection, restricted or not, over which it is changed."""
    server = ChangingServer(bound=bound)
    assert PasswordChanged() == changing(server).changed()
    request = passwords.encode_password_modify(ALICE.encode(), OLD, NEW)
    assert [(requests.EXTENDED, ALICE, body(request))] == server.changes()


def test_an_expired_one_that_opens_nothing():
    """Proved by the refusal itself; then the service account may, if it may."""
    server = ChangingServer(bound=(49, policy_control(0)))
    assert PasswordChanged() == changing(server).changed()
    ((kind, bound, _),) = server.changes()
    assert (requests.EXTENDED, SERVICE) == (kind, bound)


@pytest.mark.parametrize(
    ("bound", "outcome"),
    [
        ((49, b""), PasswordNotChanged("old-password")),
        ((49, policy_control(1)), PasswordNotChanged("old-password")),
        ((1, b""), DirectoryFailed("the bind was refused:  (1)")),
    ],
)
def test_without_the_old_password_nothing_is_sent(bound, outcome):
    """No change leaves, whoever could make it."""
    server = ChangingServer(bound=bound)
    assert outcome == changing(server).changed()
    assert [] == server.changes()


def test_in_the_clear_nothing_is_sent():
    """Whatever the configuration came to say."""
    server = ChangingServer(WINDOWS)
    logins = Changing(Network(server), options())
    person = logins.found().person
    question = ChangePassword(person, OLD, NEW)
    asked = Asked(Deferred.fromCoroutine(logins.directories.change(question)))
    assert PasswordNotChanged("not-permitted") == logins.answered(asked)
    assert [] == server.changes()


def test_the_next_server_where_one_cannot_be_reached():
    """Nothing had left for it."""
    first, second = ChangingServer(WINDOWS), ChangingServer(WINDOWS)
    logins = changing(first, second)
    logins.found()
    first.die()
    assert PasswordChanged() == logins.changed()
    assert ([], 1) == (first.changes(), len(second.changes()))


def test_a_change_goes_out_once():
    """A server that says nothing to it may have made it: no other is asked."""
    first, second = ChangingServer(WINDOWS), ChangingServer(WINDOWS)
    logins = changing(first, second)
    logins.found()
    first.changed = (51, b"busy", b"")
    assert isinstance(logins.changed(), DirectoryFailed)
    assert (1, []) == (len(first.changes()), second.changes())


def test_its_connections_are_closed():
    """They are for one change alone."""
    server = ChangingServer()
    logins = changing(server)
    logins.found()
    before = len(server.open_wires)
    logins.changed()
    logins.network.pass_time(2)
    assert before == len(server.open_wires)


@pytest.mark.parametrize(
    ("code", "text", "controls", "reason"),
    [
        (19, "", policy_control(5), "too-simple"),
        (19, "", policy_control(6), "too-short"),
        (19, "", policy_control(7), "too-young"),
        (19, "", policy_control(8), "used-before"),
        (50, "", policy_control(3), "not-permitted"),
        (19, "", policy_control(4), "not-permitted"),
        (19, "Password fails quality checking policy", b"", "refused"),
        (19, "0000052D: Constraint violation - check_password_restrictions", b"", "refused"),
        (53, "0000052D: SvcErr: DSID-031A120C, problem 5003 (WILL_NOT_PERFORM)", b"", "refused"),
        (19, "00000056: AtrErr: DSID-03191083, #1:", b"", "old-password"),
        (19, "00000775: Password change not permitted", b"", "not-permitted"),
        (53, "0000001F: SvcErr: DSID-031A12D2, problem 5003", b"", "not-permitted"),
        (53, "unwilling to verify old password", b"", "not-permitted"),
        (50, "no write access", b"", "not-permitted"),
        (8, "only authenticated users may change passwords", b"", "not-permitted"),
        (49, "", b"", "old-password"),
    ],
)
def test_why_not(code, text, controls, reason):
    """By the policy's control, by Windows' code, by the result."""
    assert PasswordNotChanged(reason) == judge(Answer(Result(code, text), controls, [], 0))


@pytest.mark.parametrize("code", [1, 10, 32, 80])
def test_what_says_nothing_of_the_password(code):
    """A referral, an entry that is gone, a server in trouble."""
    assert isinstance(judge(Answer(Result(code, "x"), b"", [], 0)), DirectoryFailed)
