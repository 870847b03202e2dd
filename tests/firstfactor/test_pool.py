"""A pool of connections: opened on demand, kept, checked when idle, replaced."""

import pytest
from twisted.internet.defer import CancelledError, Deferred

from proxy.deadlines import Deadlines
from proxy.firstfactor.connection import Connection
from proxy.firstfactor.failures import NotSent
from proxy.firstfactor.operation import Operation
from proxy.firstfactor.pool import WAITING_LIMIT, Pool, Size
from proxy.ldap import requests, responses
from proxy.login.events import DirectoryFailed, FirstFactorPassed
from proxy.secret import Secret
from tests.peers.ldap_network import LdapServer, Logins, Network, result

BIND = requests.encode_bind(b"uid=alice", Secret(b"right"))


def binding(**how):
    """Give logins that found alice, and the server that holds every bind until it is told."""
    held = []
    server = LdapServer(on_bind=lambda wire, message: held.append((wire, message)), **how)
    logins = Logins(Network(server))
    logins.found()
    return logins, server, held


def answer(held):
    """Answer all binds that are held."""
    while held:
        wire, message = held.pop()
        wire.say(message.message_id, result(responses.BIND))


def test_a_bind_is_alone_on_its_connection():
    """RFC 4511 section 4.2.1: as many connections as binds at once."""
    logins, _, held = binding()
    asked = [logins.check() for _ in range(10)]
    logins.network.pass_time()
    assert 10 == len({wire for wire, _ in held})
    answer(held)
    logins.network.pass_time()
    assert [FirstFactorPassed()] * 10 == [each.answers[0] for each in asked]


def test_connections_are_kept():
    """The next binds open none."""
    logins, server, held = binding()
    asked = []
    for _ in range(5):
        asked += [logins.check() for _ in range(10)]
        logins.network.pass_time()
        answer(held)
        logins.network.pass_time()
    assert 50 == len(server.binds)
    assert 11 == server.attempts


def test_there_are_64_at_most():
    """What finds no room waits, and goes out when there is room."""
    logins, server, held = binding()
    asked = [logins.check() for _ in range(200)]
    logins.network.pass_time()
    assert 64 == len(held)
    while held:
        answer(held)
        logins.network.pass_time()
    assert 200 == len(server.binds)
    assert 65 == server.attempts
    assert all(each.answers == [FirstFactorPassed()] for each in asked)


def test_who_waits_too_long_was_not_sent():
    """In a server that is slow, those in the queue are let go in their time; none was sent."""
    logins, server, _ = binding()
    asked = [logins.check() for _ in range(100)]
    logins.network.pass_time(5.2)
    assert 100 == sum(isinstance(each.answers[0], DirectoryFailed) for each in asked)
    assert 64 == len(server.binds)


def test_one_who_gives_up_leaves_the_queue():
    """Its password is never sent."""
    logins, server, held = binding()
    asked = [logins.check(b"%d" % number) for number in range(66)]
    logins.network.pass_time()
    asked[64].deferred.cancel()
    answer(held)
    logins.network.pass_time()
    assert b"64" not in server.binds
    assert b"65" in server.binds


def test_a_connection_that_died_is_replaced():
    """The next bind opens another; an idle death is nobody's failure."""
    logins, server, held = binding()
    logins.check()
    logins.network.pass_time()
    answer(held)
    logins.network.pass_time()
    server.open_wires[1].end()
    asked = logins.check()
    logins.network.pass_time()
    answer(held)
    logins.network.pass_time()
    assert [FirstFactorPassed()] == asked.answers
    assert 3 == server.attempts


def test_idle_connections_are_checked():
    """Every half minute without use, each is asked for a sign of life."""
    logins, server, held = binding()
    asked = [logins.check() for _ in range(3)]
    logins.network.pass_time()
    answer(held)
    logins.network.pass_time(65)
    assert [FirstFactorPassed()] * 3 == [each.answers[0] for each in asked]
    assert 4 == len(server.open_wires)
    assert {b""} == {requests.decode_search(wire.heard[-1].body).base for wire in server.open_wires}


def test_a_dead_idle_connection_is_found_before_a_login_uses_it():
    """A firewall forgot it: it is silent, the others are not."""
    logins, server, held = binding()
    asked = [logins.check() for _ in range(2)]
    logins.network.pass_time()
    answer(held)
    logins.network.pass_time()
    dead = server.open_wires[2]
    dead._arrive = lambda data: None
    logins.network.pass_time(70)
    assert not dead.open
    assert 2 == len(server.open_wires)
    assert 2 == len(asked)
    assert server.accepts
    assert "PersonFound" in repr(logins.found())


def test_a_server_that_allows_no_more_connections_is_no_failure():
    """Those it has serve everybody, one after the other."""
    logins, server, held = binding()
    first = logins.check()
    logins.network.pass_time()
    server.accepts = False
    rest = [logins.check() for _ in range(10)]
    for _ in range(12):
        answer(held)
        logins.network.pass_time(0.1)
    assert [FirstFactorPassed()] * 11 == [each.answers[0] for each in (first, *rest)]
    assert 1 == len({wire for wire in server.wires if wire.heard[0].body.endswith(b"right")})


@pytest.fixture
def pool():
    """A pool whose connections never come, with what it was told."""
    told = []
    network = Network()
    made = Pool(
        Deferred,
        told.append,
        told.append,
        Size(connections=4, in_flight=1),
        network,
        Deadlines(network),
        timeout=5,
    )
    made.network, made.told = network, told
    return made


def bind(pool, failures):
    """Send a bind; keep why it failed."""
    operation = Operation(BIND, pool.network.seconds() + 5)
    operation.answered.addErrback(lambda failure: failures.append(failure.value))
    pool.send(operation)
    return operation


def test_the_queue_has_a_bound(pool):
    """Beyond it an operation fails at once, unsent."""
    failures = []
    for _ in range(WAITING_LIMIT):
        bind(pool, failures)
    assert [] == failures
    bind(pool, failures)
    assert [NotSent] == [type(failure) for failure in failures]
    pool.network.pass_time(5, step=5)
    assert WAITING_LIMIT + 1 == len(failures)


def test_few_connections_are_made_at_the_same_time(pool):
    """As many as wait, and at most four."""
    failures = []
    opened = []
    pool._opens = lambda: opened.append(Deferred()) or opened[-1]
    for wanted in (1, 2, 3, 4, 4, 4):
        bind(pool, failures)
        assert wanted == len(opened)


def test_one_that_fails_may_give_up_another(pool):
    """When the queue is emptied, what its first failure sets off may touch the rest."""
    failures = []
    first, second = Operation(BIND, 5e9), Operation(BIND, 5e9)
    first.answered.addErrback(lambda failure: second.answered.cancel())
    second.answered.addErrback(lambda failure: failures.append(failure.value))
    pool.send(first)
    pool.send(second)
    pool.drain("the server failed")
    assert [CancelledError] == [type(failure) for failure in failures]


def test_a_connection_that_ended_on_its_way_is_not_taken_in(pool):
    """It came too late to be of use."""
    connection = Connection(pool.network, Deadlines(pool.network))
    connection.abort()
    pool.adopt(connection)
    failures = []
    bind(pool, failures)
    pool.network.pass_time(5)
    assert ["no connection had room in time"] == [str(failure) for failure in failures]
