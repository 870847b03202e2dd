"""Conversations in bounded number: who goes where there are too many."""

import gc
import weakref

import pytest
from twisted.internet.task import Clock

from proxy.eap.progress import Progress
from proxy.eap.terms import Terms
from proxy.frontends.radius.talks import AT_A_STATION, LIFETIME, Conversations
from tests.eap.peer import Peer, pap
from tests.peers.eap_tls import server_context

TERMS = Terms(server_context(), ("ttls",))
LIMIT, TUNNELS = 40, 10


class Floor:
    """All conversations, and whose were given up."""

    def __init__(self):
        self.clock = Clock()
        self.evicted = []
        self.talks = Conversations(self.clock, self.evicted.append, LIMIT, TUNNELS)

    def begin(self, client="ap", station=None, terms=TERMS):
        """Begin one that has said who it is; give it with its State and its peer."""
        talk = self.talks.begin(client, terms, station)
        if talk is None:
            return None
        peer = Peer(pap(b"alice", b"secret"), size=3000)
        request = talk.conversation.receive(peer.hello())
        self.talks.heard(talk)
        return One(self, talk, peer, request)


class One:
    """One conversation and the peer at its other end."""

    def __init__(self, floor, talk, peer, request):
        self.floor, self.talk, self.peer, self.request = floor, talk, peer, request
        self.state = floor.talks.next_state(talk)

    @property
    def lives(self):
        """Say whether its State still leads to it."""
        return self.floor.talks.find(self.state, self.talk.client) is self.talk

    def come_to(self, progress):
        """Go on until it has come so far."""
        while self.talk.conversation.progress is not progress:
            self.go_on()
        return self

    def go_on(self, rounds=1):
        """Answer the last requests."""
        for _ in range(rounds):
            response = self.peer.answer(self.request.octets)
            self.request = self.talk.conversation.receive(response)
            self.floor.talks.heard(self.talk)
        return self


@pytest.fixture
def floor():
    return Floor()


def test_a_newcomer_takes_the_place_of_the_oldest(floor):
    """Nobody who begins thousands shuts others out."""
    many = [floor.begin() for _ in range(LIMIT)]
    newcomer = floor.begin()
    assert [False] + [True] * (LIMIT - 1) == [one.lives for one in many]
    assert newcomer.lives
    assert floor.evicted == ["ap"]
    assert len(floor.talks) == LIMIT


def test_the_client_with_the_most_loses(floor):
    """A bad access point is its own loss; another's newcomer costs nobody else."""
    quiet = floor.begin("quiet")
    bad = [floor.begin("bad") for _ in range(10 * LIMIT)]
    assert quiet.lives
    assert floor.begin("third").lives
    assert set(floor.evicted) == {"bad"}
    assert sum(one.lives for one in bad) == LIMIT - 2


def test_whose_login_has_begun_is_never_given_up(floor):
    """A person waits for it, or a phone."""
    waiting = floor.begin()
    floor.talks.proved(waiting.talk)
    for _ in range(3 * LIMIT):
        floor.begin()
    assert waiting.lives
    assert len(floor.talks) == LIMIT


def test_all_wait_for_a_person(floor):
    """Then a newcomer is refused, and everything is as it was."""
    waiting = [floor.begin() for _ in range(LIMIT)]
    for one in waiting:
        floor.talks.proved(one.talk)
    assert floor.begin() is None
    assert all(one.lives for one in waiting)
    assert floor.evicted == []


@pytest.mark.parametrize("stop", Progress)
@pytest.mark.parametrize("honest", Progress)
def test_where_most_stand_the_oldest_goes(floor, stop, honest):
    """A flood that goes so far and no further leaves those alone that are elsewhere."""
    one = floor.begin().come_to(honest)
    for _ in range(3 * LIMIT):
        assert floor.begin().come_to(stop).lives
        assert floor.talks._open_tunnels <= TUNNELS
        assert len(floor.talks) <= LIMIT
    assert one.lives or honest is stop
    assert floor.begin().come_to(Progress.INSIDE).lives


def test_tunnels_of_another_client(floor):
    """Hellos behind one access point cost a handshake behind another nothing."""
    honest = floor.begin("honest").go_on()
    for _ in range(5 * TUNNELS):
        floor.begin("bad").go_on()
    assert honest.lives
    assert set(floor.evicted) == {"bad"}


def test_a_tunnel_that_leads_to_a_login_is_not_counted(floor):
    """It has its place among the logins."""
    for _ in range(TUNNELS):
        floor.talks.proved(floor.begin().go_on().talk)
    others = [floor.begin().go_on() for _ in range(TUNNELS)]
    assert all(one.lives for one in others)
    assert floor.evicted == []


def test_one_station_has_few(floor):
    """A device that starts anew leaves one behind; one that does it for ever loses its own."""
    neighbour = floor.begin(station=b"02-00-00-00-00-02")
    same_elsewhere = floor.begin("other", station=b"02-00-00-00-00-01")
    flood = [floor.begin(station=b"02-00-00-00-00-01") for _ in range(AT_A_STATION + 5)]
    assert [one.lives for one in flood] == [False] * 5 + [True] * AT_A_STATION
    assert neighbour.lives
    assert same_elsewhere.lives


def test_ten_thousand_from_one_and_from_many():
    """Bounded, and each that is begun costs about the same, however many there are."""
    floor = Floor()
    floor.talks = Conversations(floor.clock, floor.evicted.append, 500, 100)
    for number in range(10_000):
        floor.talks.begin(f"ap{number % 50}", TERMS, number.to_bytes(6, "big"))
    assert len(floor.talks) == 500
    assert len(floor.evicted) == 9_500
    assert len(set(floor.evicted)) == 50


def test_nothing_is_kept_of_what_ended(floor):
    """By time, or by its end: no client, no station, no State."""
    for number in range(20):
        one = floor.begin(f"ap{number}", station=b"02").go_on(number % 3)
        if number % 2:
            floor.talks.end(one.talk)
    floor.clock.advance(LIFETIME + 1)
    assert floor.talks.find(b"", "ap0") is None
    kept = floor.talks
    assert [{}] * 4 == [kept._talks, kept._by_state, kept._crowds, kept._stations]
    assert kept._open_tunnels == 0
    floor.talks.end(one.talk)
    assert kept._open_tunnels == 0


@pytest.mark.parametrize("method", ["ttls", "peap"])
def test_what_ended_is_freed_at_once(floor, method):
    """A TLS connection is 60 kB that no collector of garbage counts: it waits for none."""
    gc.disable()
    try:
        one = floor.begin(terms=Terms(TERMS.context, (method,)))
        one.go_on(2)
        gone = weakref.ref(one.talk.conversation), weakref.ref(one.talk.conversation._method)
        floor.talks.end(one.talk)
        del one
        assert [None, None] == [what() for what in gone]
    finally:
        gc.enable()


def test_handshakes_that_come_to_nothing_are_rationed(floor, monkeypatch):
    """By client; those that lead to a login are not counted, those that have begun go on."""
    monkeypatch.setattr("proxy.frontends.radius.ration.AT_ONCE", 3)
    for _ in range(5):
        login, nothing = floor.begin("good"), floor.begin("bad")
        assert floor.talks.has_time_for(login.talk)
        floor.talks.proved(login.go_on().talk)
        if floor.talks.has_time_for(nothing.talk):
            going_on = nothing.go_on()
    assert len(floor.talks._crowds["bad"][Progress.HANDSHAKE]) == 3
    assert floor.talks.has_time_for(going_on.talk)
    floor.clock.advance(1)
    assert floor.talks.has_time_for(nothing.talk)
