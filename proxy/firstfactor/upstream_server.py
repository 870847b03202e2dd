"""
One upstream RADIUS server: requests on their way to it, and whether it is asked first.

A request keeps its octets, Identifier and socket from its first transmission to its end, and no
Identifier is used again while its request is pending; where all 256 of a socket are taken another
one is opened. Answers that do not verify are none. A server that stays silent is set aside: others
are asked before it, and Status-Server asks it in the background until it answers (RFC 5997), or,
where it never knew Status-Server, it is tried again after a while.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from os import urandom
from random import random
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from proxy.deadlines import Deadline, Deadlines, Delayed
from proxy.errors import PeerError
from proxy.firstfactor.failures import NotSent, Refused, ServerFailure, Silent
from proxy.firstfactor.upstream_options import UpstreamAddress
from proxy.firstfactor.upstream_sockets import OpenWire, Wire
from proxy.radius.packet import STATUS_SERVER, Attribute, Packet
from proxy.radius.requests import AUTHENTICATOR_LENGTH, Sent, read_answer, write_request
from proxy.radius.retransmission import Schedule
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret

IDENTIFIERS: Final = 256
SOCKETS: Final = 32
"""So that 8,192 requests may be pending: as many as operations wait for an LDAP server."""
PROBE_EVERY: Final = 10.0
PROBE_JITTER: Final = 2.0
"""Seconds between two Status-Server packets to a server that is set aside, and what chance adds or
takes (RFC 3539 section 3.4.1: not under 6 s, jitter of 2 s)."""
PROBE: Final = Schedule(first=10.0, timeout=5.0)
"""Sent once: another one follows (RFC 3539 section 3.4.1)."""
TRY_AGAIN: Final = 60.0
"""Seconds after which a login tries a server that was silent and never answered Status-Server."""
TELL_EVERY: Final = 60.0
"""Seconds between two lines about answers that were dropped."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A verified answer, and what it answers."""

    packet: Packet
    sent: Sent


class Lane:
    """One socket with its Identifiers."""

    __slots__ = ("_next", "pending", "wire")

    def __init__(self) -> None:
        self.wire: Wire
        self.pending: dict[int, Asking] = {}
        self._next = urandom(1)[0]

    def identifier(self) -> int | None:
        """Give the Identifier that was free for the longest; None: all are taken."""
        if len(self.pending) == IDENTIFIERS:
            return None
        while self._next in self.pending:
            self._next = (self._next + 1) % IDENTIFIERS
        free = self._next
        self._next = (free + 1) % IDENTIFIERS
        return free


class Asking:
    """One request on its way."""

    __slots__ = ("answered", "deadline", "ends_at", "lane", "schedule", "sent", "sent_at", "wait")

    def __init__(self, lane: Lane, sent: Sent, sent_at: float, schedule: Schedule) -> None:
        self.lane = lane
        self.sent = sent
        self.sent_at = sent_at
        self.schedule = schedule
        self.ends_at = sent_at + schedule.timeout
        self.wait: float | None = None
        """Before the next transmission; None: there was one so far."""
        self.answered: Deferred[Answered]
        self.deadline: Deadline | None = None


class UpstreamServer:
    """
    One server; `aside` says why others are asked before it, None: nothing does.

    Args:
        alone: there is no other server to turn to.
        own: attributes that say who asks, for Status-Server.
    """

    _log = Logger()

    def __init__(
        self,
        address: UpstreamAddress,
        shared_secret: SharedSecret,
        schedule: Schedule,
        opens: OpenWire,
        deadlines: Deadlines,
        reactor: Any,  # noqa: ANN401 - a reactor's interfaces are zope's, not types
        *,
        alone: bool,
        require_message_authenticator: bool,
        status_server: bool,
        own: tuple[Attribute, ...],
    ) -> None:
        self.address = address
        self.shared_secret = shared_secret
        self.aside: str | None = None
        self.heard_at = float("-inf")
        """When an answer that verified came last."""
        self._schedule = schedule
        self._opens = opens
        self._deadlines = deadlines
        self._reactor = reactor
        self._alone = alone
        self._require = require_message_authenticator
        self._status_server = status_server
        self.own = own
        self._lanes: list[Lane] = []
        self._answered_status = False
        self._probe: Deferred[Answered] | None = None
        self._next_probe: Delayed | None = None
        self._told_at = float("-inf")
        self._stopped = False

    # --- what it is used for ---

    def ask(
        self, code: int, attributes: Iterable[Attribute], password: Secret | None = None
    ) -> Deferred[Answered]:
        """
        Send a request until it is answered or its time is over.

        Fails as `NotSent` (nothing left), `Silent` or `Refused` (nobody listens there, and there is
        another server to ask).

        Raises:
            ValueError: it has no room in a packet.
        """
        return self._ask(code, attributes, password, self._schedule)

    def start(self) -> None:
        """Ask for a sign of life, so that it is known whether the server knows Status-Server."""
        if self._status_server:
            self._begin_probe()

    def stop(self) -> None:
        """Close all sockets; what is pending fails."""
        self._stopped = True
        if self._next_probe is not None and self._next_probe.active():
            self._next_probe.cancel()
        for lane in self._lanes:
            for asking in list(lane.pending.values()):
                self._fail(asking, NotSent("the directory is no longer used"))
            lane.wire.close()
        self._lanes.clear()

    # --- a request ---

    def _ask(
        self,
        code: int,
        attributes: Iterable[Attribute],
        password: Secret | None,
        schedule: Schedule,
    ) -> Deferred[Answered]:
        found = None if self._stopped else self._free()
        if found is None:
            return _failed(NotSent(f"{self.address}: no Identifier is free"))
        lane, identifier = found
        authenticator = urandom(AUTHENTICATOR_LENGTH)
        sent = write_request(
            code, identifier, authenticator, attributes, self.shared_secret, password
        )
        now = float(self._reactor.seconds())
        asking = Asking(lane, sent, now, schedule)
        answered: Deferred[Answered] = Deferred(lambda _: self._forget(asking))
        asking.answered = answered
        lane.pending[identifier] = asking
        asking.deadline = self._deadlines.add(
            self._next_at(asking, now), lambda now: self._due(asking, now)
        )
        lane.wire.send(sent.octets)
        return answered

    def _next_at(self, asking: Asking, now: float) -> float:
        chance = 2 * random() - 1  # noqa: S311 - only spreads
        asking.wait = asking.schedule.wait(asking.wait, chance)
        return min(now + asking.wait, asking.ends_at)

    def _due(self, asking: Asking, now: float) -> float | None:
        """Send a request again, or give it up."""
        if asking.ends_at <= now:
            self._give_up(asking)
            return None
        if self._status_server:
            self._begin_probe()  # is it slow, or is nobody there?
        asking.lane.wire.send(asking.sent.octets)
        return self._next_at(asking, now)

    def _give_up(self, asking: Asking) -> None:
        seconds = asking.ends_at - asking.sent_at
        message = f"{self.address}: no answer within {seconds:g} s"
        if self.heard_at < asking.sent_at and asking.sent.code != STATUS_SERVER:
            self._fails(message)
        self._fail(asking, Silent(message, asking.sent_at))

    def _fail(self, asking: Asking, failure: ServerFailure) -> None:
        self._forget(asking)
        asking.answered.errback(Failure(failure))

    def _forget(self, asking: Asking) -> None:
        """Let its Identifier be used again."""
        asking.lane.pending.pop(asking.sent.identifier, None)
        if asking.deadline is not None:
            self._deadlines.drop(asking.deadline)

    def _free(self) -> tuple[Lane, int] | None:
        """Find a free Identifier; None: there is none, or no socket can be had."""
        for lane in self._lanes:
            identifier = lane.identifier()
            if identifier is not None:
                return lane, identifier
        if len(self._lanes) == SOCKETS:
            return None
        lane = Lane()
        try:
            lane.wire = self._opens(
                self.address,
                lambda datagram: self._hear(lane, datagram),
                lambda: self._is_refused(lane),
            )
        except OSError as error:
            self._log.warn("{server}: no socket: {error}", server=self.address, error=error)
            return None
        self._lanes.append(lane)
        identifier = lane.identifier()
        assert identifier is not None
        return lane, identifier

    # --- what comes back ---

    def _hear(self, lane: Lane, datagram: bytes) -> None:
        """Take in a datagram; what is no answer to a pending request is dropped."""
        asking = lane.pending.get(datagram[1]) if len(datagram) > 1 else None
        if asking is None:
            return
        try:
            packet = read_answer(
                datagram,
                asking.sent,
                self.shared_secret,
                require_message_authenticator=self._require,
            )
        except PeerError as error:
            self._tell_dropped(error)
            return
        self._is_heard(asking.sent.code)
        self._forget(asking)
        asking.answered.callback(Answered(packet, asking.sent))

    def _tell_dropped(self, error: PeerError) -> None:
        now = self._reactor.seconds()
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._log.warn(
                "{server}: an answer is dropped, {reason}: {error}",
                server=self.address,
                reason=error.reason,
                error=error,
            )

    def _is_refused(self, lane: Lane) -> None:
        """Turn to another server at once, if there is one; a server may be starting again."""
        if self._alone:
            return
        message = f"{self.address}: nobody listens there"
        self._fails(message)
        for asking in list(lane.pending.values()):
            self._fail(asking, Refused(message))

    # --- whether it is asked ---

    def _is_heard(self, code: int) -> None:
        self.heard_at = float(self._reactor.seconds())
        self._answered_status = self._answered_status or code == STATUS_SERVER
        if self.aside is not None:
            self.aside = None
            self._log.info("{server} is asked again", server=self.address)

    def _fails(self, reason: str) -> None:
        """Set the server aside."""
        if self.aside is not None or self._stopped:
            return
        self.aside = reason
        self._log.warn("{server} is set aside: {reason}", server=self.address, reason=reason)
        if not self._answered_status:
            self._reactor.callLater(TRY_AGAIN, self._try_again)
        if self._status_server:
            self._begin_probe()

    def _try_again(self) -> None:
        """Let a login try it: nothing else can tell whether it is there."""
        if self.aside is not None and not self._answered_status and not self._stopped:
            self.aside = None

    def _begin_probe(self) -> None:
        """Send a Status-Server, unless one is on its way; again later, while it is set aside."""
        if self._probe is not None or self._stopped:
            return
        self._probe = self._ask(STATUS_SERVER, self.own, None, PROBE)
        self._probe.addBoth(self._probed)

    def _probed(self, outcome: Answered | Failure) -> None:
        if isinstance(outcome, Failure):
            outcome.trap(ServerFailure)
        self._probe = None
        if self.aside is None or self._stopped:
            return
        if self._next_probe is None or not self._next_probe.active():
            wait = PROBE_EVERY + PROBE_JITTER * (2 * random() - 1)  # noqa: S311 - only spreads
            self._next_probe = self._reactor.callLater(wait, self._probe_again)

    def _probe_again(self) -> None:
        if self.aside is not None:
            self._begin_probe()


def _failed(failure: ServerFailure) -> Deferred[Answered]:
    failed: Deferred[Answered] = Deferred()
    failed.errback(Failure(failure))
    return failed
