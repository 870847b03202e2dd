"""
One datagram, from its octets to its reply: a straight line.

Client by source address, packet, integrity, duplicates, login: whatever a step does not accept is
counted and met with silence. The answer comes back through `PendingRequest`, at once or a minute
later; of a request no more is kept meanwhile than its reply needs.
"""

from collections.abc import Callable, Hashable
from typing import NamedTuple

from twisted.logger import Logger

from proxy.deadlines import Timer
from proxy.eap.conversation import Granted
from proxy.eap.inner import Proof
from proxy.eap.relayed import Released
from proxy.errors import PeerError
from proxy.frontends.radius.discards import Count, Discards
from proxy.frontends.radius.eap import BusyWithEap, EapDoor
from proxy.frontends.radius.reading import Refused
from proxy.frontends.radius.terms import Terms
from proxy.frontends.radius.writing import (
    Envelope,
    open_envelope,
    write_eap_request,
    write_status,
)
from proxy.login.actions import Accept, Answer, Unanswered
from proxy.login.request import LoginRequest, Resume
from proxy.ports import answer_name
from proxy.radius.clients import RadiusClient
from proxy.radius.duplicates import Answered, Duplicates, Full, Held, New, Pending
from proxy.radius.integrity import check_request
from proxy.radius.mac_authentication import is_call_check
from proxy.radius.packet import ACCESS_REQUEST, EAP_MESSAGE, STATUS_SERVER, Packet, decode
from proxy.runner import Runner


class Source(NamedTuple):
    """
    Where a datagram came from, and to which of our sockets and addresses.

    Both ends, because a NAS counts Identifiers for each server (RFC 2865 section 3): one that turns
    to our second address with the same Identifier makes a new request, and listens there alone.
    """

    address: str
    port: int
    ours: Hashable


ReplyOctets = Callable[[bytes], object]
"""Sends octets back to where a datagram came from."""


class UnknownClient(PeerError):  # noqa: N818 - it names what was found
    """A source address that no client of the configuration has."""

    reason = "unknown-client"


class UnsupportedCode(PeerError):  # noqa: N818 - it names what was found
    """A packet that is neither Access-Request nor Status-Server."""

    reason = "unsupported-code"


class PendingRequest:
    """A request whose answer is to come; it is the `Reply` that the runner calls."""

    __slots__ = ("_exchange", "envelope", "held", "send", "terms")

    def __init__(
        self,
        exchange: "Exchange",
        held: Held,
        envelope: Envelope,
        send: ReplyOctets,
        terms: Terms,
    ) -> None:
        self._exchange = exchange
        self.held = held
        self.envelope = envelope
        self.send = send
        self.terms = terms
        terms.pending += 1

    def __call__(self, answer: Answer, state: bytes | None) -> None:
        self._exchange.answer(self, answer, state)

    def ask(self, octets: bytes, state: bytes) -> None:
        """Send an EAP request in an Access-Challenge."""
        self._exchange.ask(self, octets, state)

    def proof(self, accept: Accept) -> Proof | None:
        """Give what a peer of MSCHAPv2 is to be told of an accepted login; None: nothing."""
        return self.terms.writer.proof(accept)

    def grant(self, accept: Accept, granted: Granted | Released) -> None:
        """Send an Access-Accept with EAP-Success and keys."""
        self._exchange.answer(self, accept, None, granted)


class Exchange:
    """
    The RADIUS door behind its sockets.

    Args:
        count: called with a word for every discard, duplicate, refusal at the door and answer.
    """

    _log = Logger()

    def __init__(
        self,
        terms: Terms,
        runner: Runner,
        duplicates: Duplicates,
        clock: Timer,
        count: Count,
    ) -> None:
        self._runner = runner
        self._duplicates = duplicates
        self._clock = clock
        self._count = count
        self._discards = Discards(clock, count)
        self._eap = EapDoor(runner, clock, self._discards)
        self._stopping = False
        self.terms = terms
        """May be replaced at any time; what is pending ends under those that it began with."""

    def stop(self) -> None:
        """Begin no login any more; those that are going on are answered."""
        self._stopping = True

    def receive(self, datagram: bytes, source: Source, reply_octets: ReplyOctets) -> None:
        """Take in a datagram; never raises."""
        try:
            self._take_in(datagram, source, reply_octets)
        except PeerError as error:
            self._discards.drop(error.reason, source.address, error)
        except Exception:  # noqa: BLE001 - our own bug; it must not close the socket
            self._count("failed")
            self._log.failure("a packet from {source} could not be handled", source=source.address)

    def _take_in(self, datagram: bytes, source: Source, reply_octets: ReplyOctets) -> None:
        client = self.terms.clients.find(source.address)
        if client is None:
            raise UnknownClient("found no client with this address")
        packet = decode(datagram)
        if packet.code not in {ACCESS_REQUEST, STATUS_SERVER}:
            raise UnsupportedCode(f"found code {packet.code}, wanted 1 or 12")
        check_request(
            packet,
            datagram,
            client.shared_secret,
            require_message_authenticator=client.require_message_authenticator,
            limit_proxy_state=client.limit_proxy_state,
        )
        if packet.code == STATUS_SERVER:
            self._answer_status(packet, client, reply_octets)
        else:
            self._admit(packet, client, source, reply_octets)

    def _answer_status(
        self, packet: Packet, client: RadiusClient, reply_octets: ReplyOctets
    ) -> None:
        """Say that we are alive; one that is about to end is not, so that NASes turn elsewhere."""
        self._count("status-server")
        reply = None if self._stopping else write_status(open_envelope(packet, client))
        if reply is not None:
            reply_octets(reply)

    def _admit(
        self, packet: Packet, client: RadiusClient, source: Source, reply_octets: ReplyOctets
    ) -> None:
        address = source.address
        now = self._clock.seconds()
        match self._duplicates.admit((source, packet.identifier), packet.authenticator, now):
            case New(held) if self._stopping:
                self._count("stopping")
                self._duplicates.unanswered(held, now)
            case New(held):
                envelope = open_envelope(packet, client)
                pending = PendingRequest(self, held, envelope, reply_octets, self.terms)
                try:
                    self._begin(packet, client, address, now, pending)
                except BusyWithEap:
                    self._duplicates.forget(held)
                    pending.terms.ended()
                    raise
                except Exception:
                    self._duplicates.unanswered(held, now)
                    pending.terms.ended()
                    raise
            case Answered(reply):
                self._count("duplicate-answered")
                reply_octets(reply)
            case Pending():
                self._count("duplicate-pending")
            case Full():
                self._discards.drop("full", address, "too many requests are pending")

    def _begin(
        self,
        packet: Packet,
        client: RadiusClient,
        address: str,
        now: float,
        pending: PendingRequest,
    ) -> None:
        terms = pending.terms
        by_eap = EAP_MESSAGE in packet.firsts and client.name in terms.eap
        if by_eap and not is_call_check(packet):
            self._eap.take(packet, client, address, now, pending, terms.reader, terms.eap)
            return
        asked = terms.reader.read(packet, client, address, now)
        match asked:
            case LoginRequest():
                self._runner.begin(asked, pending)
            case Resume():
                self._runner.resume(asked, pending)
            case Refused(why, detail):
                self._discards.refuse(why, client.name, address, detail)
                self._runner.refuse(now, terms.reader.terms(client), "bad-credentials", pending)

    def answer(
        self,
        pending: PendingRequest,
        answer: Answer,
        state: bytes | None,
        granted: Granted | Released | None = None,
    ) -> None:
        """Send the answer of a login to one of its requests, or leave that unanswered."""
        reply = None
        try:
            if not isinstance(answer, Unanswered):
                reply = pending.terms.writer.write(answer, state, pending.envelope, granted)
        except Exception:  # noqa: BLE001 - our own bug; the request must not stay pending
            self._log.failure("a reply could not be written")
        try:
            self._send(pending, reply, answer_name(answer))
        finally:
            pending.terms.ended()

    def ask(self, pending: PendingRequest, octets: bytes, state: bytes) -> None:
        """Send an EAP request to one of our requests."""
        try:
            self._send(pending, write_eap_request(octets, state, pending.envelope), "eap-request")
        finally:
            pending.terms.ended()

    def _send(self, pending: PendingRequest, reply: bytes | None, word: str) -> None:
        now = self._clock.seconds()
        if reply is None:
            self._count("unanswered")
            self._duplicates.unanswered(pending.held, now)
        elif self._duplicates.answered(pending.held, reply, now):
            self._count(word)
            pending.send(reply)
        else:
            self._count("forgotten")
