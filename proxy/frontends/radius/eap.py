"""
EAP over RADIUS (RFC 3579): conversations by their State, and the login that each ends in.

    Access-Request (EAP-Message, State) ─► conversation ─► Access-Challenge (EAP-Message, new State)
                                                │ credentials
                                                ▼
                                            the runner ─► Access-Accept (EAP-Success, keys)
                                                          or Access-Reject (EAP-Failure)

A conversation lives in this process, for a short time, in bounded number: whatever a station does,
it costs one of them. What a login needs of its NAS is read from the packet that brought the
credentials. A response that comes again in a new packet gets the answer in place of the older
packet, whose NAS has stopped listening.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from os import urandom
from typing import Final, assert_never

from proxy.deadlines import Timer
from proxy.eap.conversation import (
    Again,
    Conversation,
    Failed,
    Granted,
    Ignored,
    Outcome,
    Refused,
    Request,
)
from proxy.eap.inner import Answered, Certified, Credentials, Resumed
from proxy.eap.packet import Response, decode_response
from proxy.eap.relayed import Forward, Released
from proxy.eap.terms import Terms
from proxy.errors import PeerError
from proxy.frontends.radius.arrived import At, spoken
from proxy.frontends.radius.discards import Discards
from proxy.frontends.radius.reading import Reader
from proxy.frontends.radius.reading import Refused as NotRead
from proxy.frontends.radius.relay import Relay
from proxy.frontends.radius.relay_terms import RelayTerms
from proxy.frontends.radius.stations import Stations
from proxy.frontends.radius.talks import Conversations, EapRequest, Talk
from proxy.frontends.radius.wording import challenge_text
from proxy.going_on import Running
from proxy.login.actions import Accept, Answer, Challenge, Reject, Unanswered
from proxy.login.remembering import resumable
from proxy.login.request import LoginRequest, Resume
from proxy.ports import Reply
from proxy.radius.clients import RadiusClient
from proxy.radius.packet import (
    CALLING_STATION_ID,
    EAP_MESSAGE,
    STATE,
    Packet,
)
from proxy.runner import Runner
from proxy.secret import Secret

GONE_AFTER: Final = 3.0
"""Seconds in which a device answers a heartbeat, where it is still there."""


class IgnoredEap(PeerError):  # noqa: N818 - it names what was found
    """A response that answers nothing that was asked."""

    reason = "eap-ignored"


class BusyWithEap(PeerError):  # noqa: N818 - it names what was found
    """A handshake that its client may not begin now; when the packet comes again, it may."""

    reason = "eap-busy"


class EapDoor:
    """Holds conversations, and brings what they end in to the runner."""

    def __init__(self, runner: Runner, timer: Timer, discards: Discards) -> None:
        self._runner = runner
        self._timer = timer
        self._discards = discards
        self._talks = Conversations(timer, discards.evict)
        self._relay = Relay(self, self._talks, discards)
        self._stations = Stations(timer, runner.still_remembered)

    def take(
        self,
        packet: Packet,
        client: RadiusClient,
        source: str,
        arrived: float,
        pending: EapRequest,
        reader: Reader,
        terms: Mapping[str, Terms | RelayTerms],
    ) -> None:
        """
        Take in an Access-Request with EAP-Message, of a client that may speak EAP.

        One whose EAP-Message is empty and that has no State is an EAP-Start: the NAS wants it to be
        asked from here who the peer is (RFC 3579 section 2.1).

        Args:
            source: the address that it came from.
            arrived: seconds, the daemon's clock.
            terms: by the client's name.

        Raises:
            MalformedEap: it carries no EAP response.
            IgnoredEap: it answers nothing that was asked.
            BusyWithEap: its client begins too many TLS handshakes.
        """
        octets = b"".join(packet.all(EAP_MESSAGE))
        state = packet.first(STATE)
        starts = not octets and state is None
        response = None if starts else decode_response(octets)
        here = spoken(packet, terms[client.name])
        door = At(packet, client, source, arrived, pending, reader, here)
        if isinstance(here, Terms) and not here.methods:
            self.refuse(door, "eap-wireless", "found methods without TLS alone")
            return
        talk = self._new(door, response) if state is None else self._talks.find(state, client.name)
        if talk is None:
            self.refuse(door, "eap-too-many" if state is None else "eap-state")
            return
        if state is not None and not self._talks.has_time_for(talk):
            raise BusyWithEap("found too many TLS handshakes that came to nothing")
        if response is None:
            outcome: Outcome | Forward = talk.conversation.greet(urandom(1)[0])
        else:
            outcome = talk.conversation.receive(response)
        self._talks.heard(talk)
        self.go_on(talk, outcome, door)

    def _new(self, at: At, response: Response | None) -> Talk | None:
        """Begin a conversation; None: there are too many."""
        station = at.packet.first(CALLING_STATION_ID)
        if isinstance(at.terms, RelayTerms):
            return self._talks.begin(at.client.name, at.terms, station)
        # Where we ask who it is, the device has not said its outer name yet.
        place = None if response is None else at.reader.place(at.packet, at.client, response.data)
        sessions = self._stations.station(place, at.terms.fresh)
        talk = self._talks.begin(at.client.name, replace(at.terms, sessions=sessions), station)
        if talk is not None:
            talk.sessions = sessions
        return talk

    def go_on(  # noqa: C901 - one case for each outcome
        self, talk: Talk, outcome: Outcome | Forward, at: At
    ) -> None:
        """Do what comes of a response, or of another server's answer to one."""
        match outcome:
            case Request(octets):
                at.pending.ask(octets, self._talks.next_state(talk))
            case Again(octets):
                self._again(talk, octets, at)
            case Forward():
                self._relay.forward(talk, at)
            case Credentials() | Certified():
                self._begin(talk, outcome, at)
            case Answered(text):
                self._resume(talk, text, at)
            case Resumed():
                self._begin_resumed(talk, at)
            case Granted():
                self._grant(talk, outcome, at.pending)
            case Refused():
                self._refuse_quietly(talk, at)
            case Failed(_, reason, detail):
                self._talks.end(talk)
                self.refuse(at, f"eap-{reason}", detail)
            case Ignored(reason):
                raise IgnoredEap(f"found {reason}")
            case _:
                assert_never(outcome)

    def _again(self, talk: Talk, octets: bytes, at: At) -> None:
        """Ask again, or let the newest request wait for the login, or server, that is asked."""
        if talk.reply is None and talk.pending is None:
            at.pending.ask(octets, self._talks.next_state(talk))
            return
        older, talk.pending = talk.pending, at.pending
        if older is not None:
            older(Unanswered("superseded"), None)
        if talk.early is not None:
            early, talk.early = talk.early, None
            self._answer(talk, at.client, *early)
        elif talk.heartbeat is not None:
            self._later(talk, talk.heartbeat.every, self._beat)

    # --- a device that waits ---

    def _later(self, talk: Talk, seconds: float, then: Callable[[Talk], None]) -> None:
        if talk.timer is not None and talk.timer.active():
            talk.timer.cancel()
        talk.timer = self._timer.callLater(seconds, lambda: then(talk))

    def _beat(self, talk: Talk) -> None:
        """Send a heartbeat, so that the device goes on waiting; after the last it is refused."""
        pending, talk.pending = talk.pending, None
        if pending is None or talk.heartbeat is None:
            return
        if talk.beats >= talk.heartbeat.beats:
            self._gone(talk)
            pending(Reject("no-answer"), None)
            return
        talk.beats += 1
        pending.ask(talk.conversation.beat(), self._talks.next_state(talk))
        self._later(talk, GONE_AFTER, self._gone)

    def _gone(self, talk: Talk) -> None:
        """
        Leave the login, whose phone nobody waits for any more.

        A device answers a heartbeat within milliseconds; one that did not has gone.
        """
        running, reply = talk.running, talk.reply
        self._talks.end(talk)
        if running is not None and reply is not None and talk.early is None:
            self._runner.leave(running, reply)

    # --- the login ---

    def _begin(self, talk: Talk, told: Credentials | Certified, at: At) -> None:
        if isinstance(told, Certified):
            asked = at.certified(told)
        else:
            asked = at.told(told, mute=talk.conversation.asks == 0)
        self.start(talk, asked, at)

    def start(self, talk: Talk, asked: LoginRequest | NotRead, at: At) -> None:
        """Begin a login, whose end ends the conversation."""
        if isinstance(asked, NotRead):
            self._talks.end(talk)
            self.refuse(at, asked.why)
            return
        self._talks.proved(talk)
        login = asked.login
        talk.asked = Resume(b"", login.username, login.client, Secret(b""), at.arrived)
        talk.heartbeat = at.heartbeat
        self._wait(talk, at, lambda reply: self._runner.begin(asked, reply))

    def _begin_resumed(self, talk: Talk, at: At) -> None:
        """The device has a session that was kept: whether it is let in is decided as ever."""
        resumed = None if talk.sessions is None else talk.sessions.resumed
        assert resumed is not None
        self._talks.proved(talk)
        asked = at.reader.read_resumed(at.packet, at.client, at.source, at.arrived, resumed)
        self._wait(talk, at, lambda reply: self._runner.begin(asked, reply))

    def _resume(self, talk: Talk, text: Secret, at: At) -> None:
        assert talk.asked is not None
        resume = replace(talk.asked, answer=text, arrived=at.arrived)
        self._wait(talk, at, lambda reply: self._runner.resume(resume, reply))

    def _wait(self, talk: Talk, at: At, begin: Callable[[Reply], Running | None]) -> None:
        """Let a request wait for its login, which may end before this returns."""
        talk.pending, talk.running = at.pending, None
        talk.reply = reply = partial(self._answer, talk, at.client)
        running = begin(reply)
        if talk.pending is at.pending:
            talk.running = running
            if talk.heartbeat is not None:
                self._later(talk, talk.heartbeat.every, self._beat)

    def _answer(
        self, talk: Talk, client: RadiusClient, answer: Answer, state: bytes | None
    ) -> None:
        """Answer the newest request with what became of the login; it is the runner's `Reply`."""
        pending, talk.pending = talk.pending, None
        if pending is None:
            talk.early = answer, state
            return
        running, talk.running, talk.reply = talk.running, None, None
        if talk.timer is not None and talk.timer.active():
            talk.timer.cancel()
        _note_session(talk, running, answer, self._timer.seconds())
        conversation = talk.conversation
        said: Request | Granted | Released | Refused | Failed | None = None
        match answer:
            case Accept():
                talk.accept = answer
                said = talk.conversation.conclude(passed=True, proof=pending.proof(answer))
            case Challenge() if isinstance(conversation, Conversation) and (
                conversation.asks and state is not None
            ):
                assert talk.asked is not None
                talk.asked = replace(talk.asked, state=state)
                said = conversation.ask(challenge_text(answer, client.text_limit).encode())
            case Challenge():  # nothing more can be asked inside
                pending(Reject("no-way-to-ask"), None)
            case Reject():
                said = talk.conversation.conclude(passed=False)
            case _:
                pending(answer, state)
        match said:
            case Request(octets):
                pending.ask(octets, self._talks.next_state(talk))
                return
            case Granted() | Released():
                self._grant(talk, said, pending)
            case Refused() | Failed():
                pending(answer if isinstance(answer, Reject) else Reject("no-way-to-ask"), None)
        self._talks.end(talk)

    def _grant(self, talk: Talk, granted: Granted | Released, pending: EapRequest) -> None:
        self._talks.end(talk)
        if talk.sessions is not None and talk.question is not None:
            talk.sessions.keep(talk.question)
        assert talk.accept is not None
        pending.grant(talk.accept, granted)

    # --- refusals ---

    def _refuse_quietly(self, talk: Talk, at: At) -> None:
        """Say the failure that the peer has acknowledged; the login said why it came to that."""
        self._talks.end(talk)
        at.pending(Reject("bad-credentials"), None)

    def refuse(self, at: At, reason: str, detail: str = "") -> None:
        """Refuse a request before any login, as late as a wrong password."""
        self._discards.refuse(reason, at.client.name, at.source, detail)
        self._runner.refuse(at.arrived, at.reader.terms(at.client), "bad-credentials", at.pending)


def _note_session(talk: Talk, running: Running | None, answer: Answer, now: float) -> None:
    """Note whether its session is to be kept; one that lets nobody in is never resumed again."""
    if talk.sessions is None:
        return
    if isinstance(answer, Accept):
        known = None if running is None else running.known
        talk.question = resumable(known, answer, talk.sessions.ssid, now)
    elif talk.sessions.resumed is not None:
        talk.sessions.forget()
