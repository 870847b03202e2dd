"""The conversations that are going on, each under the State that its peer's next packet brings."""

from os import urandom
from typing import Final, Protocol

from proxy.deadlines import Delayed
from proxy.eap.conversation import Conversation, Granted
from proxy.eap.terms import Heartbeat, Terms
from proxy.going_on import Running
from proxy.login.actions import Accept, Answer
from proxy.login.request import Resume
from proxy.ports import Clock, Reply

STATE_LENGTH: Final = 24
"""Octets of a State: 192 random bits."""
LIFETIME: Final = 90.0
"""Seconds without a packet: the longest that a supplicant waits for its person is 60."""
LIMIT: Final = 4_000
"""Conversations at once; each holds a TLS connection of some 50 kB."""


class EapRequest(Protocol):
    """A request that carried EAP and has no answer yet."""

    def ask(self, octets: bytes, state: bytes) -> None:
        """Send an EAP request in an Access-Challenge."""

    def grant(self, accept: Accept, granted: Granted) -> None:
        """Send an Access-Accept with EAP-Success and keys."""

    def __call__(self, answer: Answer, state: bytes | None) -> None:
        """Send any other answer."""


class Talk:
    """A conversation, the States under which it goes on, and the request that waits for it."""

    __slots__ = (
        "accept",
        "asked",
        "client",
        "conversation",
        "early",
        "heard_at",
        "heartbeat",
        "pending",
        "reply",
        "running",
        "states",
        "timer",
    )

    def __init__(self, client: str, conversation: Conversation) -> None:
        self.client = client
        self.conversation = conversation
        self.heard_at = 0.0
        self.states: list[bytes] = []
        """The last, and the one before: a NAS may send its request again as a new one."""
        self.pending: EapRequest | None = None
        """The newest request of a login that is going on; None: none waits for one."""
        self.asked: Resume | None = None
        """What an answer of the person goes on with, but for the answer; None: nothing is asked."""
        self.accept: Accept | None = None
        """The answer that goes out once the peer has acknowledged it."""
        self.running: Running | None = None
        """The login that is going on; None: none is."""
        self.reply: Reply | None = None
        """Which of its requests this one is."""
        self.heartbeat: Heartbeat | None = None
        self.timer: Delayed | None = None
        """The next heartbeat, or the time by which the last one must have been answered."""
        self.early: tuple[Answer, bytes | None] | None = None
        """The login ended while the device had not answered a heartbeat yet."""


class Conversations:
    """All that are going on; in memory, the one that was heard longest ago first."""

    def __init__(self, clock: Clock, limit: int = LIMIT) -> None:
        self._clock = clock
        self._limit = limit
        self._talks: dict[Talk, None] = {}
        self._by_state: dict[bytes, Talk] = {}

    def __len__(self) -> int:
        return len(self._talks)

    def begin(self, client: str, terms: Terms) -> Talk | None:
        """Begin one; None: there are too many."""
        self._forget_old()
        if len(self._talks) >= self._limit:
            return None
        talk = Talk(client, Conversation(terms))
        self.heard(talk)
        return talk

    def find(self, state: bytes, client: str) -> Talk | None:
        """Give the one that a State belongs to; a State serves the client that it was given to."""
        self._forget_old()
        talk = self._by_state.get(state)
        return talk if talk is not None and talk.client == client else None

    def heard(self, talk: Talk) -> None:
        """Note that a packet of it has come."""
        talk.heard_at = self._clock.seconds()
        self._talks.pop(talk, None)
        self._talks[talk] = None

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
        self._talks.pop(talk, None)
        for state in talk.states:
            self._by_state.pop(state, None)
        talk.states = []
        if talk.timer is not None and talk.timer.active():
            talk.timer.cancel()
        talk.timer = None

    def _forget_old(self) -> None:
        now = self._clock.seconds()
        while self._talks:
            talk = next(iter(self._talks))
            if 0 <= now - talk.heard_at <= LIFETIME:
                return
            self.end(talk)
