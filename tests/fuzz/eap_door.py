"""
The EAP door before stations that send what they like, when they like: a story in octets.

The first octet says by which method; then each pair is a deed of a station, of the hall or of time. Whatever the story, no
packet ends in a fault of ours, nobody comes in whom the hall did not let in, nothing grows beyond its
limit, and what is counted of conversations is what there is.
"""

from functools import cache

from proxy.eap.packet import Response
from proxy.eap.progress import Progress
from proxy.eap.terms import Heartbeat, Terms
from proxy.frontends.radius.talks import Conversations
from proxy.login.actions import Accept, Challenge, Reject, Unanswered
from tests.eap.peap_peer import PeapPeer
from tests.eap.peer import Peer, pap
from tests.frontends.radius.test_eap import Station, eap_of
from tests.peers.door import Door
from tests.peers.eap_tls import server_context
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE

STATIONS, LIMIT, TUNNELS, DEEDS = 4, 6, 3, 60
ACCEPT = Accept("alice", "push", "staff", ())
ANSWERS = (
    (ACCEPT, None),
    (Reject("denied"), None),
    (Challenge("enter-code", None, code=True, expires_at=0.0), b"s" * 24),
    (Unanswered("gone"), None),
)


@cache
def _terms(method):
    return Terms(server_context(), (method,), 400, Heartbeat(2.5, 60.0))


def _peer(method):
    return (
        Peer(pap(b"alice", b"secret"), size=900)
        if method == "ttls"
        else PeapPeer(b"alice", b"secret", b"482913")
    )


class Story:
    """One door, its stations, and what the hall was asked."""

    def __init__(self, method):
        self.method = method
        self.door = Door(eap={"vpn": _terms(method)}, challenge=True)
        eap = self.door.exchange._eap
        self.talks = eap._talks = eap._relay._talks = Conversations(
            self.door.clock, self.door.counted.append, LIMIT, TUNNELS
        )
        self.stations = [self._station(number) for number in range(STATIONS)]
        self.requests = [None] * STATIONS
        self.answered = set()
        self.accepts = 0

    def _station(self, number):
        station = Station(self.door, _peer(self.method))
        station.station = b"02-00-00-00-00-0%d" % number
        station.identifier = 60 * number
        station.port_type = 19
        return station

    def act(self, deed, more):
        """Do one deed."""
        number = deed % STATIONS
        station = self.stations[number]
        match deed // STATIONS % 8:
            case 0:
                station.peer, station.state = _peer(self.method), None
                self.hear(number, station.send(station.peer.hello(more)))
            case 1 | 2:
                self.go_on(number, None)
            case 3:
                self.go_on(number, more)
            case 4:
                self.hear(number, station.send())
            case 5:
                state = self.stations[more % STATIONS].state
                self.hear(number, station.send(state=state))
            case 6:
                self.door.clock.advance(more / 4)
            case _:
                self.answer(more)

    def go_on(self, number, altered):
        """Let a station answer what it was asked; with *altered*, not as its peer would."""
        request, station = self.requests[number], self.stations[number]
        if request is None:
            return
        try:
            said = station.peer.answer(request)
        except Exception:  # noqa: BLE001 - the device does not like what became of its packets
            return
        if altered is not None and said.data:
            at = altered % len(said.data)
            data = said.data[:at] + bytes((altered,)) + said.data[at + 1 :]
            said = Response(said.identifier, said.type, data)
        self.hear(number, station.send(said))

    def hear(self, number, reply):
        """Note what a station was asked."""
        octets = b"" if reply is None else eap_of(reply.attributes)
        asked = reply is not None and reply.code == ACCESS_CHALLENGE and len(octets) > 5
        self.requests[number] = octets if asked else None

    def answer(self, more):
        """Let the hall answer one of the logins that it was asked about."""
        replies = self.door.runner.replies
        for place in range(len(replies)):
            if place not in self.answered:
                self.answered.add(place)
                answer, state = ANSWERS[more % len(ANSWERS)]
                self.accepts += answer is ACCEPT
                replies[place](answer, state)
                return

    def holds(self):
        """See that everything is as it has to be."""
        assert "failed" not in self.door.counted
        assert len(self.talks) <= LIMIT
        crowded = [
            talk
            for crowd in self.talks._crowds.values()
            for progress in Progress
            for talk in crowd[progress]
        ]
        assert (
            len(crowded)
            == len(set(crowded))
            == sum(talk.progress is not None for talk in self.talks._talks)
        )
        tunnels = sum(bool(talk.progress) for talk in crowded)
        assert self.talks._open_tunnels == tunnels <= TUNNELS
        assert {state for talk in self.talks._talks for state in talk.states} == set(
            self.talks._by_state
        )
        granted = sum(octets[0] == ACCESS_ACCEPT for octets in self.door.sent)
        assert granted <= self.accepts


def door(octets):
    """Play a story; see that all holds after each deed."""
    story = Story("peap" if octets[:1] > b"\x7f" else "ttls")
    for at in range(1, min(len(octets), 2 * DEEDS) - 1, 2):
        story.act(octets[at], octets[at + 1])
        story.holds()
