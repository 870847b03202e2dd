"""
The conversations that are going on, each under the State that its peer's next packet brings.

Their number is bounded. Where there are too many, a newer one takes the place of one that has
proved nothing yet, so that whoever begins thousands shuts nobody out: of the client that has the
most of them, so that a bad access point is its own loss; there of those that have come as far as
most have, so that what stops at one point costs none that go on; and of these the one that stands
there longest. One whose password was given waits for a person or a phone, and is never given up. A
station has few at once.
"""

from collections.abc import Callable
from os import urandom
from typing import Final, Protocol

from proxy.deadlines import Delayed
from proxy.eap.conversation import Conversation, Granted
from proxy.eap.inner import Proof
from proxy.eap.progress import Progress
from proxy.eap.relayed import Relayed, Released
from proxy.eap.terms import Heartbeat, Terms
from proxy.frontends.radius.ration import Ration
from proxy.frontends.radius.relay_terms import RelayTerms
from proxy.frontends.radius.stations import Station
from proxy.going_on import Running
from proxy.login.actions import Accept, Answer, RecallSecondFactor
from proxy.login.request import Resume
from proxy.ports import Clock, Reply

STATE_LENGTH: Final = 24
"""Octets of a State: 192 random bits."""
LIFETIME: Final = 90.0
"""Seconds without a packet: the longest that a supplicant waits for its person is 60."""
LIMIT: Final = 12_000
"""Conversations at once; one without TLS takes 3 kB."""
TUNNELS: Final = 3_000
"""Of these, the ones with a TLS connection and no login yet: each takes 65 kB, or 85 where
its session may be kept."""
AT_A_STATION: Final = 16
"""Conversations of one Calling-Station-Id and without a login yet: a device has one, and leaves one
behind where it starts anew."""


class EapRequest(Protocol):
    """A request that carried EAP and has no answer yet."""

    def ask(self, octets: bytes, state: bytes) -> None:
        """Send an EAP request in an Access-Challenge."""

    def grant(self, accept: Accept, granted: Granted | Released) -> None:
        """Send an Access-Accept with EAP-Success and keys."""

    def proof(self, accept: Accept) -> Proof | None:
        """Give what a peer of MSCHAPv2 is to be told of an accepted login; None: nothing."""

    def __call__(self, answer: Answer, state: bytes | None) -> None:
        """Send any other answer."""


class Talk:
    """A conversation, the States under which it goes on, and the request that waits for it."""

    __slots__ = (
        "accept",
        "asked",
        "beats",
        "client",
        "conversation",
        "early",
        "heard_at",
        "heartbeat",
        "pending",
        "progress",
        "question",
        "reply",
        "running",
        "sessions",
        "states",
        "station",
        "timer",
    )

    def __init__(
        self, client: str, conversation: Conversation | Relayed, station: bytes | None = None
    ) -> None:
        self.client = client
        self.station = station
        """Its Calling-Station-Id; None: the NAS does not tell."""
        self.progress: Progress | None = None
        """Where it is counted; None: nowhere, it has ended or its login has begun."""
        self.conversation = conversation
        self.sessions: Station | None = None
        """Where its TLS session may be kept, and one resumed; None: nowhere."""
        self.question: RecallSecondFactor | None = None
        """Goes with a session that is kept when the peer has heard the answer; None: none is."""
        self.heard_at = 0.0
        self.states: list[bytes] = []
        """The last, and the one before: a NAS may send its request again as a new one."""
        self.pending: EapRequest | None = None
        """The newest request that waits for a login, or for another server; None: none waits."""
        self.asked: Resume | None = None
        """What an answer of the person goes on with, but for the answer; None: nothing is asked."""
        self.accept: Accept | None = None
        """The answer that goes out once the peer has acknowledged it."""
        self.running: Running | None = None
        """The login that is going on; None: none is."""
        self.reply: Reply | None = None
        """Which of its requests this one is."""
        self.heartbeat: Heartbeat | None = None
        self.beats = 0
        """Heartbeats that were sent."""
        self.timer: Delayed | None = None
        """The next heartbeat, or the time by which the last one must have been answered."""
        self.early: tuple[Answer, bytes | None] | None = None
        """The login ended while the device had not answered a heartbeat yet."""


class Conversations:
    """
    All that are going on; in memory, the one that was heard longest ago first.

    Args:
        evicted: called with the client of each that is given up for a newer one.
    """

    def __init__(
        self,
        clock: Clock,
        evicted: Callable[[str], object],
        limit: int = LIMIT,
        tunnels: int = TUNNELS,
    ) -> None:
        self._clock = clock
        self._evicted = evicted
        self._limit = limit
        self._tunnels = tunnels
        self._talks: dict[Talk, None] = {}
        self._by_state: dict[bytes, Talk] = {}
        self._crowds: dict[str, dict[Progress, dict[Talk, None]]] = {}
        """By client, those that have proved nothing."""
        self._stations: dict[tuple[str, bytes], dict[Talk, None]] = {}
        """By client and station, the same, in the order of their beginning."""
        self._rations: dict[str, Ration] = {}
        """By client, which are few."""
        self._open_tunnels = 0
        """How many of the same have a TLS connection."""

    def __len__(self) -> int:
        return len(self._talks)

    def __contains__(self, talk: Talk) -> bool:
        return talk in self._talks

    def begin(
        self, client: str, terms: Terms | RelayTerms, station: bytes | None = None
    ) -> Talk | None:
        """
        Begin one; None: there are too many, and all of them wait for a person.

        Args:
            station: the Calling-Station-Id, if any.
        """
        self._forget_old()
        if len(self._talks) >= self._limit and not self._give_up(client, tuple(Progress)):
            return None
        conversation = Relayed() if isinstance(terms, RelayTerms) else Conversation(terms)
        talk = Talk(client, conversation, station)
        if client not in self._crowds:
            self._crowds[client] = {progress: {} for progress in Progress}
        self._move(talk, Progress.BEGUN)
        if station is not None:
            here = self._stations.setdefault((client, station), {})
            here[talk] = None
            if len(here) > AT_A_STATION:
                self.end(next(iter(here)))
                self._evicted(client)
        self._hear(talk)
        return talk

    def find(self, state: bytes, client: str) -> Talk | None:
        """Give the one that a State belongs to; a State serves the client that it was given to."""
        self._forget_old()
        talk = self._by_state.get(state)
        return talk if talk is not None and talk.client == client else None

    def heard(self, talk: Talk) -> None:
        """Note that a packet of it has come, and how far that brought it."""
        self._hear(talk)
        progress = talk.conversation.progress
        if talk.progress is None or progress is talk.progress:
            return
        if not talk.progress:
            self._ration(talk.client).take()
        self._move(talk, progress)
        if self._open_tunnels > self._tunnels:
            self._give_up(talk.client, (Progress.HANDSHAKE, Progress.INSIDE))

    def has_time_for(self, talk: Talk) -> bool:
        """Say whether it may go on now, which may begin a TLS handshake."""
        shakes = talk.progress is not Progress.BEGUN
        return shakes or self._ration(talk.client).left(self._clock.seconds())

    def proved(self, talk: Talk) -> None:
        """Keep it from now on: its login begins."""
        if talk.progress:
            self._ration(talk.client).give_back()
        self._uncount(talk)

    def _ration(self, client: str) -> Ration:
        ration = self._rations.get(client)
        if ration is None:
            ration = self._rations[client] = Ration(self._clock.seconds())
        return ration

    def _uncount(self, talk: Talk) -> None:
        if talk.progress is None:
            return
        self._move(talk, None)
        if not any(self._crowds[talk.client].values()):
            del self._crowds[talk.client]
        if talk.station is not None:
            here = self._stations[talk.client, talk.station]
            del here[talk]
            if not here:
                del self._stations[talk.client, talk.station]

    def _move(self, talk: Talk, progress: Progress | None) -> None:
        crowd = self._crowds[talk.client]
        if talk.progress is not None:
            del crowd[talk.progress][talk]
        if progress is not None:
            crowd[progress][talk] = None
        self._open_tunnels += bool(progress) - bool(talk.progress)
        talk.progress = progress

    def next_state(self, talk: Talk) -> bytes:
        """Give the State of its next challenge; the one before the last dies."""
        state = urandom(STATE_LENGTH)
        talk.states.append(state)
        self._by_state[state] = talk
        if len(talk.states) > 2:
            del self._by_state[talk.states.pop(0)]
        return state

    def end(self, talk: Talk) -> None:
        """Forget it; its States are dead."""
        self._uncount(talk)
        self._talks.pop(talk, None)
        for state in talk.states:
            self._by_state.pop(state, None)
        talk.states = []
        if talk.timer is not None and talk.timer.active():
            talk.timer.cancel()
        talk.timer = talk.reply = talk.running = None  # they know it, and it is to be freed at once

    def _hear(self, talk: Talk) -> None:
        talk.heard_at = self._clock.seconds()
        self._talks.pop(talk, None)
        self._talks[talk] = None

    def _give_up(self, client: str, at: tuple[Progress, ...]) -> bool:
        """Make room for a newcomer of *client*; False: no conversation has come so far only."""

        def count(name: str) -> int:
            return sum(len(self._crowds[name][progress]) for progress in at)

        most = max(self._crowds, key=lambda name: (count(name), name == client), default=None)
        if most is None or not count(most):
            return False
        stage = max(at, key=lambda progress: len(self._crowds[most][progress]))
        self.end(next(iter(self._crowds[most][stage])))
        self._evicted(most)
        return True

    def _forget_old(self) -> None:
        now = self._clock.seconds()
        while self._talks:
            talk = next(iter(self._talks))
            if 0 <= now - talk.heard_at <= LIFETIME:
                return
            self.end(talk)
