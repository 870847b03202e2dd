"""Requests on their way to RADIUS servers: repeated, answered, given up, taken elsewhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred

from proxy.deadlines import Deadlines
from proxy.firstfactor import upstream_server
from proxy.firstfactor.failures import NotSent, Refused, Silent
from proxy.firstfactor.upstream_server import (
    IDENTIFIERS,
    TRY_AGAIN,
    UpstreamServer,
)
from proxy.firstfactor.upstream_servers import UpstreamServers
from proxy.radius.packet import ACCESS_ACCEPT, ACCESS_REJECT, USER_NAME
from proxy.radius.retransmission import Schedule
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers.radius_server import reply
from tests.peers.upstream_network import SECRET, START, Server, Upstreams, options, password_of

NAME = [(USER_NAME, b"alice")]


def made(network, **changed):
    """Give the servers of an upstream on a network."""
    told = options(len(network.servers), **changed)
    deadlines = Deadlines(network)
    return UpstreamServers(
        [
            UpstreamServer(
                address,
                SharedSecret(told.secret),
                Schedule(told.retransmit, told.timeout),
                network.open_wire,
                deadlines,
                network,
                alone=len(told.servers) == 1,
                require_message_authenticator=told.require_message_authenticator,
                status_server=told.status_server,
                own=told.own,
            )
            for address in told.servers
        ]
    )


class Asked:
    """A question, and what came of it."""

    def __init__(self, servers, password=b"right", at=None):
        self.outcomes = []
        self.deferred = Deferred.fromCoroutine(servers.ask(NAME, Secret(password), at))
        self.deferred.addBoth(self.outcomes.append)

    @property
    def code(self):
        """The code of the answer."""
        ((_, answered),) = self.outcomes
        return answered.packet.code

    @property
    def failure(self):
        """How it failed; None: there is no outcome."""
        return self.outcomes[0].type if self.outcomes else None


def silent(octets):
    """Hear and say nothing."""


def test_an_answer_is_given_back():
    """With the server that gave it; the password came hidden."""
    network = Upstreams()
    asked = Asked(made(network))
    network.pass_time()
    assert asked.code == ACCESS_ACCEPT
    assert [password_of(octets) for octets in network.servers[0].heard] == [b"right"]


def test_rfc5080_2_2_1_a_request_is_repeated_as_it_was():
    """The same octets, so the same Identifier and authenticator, from the same socket."""
    network = Upstreams(Server(on_request=silent, status=False))
    asked = Asked(made(network))
    network.pass_time(9.5)
    (wire,) = network.wires
    first, *more = network.servers[0].heard
    assert len(more) == 2  # after 2 s and 4 s, more or less
    assert more == [first, first]
    assert asked.outcomes == []
    wire.say(reply(SECRET, first, ACCESS_REJECT, []))
    network.pass_time()
    assert asked.code == ACCESS_REJECT


def test_silence_ends_with_its_time():
    """Then nothing is repeated any more, and a late answer is nobody's."""
    network = Upstreams(Server(on_request=silent, status=False))
    asked = Asked(made(network))
    network.pass_time(10.2)
    assert asked.failure is Silent
    heard = list(network.servers[0].heard)
    network.wires[0].say(reply(SECRET, heard[0], ACCESS_ACCEPT, []))
    network.pass_time(30)
    assert heard == network.servers[0].heard


def test_a_login_that_ends_takes_its_request_back():
    """Nothing is repeated, and its Identifier is free again."""
    network = Upstreams(Server(on_request=silent))
    servers = made(network)
    asked = Asked(servers)
    network.pass_time(1)
    asked.deferred.cancel()
    assert asked.failure is CancelledError
    network.pass_time(20)
    assert len(network.servers[0].heard) == 1
    assert not any(lane.pending for lane in servers.all[0]._lanes)


@pytest.mark.parametrize(
    "forged",
    [
        lambda octets: reply(b"another secret", octets, ACCESS_ACCEPT, []),
        lambda octets: reply(SECRET, octets, ACCESS_ACCEPT, [], signed=False),
        lambda octets: reply(SECRET, octets[:4] + bytes(16) + octets[20:], ACCESS_ACCEPT, []),
        lambda octets: reply(SECRET, octets, 5, []),
        lambda octets: b"\x02" + octets[1:2],
        lambda octets: b"",
    ],
)
def test_a_forged_answer_is_none(forged):
    """The right one still comes through after it."""
    network = Upstreams(Server(on_request=forged))
    asked = Asked(made(network))
    network.pass_time()
    assert asked.outcomes == []
    network.wires[0].say(reply(SECRET, network.servers[0].heard[0], ACCESS_REJECT, []))
    network.pass_time()
    assert asked.code == ACCESS_REJECT


def test_an_older_server_may_answer_without_message_authenticator():
    """Where the configuration says so."""

    def unsigned(octets):
        return reply(SECRET, octets, ACCESS_ACCEPT, [], signed=False)

    network = Upstreams(Server(on_request=unsigned))
    asked = Asked(made(network, require_message_authenticator=False))
    network.pass_time()
    assert asked.code == ACCESS_ACCEPT


def test_more_requests_than_identifiers_take_more_sockets():
    """256 on each; no Identifier is on its way twice at one socket."""
    network = Upstreams(Server(on_request=silent, status=False))
    servers = made(network)
    asked = [Asked(servers) for _ in range(IDENTIFIERS * 2 + 1)]
    network.pass_time()
    lanes = servers.all[0]._lanes
    assert [256, 256, 1] == [len(lane.pending) for lane in lanes]
    assert len(network.servers[0].heard) == len(asked)
    octets = network.servers[0].heard[0]
    network.wires[0].say(reply(SECRET, octets, ACCESS_ACCEPT, []))
    network.pass_time()
    assert sum(bool(one.outcomes) for one in asked) == 1


def test_sockets_are_bounded(monkeypatch):
    """One request more than they have room for is not sent."""
    monkeypatch.setattr(upstream_server, "SOCKETS", 2)
    network = Upstreams(Server(on_request=silent, status=False))
    servers = made(network)
    for _ in range(IDENTIFIERS * 2):
        Asked(servers)
    assert Asked(servers).failure is NotSent


@settings(max_examples=10, deadline=None)
@given(st.lists(st.booleans(), max_size=600))
def test_an_identifier_is_never_used_while_its_request_is_pending(steps):
    """Whatever comes and goes."""
    network = Upstreams(Server(on_request=silent, status=False))
    servers, asked = made(network), []
    for ask in steps:
        if ask or not asked:
            asked.append(Asked(servers))
        else:
            asked.pop(0).deferred.cancel()
    for lane in servers.all[0]._lanes:
        assert len(lane.pending) <= IDENTIFIERS
    pending = [one for lane in servers.all[0]._lanes for one in lane.pending.values()]
    assert len(asked) == len(pending) == len({id(one) for one in pending})


# --- several servers ---


def test_the_first_server_is_asked():
    """The second hears nothing."""
    network = Upstreams(Server(), Server())
    asked = Asked(made(network))
    network.pass_time()
    assert asked.code == ACCESS_ACCEPT
    assert not network.servers[1].heard


def test_after_silence_the_next_server_is_asked():
    """Not before the time of the first is over; then the first is asked last."""
    network = Upstreams(Server(reachable=False), Server())
    servers = made(network)
    asked = Asked(servers)
    network.pass_time(9.9)
    assert not network.servers[1].heard
    network.pass_time(0.2)
    assert asked.code == ACCESS_ACCEPT
    again = Asked(servers)
    network.pass_time()
    assert again.code == ACCESS_ACCEPT
    assert len(network.servers[1].heard) == 2


def test_a_password_does_not_leave_a_server_that_lives():
    """It answers Status-Server, so it has the password: a second try could be counted twice."""
    network = Upstreams(Server(on_request=silent), Server())
    asked = Asked(made(network))
    network.pass_time(30)
    assert asked.failure is Silent
    assert not network.servers[1].heard
    assert network.servers[0].probes


def test_nor_one_that_answers_others():
    """Any answer that verifies is a sign of life."""

    def busy(octets):
        if password_of(octets) == b"quick":
            return reply(SECRET, octets, ACCESS_ACCEPT, [])
        return None

    network = Upstreams(Server(on_request=busy, status=False), Server())
    servers = made(network, status_server=False)
    slow = Asked(servers, b"slow")
    network.pass_time(5)
    assert Asked(servers, b"quick")
    network.pass_time(6)
    assert slow.failure is Silent
    assert not network.servers[1].heard


def test_where_nobody_listens_the_next_is_asked_at_once():
    """The host said so; a lone server gets its whole time, it may be starting."""
    network = Upstreams(Server(listens=False), Server())
    asked = Asked(made(network))
    network.pass_time()
    assert asked.code == ACCESS_ACCEPT
    network = Upstreams(Server(listens=False))
    asked = Asked(made(network))
    network.pass_time(3)
    network.servers[0].listens = True
    network.pass_time(5)
    assert asked.code == ACCESS_ACCEPT


def test_nobody_listens_anywhere():
    """It is told at once."""
    network = Upstreams(Server(listens=False), Server(listens=False))
    asked = Asked(made(network))
    network.pass_time()
    assert asked.failure is Refused


def test_the_answer_to_a_challenge_goes_to_its_server_alone():
    """Whatever became of it, and to none where it is configured no more."""
    network = Upstreams(Server(), Server())
    servers = made(network)
    asked = Asked(servers, at="192.0.2.2:1812")
    network.pass_time()
    assert asked.code == ACCESS_ACCEPT
    assert not network.servers[0].heard
    assert Asked(servers, at="192.0.2.9:1812").failure is NotSent


def test_rfc5997_a_server_that_was_silent_comes_back_by_status_server():
    """No login waits for it meanwhile."""
    network = Upstreams(Server(), Server())
    servers = made(network)
    servers.start()
    network.pass_time(1)
    network.servers[0].reachable = False
    Asked(servers)
    network.pass_time(90)
    assert servers.all[0].aside is not None
    network.servers[0].reachable = True
    network.pass_time(17)
    assert servers.all[0].aside is None
    assert not network.servers[0].heard
    Asked(servers)
    network.pass_time()
    assert len(network.servers[0].heard) == 1


def test_a_server_without_status_server_is_tried_again_after_a_while():
    """Nothing else can tell whether it is there."""
    network = Upstreams(Server(reachable=False, status=False), Server())
    servers = made(network)
    servers.start()
    Asked(servers)
    network.pass_time(11)
    assert servers.all[0].aside is not None
    network.pass_time(TRY_AGAIN)
    assert servers.all[0].aside is None


def test_where_all_are_set_aside_they_are_asked_all_the_same():
    """In their order."""
    network = Upstreams(Server(reachable=False), Server(reachable=False))
    servers = made(network)
    Asked(servers)
    network.pass_time(25)
    assert all(server.aside for server in servers.all)
    network.servers[0].reachable = True
    asked = Asked(servers)
    network.pass_time()
    assert asked.code == ACCESS_ACCEPT


def test_no_status_server_is_sent_where_the_configuration_says_so():
    """Some servers log it as an attack."""
    network = Upstreams(Server(on_request=silent), Server())
    servers = made(network, status_server=False)
    servers.start()
    Asked(servers)
    network.pass_time(40)
    assert not network.servers[0].probes
    assert not network.servers[1].probes


def test_what_is_pending_fails_when_all_is_closed():
    """And nothing is sent any more."""
    network = Upstreams(Server(on_request=silent))
    servers = made(network)
    asked = Asked(servers)
    network.pass_time(1)
    servers.stop()
    assert asked.failure is NotSent
    assert not any(wire.open for wire in network.wires)
    assert Asked(servers).failure is NotSent
    network.pass_time(60)
    assert network.seconds() >= START + 60
