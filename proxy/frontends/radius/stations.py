"""
TLS sessions of devices that have just been in, so that they come in again without their password.

    conversation ──► a context of its own ──► the login passed and is remembered ──► kept
                                                                                      │
    conversation of the same device, at the same place ◄── resumes its session ◄──────┘

What is kept is a whole context of OpenSSL with that one session in it, and what the directory said
of the person then. It serves the place that it was made at alone: group of clients, device, SSID,
method, and the name that the device says in clear. It lives in memory, in bounded number and for a
bounded time, and ends with the configuration that it was made under. Whoever resumes it has proved
that it is that device, no more: whether it is let in is decided anew (`proxy.login.remembering`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from OpenSSL import SSL

from proxy.eap.tls_engine import TlsEngine
from proxy.login.actions import RecallSecondFactor
from proxy.ports import Clock

LONGEST: Final = 8 * 3600.0
"""Seconds that a session is kept, and what the directory said with it: a working day."""
LIMIT: Final = 4_000
"""Sessions at once; each holds a context of some 20 kB."""
MOST_USES: Final = 200
"""Times that one may be resumed: on TLS 1.3 each adds a session to its context."""

Fresh = Callable[[], SSL.Context]
"""Makes a context that nobody else has; one and the same reading of the configuration gives one."""


class Place(NamedTuple):
    """Where a device is, and as whom it comes."""

    group: str
    """The clients among which it is remembered."""
    device: str
    """Its MAC address, 12 hexadecimal digits."""
    ssid: str | None
    """None: there is none, or it is untold."""
    outer_identity: bytes


@dataclass(slots=True)
class Kept:
    """A session that may be resumed."""

    context: SSL.Context
    fresh: Fresh
    """What made the context."""
    question: RecallSecondFactor
    """Whether its second factor serves; of the person as the directory had them then."""
    at: float
    """When the login with the password had passed."""
    uses: int = 0
    """How often a login that resumed it has passed."""


class Stations:
    """
    All sessions that are kept, the oldest first.

    Args:
        serves: says whether a second factor is remembered now. A device whose session is refused
            may stay out for a minute, so one that would be is not resumed: it logs in in full.
    """

    def __init__(
        self, clock: Clock, serves: Callable[[RecallSecondFactor], bool], limit: int = LIMIT
    ) -> None:
        self._clock = clock
        self._serves = serves
        self._limit = limit
        self._kept: dict[tuple[Place, int], Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def station(self, place: Place | None, fresh: Fresh | None) -> "Station | None":
        """Give what a conversation at a place begins TLS with; None: nothing is kept there."""
        return None if place is None or fresh is None else Station(self, place, fresh)

    def find(self, place: Place, type_: int, fresh: Fresh) -> Kept | None:
        """Find what was kept under this reading of the configuration and is not too old."""
        kept = self._kept.get((place, type_))
        if kept is None:
            return None
        in_time = 0 <= self._clock.seconds() - kept.at < LONGEST
        usable = kept.fresh is fresh and in_time and kept.uses < MOST_USES
        if usable and self._serves(kept.question):
            return kept
        self.forget(place, type_)
        return None

    def keep(
        self,
        place: Place,
        type_: int,
        context: SSL.Context,
        fresh: Fresh,
        question: RecallSecondFactor,
    ) -> None:
        """Keep a session instead of what was kept there; the oldest of too many goes."""
        self.forget(place, type_)
        self._kept[place, type_] = Kept(context, fresh, question, self._clock.seconds())
        if len(self._kept) > self._limit:
            del self._kept[next(iter(self._kept))]

    def forget(self, place: Place, type_: int) -> None:
        """Let nothing be resumed there."""
        self._kept.pop((place, type_), None)

    def forget_all(self) -> None:
        """Let nothing be resumed."""
        self._kept.clear()


class Station:
    """What one conversation may resume, and keep; it is its `Sessions`."""

    __slots__ = ("_engine", "_found", "_fresh", "_place", "_stations", "_type")

    def __init__(self, stations: Stations, place: Place, fresh: Fresh) -> None:
        self._stations = stations
        self._place = place
        self._fresh = fresh
        self._engine: TlsEngine | None = None
        self._type = 0
        self._found: Kept | None = None

    def engine(self, type_: int) -> TlsEngine:
        """Begin TLS for a method of this type."""
        self._type = type_
        self._found = self._stations.find(self._place, type_, self._fresh)
        kept = None if self._found is None else self._found.context
        self._engine = TlsEngine(self._fresh, kept)
        return self._engine

    @property
    def resumed(self) -> Kept | None:
        """What this conversation resumed; None: nothing, it is a full one."""
        return self._found if self._engine is not None and self._engine.resumed else None

    @property
    def ssid(self) -> str | None:
        """Give the Wi-Fi network that the device is in."""
        return self._place.ssid

    def keep(self, question: RecallSecondFactor) -> None:
        """
        Let the session of a login that passed be resumed; once all is said.

        One that was itself resumed renews nothing.
        """
        if self._engine is None:
            return
        context, resumed = self._engine.keep(), self.resumed
        if resumed is None:
            self._stations.keep(self._place, self._type, context, self._fresh, question)
        else:
            resumed.uses += 1

    def forget(self) -> None:
        """Let nothing be resumed here any more."""
        self._stations.forget(self._place, self._type)
