"""One connection: answers find their requests, what cannot be read ends it, silence too."""

import pytest

from proxy.firstfactor.opening import ROOT_DSE
from proxy.ldap import ber, requests, responses
from proxy.ldap.message import encode_message
from proxy.login.events import DirectoryFailed, FirstFactorPassed, PersonFound
from tests.peers.ldap_network import ALICE, FOUND_ALICE, LdapServer, Logins, Network, entry, result

DONE = result(responses.DONE)


def nested(depth, content=b""):
    """Write sequences in each other."""
    for _ in range(depth):
        content = ber.element(ber.SEQUENCE, content)
    return content


@pytest.mark.parametrize(
    "octets",
    [
        b"garbage",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x30\x84\x7f\xff\xff\xff\x02\x01\x02",  # 2 GiB, declared
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x85\x01\x00\x00\x00\x00",
        b"\x30\x80\x02\x01\x03\x65\x00\x00\x00",  # the indefinite form
        b"\x30\x00",
        b"\x30\x03\x02\x01\x02",
        nested(5000),
        encode_message(3, nested(5000)),
        encode_message(3, DONE, nested(5000)),
        encode_message(3, ber.element(responses.DONE, nested(5000))),
        encode_message(3, DONE + b"\xa0\x81"),
        encode_message(3, result(responses.BIND)),
        encode_message(3, ber.element(0x90, b"")),
        encode_message(3, ber.element(responses.DONE, b"\x0a\x01\x00")),
        encode_message(0, result(responses.BIND)),
        encode_message(0, ber.element(responses.EXTENDED, b"\x0a")),
    ],
    ids=lambda octets: octets[:12].hex(),
)
def test_what_cannot_be_read_ends_the_connection(octets):
    """At once, and every search on it fails."""
    server = LdapServer()
    logins = Logins(Network(server))
    logins.directories.start()
    logins.network.pass_time()
    server.on_search = lambda wire, message: None
    asked = [logins.find() for _ in range(3)]
    logins.network.pass_time()
    (wire,) = server.wires
    wire.say_octets(octets)
    logins.network.pass_time(0.1)
    assert not wire.open
    server.on_search = None
    assert isinstance(logins.found(), PersonFound)
    assert all(isinstance(each.answers[0], DirectoryFailed) for each in asked)


def test_nothing_nested_deep_is_followed():
    """An entry with 5,000 sequences in each other is unread, not a traceback."""
    deep = ber.element(responses.ENTRY, b"\x04\x01a" + nested(5000))
    server = LdapServer(found=(deep,))
    assert isinstance(Logins(Network(server)).found(), DirectoryFailed)


def test_entries_without_end_are_cut_off():
    """More octets than any person's groups need end the connection."""
    fat = entry(ALICE, uid=[bytes(1_000_000)] * 4)
    logins = Logins(Network(LdapServer(found=(fat,) * 9)))
    answer = logins.found()
    assert isinstance(answer, DirectoryFailed)
    assert "octets of entries" in answer.reason


def test_an_answer_may_come_octet_by_octet():
    """However the network cuts it."""

    def dribble(wire, message):
        for operation in (FOUND_ALICE, DONE):
            for octet in encode_message(message.message_id, operation):
                wire.say_octets(bytes([octet]))

    assert isinstance(Logins(Network(LdapServer(on_search=dribble))).found(), PersonFound)


def test_answers_may_come_in_any_order():
    """Each finds its own request by the id."""
    asked = []
    server = LdapServer(on_search=lambda wire, message: asked.append((wire, message)))
    logins = Logins(Network(server))
    names = ["anna", "bert", "cleo"]
    waiting = [logins.find(name) for name in names]
    logins.network.pass_time()
    assert {asked[0][0]} == {wire for wire, _ in asked}
    for wire, message in reversed(asked):
        name = message.body.partition(b"\x04\x03uid\x04\x04")[2][:4]
        found = entry(f"uid={name.decode()},dc=example", uid=[name])
        wire.say(message.message_id, found, DONE)
    logins.network.pass_time()
    assert names == [each.answers[0].person.user_name for each in waiting]


def test_a_request_leaves_at_once():
    """A search does not wait until the server has acknowledged the one before it."""
    server = LdapServer()
    Logins(Network(server)).found()
    assert not server.wires[0].delayed


def test_answers_to_nobody_are_ignored():
    """An id that no request has: the answer to one that was abandoned."""

    def answer(wire, message):
        wire.say(message.message_id + 100, FOUND_ALICE, DONE)
        wire.say(message.message_id, FOUND_ALICE, DONE)
        wire.say(message.message_id, FOUND_ALICE, DONE)

    logins = Logins(Network(LdapServer(on_search=answer)))
    assert isinstance(logins.found(), PersonFound)
    assert isinstance(logins.found(), PersonFound)


def test_an_intermediate_response_is_passed_over():
    """RFC 4511 section 4.13: none was asked for, none changes the result."""

    def answer(wire, message):
        wire.say(message.message_id, ber.element(0x79, b""), FOUND_ALICE, DONE)

    assert isinstance(Logins(Network(LdapServer(on_search=answer))).found(), PersonFound)


def test_notice_of_disconnection():
    """RFC 4511 section 4.4.1: the server says goodbye; the login goes on over another connection."""
    name = ber.element(0x8A, responses.NOTICE_OF_DISCONNECTION)
    told = []

    def answer(wire, message):
        if told:
            wire.say(message.message_id, FOUND_ALICE, DONE)
        else:
            told.append(wire)
            wire.say(0, result(responses.EXTENDED, 52, b"going down", name))

    server = LdapServer(on_search=answer)
    assert isinstance(Logins(Network(server)).found(), PersonFound)
    assert not told[0].open


def test_other_unsolicited_messages_are_ignored():
    """RFC 4511 section 4.4: what is not known is not for us."""
    name = ber.element(0x8A, b"1.2.3")

    def answer(wire, message):
        wire.say(0, result(responses.EXTENDED, 0, b"", name))
        wire.say(message.message_id, FOUND_ALICE, DONE)

    assert isinstance(Logins(Network(LdapServer(on_search=answer))).found(), PersonFound)


def test_a_search_without_an_answer_is_abandoned():
    """RFC 4511 section 4.11: in its time, waited for or not, where the server answers others."""
    server = LdapServer()
    logins = Logins(Network(server))
    logins.found()
    server.on_search = lambda wire, message: None
    asked = [logins.find(), logins.find()]
    asked[0].deferred.cancel()
    logins.network.pass_time(1)
    server.on_search = None
    assert isinstance(logins.found(), PersonFound)
    logins.network.pass_time(4)
    (wire,) = server.wires
    *_, first, second, _, third, fourth = wire.heard
    abandoned = [ber.integer(each.message_id)[2:] for each in (first, second)]
    assert [requests.ABANDON] * 2 == [third.operation, fourth.operation]
    assert abandoned == [third.body, fourth.body]
    assert isinstance(asked[1].answers[0], DirectoryFailed)
    assert isinstance(logins.found(), PersonFound)
    assert 1 == server.attempts


def test_a_bind_that_nobody_waits_for_is_not_abandoned():
    """Its connection is used again only when the server has answered it."""
    held = []
    server = LdapServer(on_bind=lambda wire, message: held.append((wire, message)))
    logins = Logins(Network(server))
    logins.found()
    asked = logins.check(b"first")
    logins.network.pass_time()
    asked.deferred.cancel()
    server.on_bind = None
    assert FirstFactorPassed() == logins.checked(b"second")
    (wire, message), *_ = held
    assert [message] == wire.heard
    wire.say(message.message_id, result(responses.BIND, 49))
    logins.network.pass_time()
    assert FirstFactorPassed() == logins.checked(b"third")
    assert [b"first", b"second", b"third"] == sorted(server.binds)


def test_the_octets_of_a_password_are_in_no_failure():
    """A connection that fails in mid-bind says so without what it carried."""
    server = LdapServer(on_bind=lambda wire, message: wire.say_octets(b"garbage"))
    failed = Logins(Network(server)).checked(b"hunter2")
    assert "hunter2" not in repr(failed)


def test_a_goodbye_is_said():
    """RFC 4511 section 4.3: unbind, when the daemon stops."""
    server = LdapServer()
    logins = Logins(Network(server))
    logins.found()
    logins.directories.stop()
    logins.network.pass_time()
    assert requests.UNBIND == server.wires[0].heard[-1].operation


def test_the_root_entry_is_what_is_asked_for_a_sign_of_life():
    """RFC 4512 section 5.1: by a search without attributes, at the base of everything."""
    search = requests.decode_search(ROOT_DSE[2:])
    assert (b"", (b"1.1",)) == (search.base, search.attributes)
