"""The servers of a directory: searches go on to the next, a bind goes out once."""

import pytest

from proxy.ldap import responses
from proxy.login.events import DirectoryFailed, FirstFactorPassed, PersonFound
from tests.peers.ldap_network import LdapServer, Logins, Network, result


def network_of(first):
    """Give logins against *first* and a second server that works."""
    network = Network(first, LdapServer())
    return Logins(network), first, network.servers[1]


def test_the_first_that_works_is_asked():
    """The second is not even connected to."""
    logins, first, second = network_of(LdapServer())
    assert FirstFactorPassed() == logins.checked()
    assert (1, 1, 0) == (len(first.searches), len(first.binds), second.attempts)


def test_a_server_that_refuses_connections_is_passed_over():
    """Search and bind go to the next, soon."""
    logins, first, second = network_of(LdapServer(accepts=False))
    assert FirstFactorPassed() == logins.checked()
    assert [b"right"] == second.binds
    assert [] == first.wires


@pytest.mark.parametrize("how", [{"reachable": False}, {"answers": False}], ids=str)
def test_a_silent_server_is_passed_over_in_its_time(how):
    """Connections that are never made, or on which nothing is said: one time limit, then the next."""
    logins, _, second = network_of(LdapServer(**how))
    assert isinstance(logins.found(), PersonFound)
    assert 4.9 < logins.took < 5.3
    assert 1 == len(second.searches)


@pytest.mark.parametrize("how", [{"reachable": False}, {"answers": False}], ids=str)
def test_a_silent_server_is_not_tried_by_every_login(how):
    """It is set aside: logins go on with the next at once, probes in the background are few."""
    logins, first, second = network_of(LdapServer(**how))
    logins.found()
    tried = first.attempts
    for _ in range(100):
        assert isinstance(logins.found(), PersonFound)
        assert logins.took == 0
    assert 101 == len(second.searches)
    assert first.attempts <= tried + 1
    logins.network.pass_time(60)
    assert first.attempts <= tried + 8


def test_a_server_that_falls_silent_is_set_aside():
    """With connections that are open: those who wait go on to the next, whoever comes later at once."""
    logins, first, second = network_of(LdapServer())
    logins.found()
    logins.network.pass_time(60)
    first.answers = False
    asked = [logins.find() for _ in range(20)]
    logins.network.pass_time(5.1)
    assert 20 == sum(isinstance(each.answers[0], PersonFound) for each in asked)
    assert isinstance(logins.found(), PersonFound)
    assert 21 == len(second.searches)


def test_a_bind_that_was_sent_is_not_sent_elsewhere():
    """The server dies with the bind on its way: no verdict, and one bind over all servers."""
    logins, first, second = network_of(LdapServer(on_bind=lambda wire, message: wire.server.die()))
    assert isinstance(logins.checked(), DirectoryFailed)
    logins.network.pass_time(30)
    assert [b"right"] == first.binds + second.binds


def test_a_bind_without_an_answer_is_not_sent_elsewhere():
    """Nor in silence."""
    logins, first, second = network_of(LdapServer(on_bind=lambda wire, message: None))
    logins.found()
    assert isinstance(logins.checked(), DirectoryFailed)
    assert 4.9 < logins.took < 5.3
    logins.network.pass_time(30)
    assert [b"right"] == first.binds + second.binds


@pytest.mark.parametrize("code", [responses.BUSY, responses.UNAVAILABLE])
def test_a_bind_that_a_busy_server_got_is_not_sent_elsewhere(code):
    """It may have been counted; the next login goes to the next server."""
    logins, first, second = network_of(
        LdapServer(
            on_bind=lambda wire, message: wire.say(
                message.message_id, result(responses.BIND, code, b"later")
            )
        )
    )
    assert isinstance(logins.checked(), DirectoryFailed)
    assert ([b"right"], []) == (first.binds, second.binds)
    assert FirstFactorPassed() == logins.checked(b"again")
    assert [b"again"] == second.binds


def test_a_bind_answered_with_garbage_is_not_sent_elsewhere():
    """Whatever the server did with it."""
    logins, first, second = network_of(
        LdapServer(on_bind=lambda wire, message: wire.say_octets(b"garbage"))
    )
    assert isinstance(logins.checked(), DirectoryFailed)
    assert [b"right"] == first.binds + second.binds


def test_a_bind_that_was_not_sent_goes_to_the_next():
    """The server died after the search: nothing of the password ever left."""
    logins, first, second = network_of(LdapServer())
    logins.found()
    first.die()
    assert FirstFactorPassed() == logins.checked()
    assert ([], [b"right"]) == (first.binds, second.binds)


def test_a_search_on_a_connection_that_just_ended_is_repeated():
    """A server restarts: one login's search is lost and goes out again, at the same server."""
    lost = []

    def lose_the_first(wire, message):
        if not lost:
            lost.append(message)
            wire.end()
        else:
            wire.say(message.message_id, *wire.server.found, result(responses.DONE))

    logins, first, second = network_of(LdapServer(on_search=lose_the_first))
    assert isinstance(logins.found(), PersonFound)
    assert (2, 0) == (len(first.searches), second.attempts)


def test_a_server_that_ends_every_search_is_passed_over():
    """Twice, then the next; and later logins go there at once."""
    logins, first, second = network_of(LdapServer(on_search=lambda wire, message: wire.end()))
    assert isinstance(logins.found(), PersonFound)
    assert (2, 1) == (len(first.searches), len(second.searches))


def test_a_server_that_answers_searches_with_garbage_is_passed_over():
    """Octets that are not LDAP end the connection and the attempt."""
    logins, _, second = network_of(
        LdapServer(on_search=lambda wire, message: wire.say_octets(b"\x30\x84\x7f\xff\xff\xff"))
    )
    assert isinstance(logins.found(), PersonFound)
    assert 1 == len(second.searches)


def test_the_first_is_used_again_when_it_is_back():
    """Fail-over, then fail-back within the longest wait between two probes."""
    logins, first, second = network_of(LdapServer())
    assert FirstFactorPassed() == logins.checked()
    first.die()
    assert FirstFactorPassed() == logins.checked(b"away")
    logins.network.pass_time(120, step=0.5)
    first.accepts = True
    logins.network.pass_time(15.5)
    logins.found()
    assert FirstFactorPassed() == logins.checked(b"back")
    assert ([b"right", b"back"], [b"away"]) == (first.binds, second.binds)


def test_no_server_at_all_is_a_failure_at_once():
    """After the first try nobody waits; the reason names each server and what it did."""
    logins = Logins(Network(LdapServer(accepts=False), LdapServer(accepts=False)))
    logins.found()
    answer = logins.found()
    assert logins.took == 0
    assert isinstance(answer, DirectoryFailed)
    assert "ldap://127.0.0.1:1" in answer.reason
    assert "ldap://127.0.0.1:2" in answer.reason


def test_other_logins_are_unhurt_by_one_that_waits():
    """A search that gets no answer holds up nobody, and ends neither the server nor its connection."""

    def slow_for_bob(wire, message):
        if b"bob" not in message.body:
            wire.say(message.message_id, *wire.server.found, result(responses.DONE))

    logins, first, _ = network_of(LdapServer(on_search=slow_for_bob))
    slow = logins.find("bob")
    for _ in range(49):
        logins.network.pass_time(0.1)
        assert isinstance(logins.found(), PersonFound)
    assert [] == slow.answers
    logins.network.pass_time(0.3)
    assert isinstance(slow.answers[0], PersonFound)  # at the second server
    assert isinstance(logins.found(), PersonFound)
    assert 1 == len(first.wires)


@pytest.mark.parametrize("seconds", [0, 1, 4.95, 5, 6, 10])
@pytest.mark.parametrize(
    "how", [{}, {"accepts": False}, {"answers": False}, {"reachable": False}], ids=str
)
def test_stopping_closes_every_connection_and_ends_every_timer(how, seconds):
    """Whatever goes on: connections that are open, that are made, and probes."""
    logins, first, second = network_of(LdapServer(**how))
    logins.directories.start()
    logins.find()
    logins.network.pass_time(seconds)
    stopped = []
    logins.directories.stop().addBoth(stopped.append)
    logins.network.pass_time(0.1)
    assert [None] == stopped
    logins.network.pass_time(40, step=1)
    assert [] == first.open_wires + second.open_wires
    assert [] == logins.network.getDelayedCalls()
