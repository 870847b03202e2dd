"""
One EAP conversation: Identity, the choice of a method, requests and responses, the end.

    Identity ──► start of a method ──► what the method says and hears ──► Credentials or Resumed
                       ▲ Nak, once                     ▲                      │ the login decides
                       └───────                        └─── Answered ◄── ask() or conclude()

A conversation never decides who passes. It answers each response with the next request, gives the
credentials once, asks what the login wants asked, and says the result when the login has one. A
response that repeats the one before never reaches the method: what was or will be sent for that one
serves. Any other that does not answer the last request is ignored (RFC 3748 section 4.1).
"""

from dataclasses import dataclass
from typing import Final, Literal

from proxy.eap import packet
from proxy.eap.inner import (
    Answered,
    Certified,
    Concluded,
    Credentials,
    Heard,
    Proof,
    Resumed,
    Say,
)
from proxy.eap.method import KINDS, Method
from proxy.eap.packet import Response
from proxy.eap.progress import Progress
from proxy.eap.terms import MethodName, Terms
from proxy.errors import PeerError
from proxy.secret import Secret

MAX_IDENTITY: Final = 253
MAX_ROUNDS: Final = 60
"""Requests; access points and supplicants give up after 40 to 100 (RFC 9191)."""
NOTICE: Final = b"Approve the login on your phone."
"""What a Notification says. From 15 octets on it is no short message, of which wpa_supplicant bears
but 50."""


@dataclass(frozen=True, slots=True)
class Request:
    """The peer is to be sent this; it will answer."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Granted:
    """What goes out with an Access-Accept."""

    octets: bytes
    """EAP-Success."""
    msk: Secret | None
    """64 octets: the first half is MS-MPPE-Recv-Key, the other MS-MPPE-Send-Key (RFC 2548). None:
    the method has no keys."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What goes out with an Access-Reject when the login was refused."""

    octets: bytes
    """EAP-Failure."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The conversation is over; the peer is to be sent this failure."""

    octets: bytes
    reason: str
    """A short, stable word."""
    detail: str = ""
    """What was found and wanted; no secret."""


@dataclass(frozen=True, slots=True)
class Again:
    """The response repeats the one before; whatever was or will be sent for that one serves."""

    octets: bytes
    """The request that was sent last."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The response is none to our request; nothing is sent."""

    reason: str


Outcome = (
    Request
    | Credentials
    | Certified
    | Resumed
    | Answered
    | Granted
    | Refused
    | Failed
    | Again
    | Ignored
)


class Conversation:
    """The server's side, from the first response on, which is an Identity, or from `greet`."""

    def __init__(self, terms: Terms) -> None:
        self.outer_identity = b""
        """What the peer said in clear; it may be anonymous."""
        self._terms = terms
        self._name: MethodName | None = None
        self._type = 0
        self._method: Method | None = None
        """None: none was begun."""
        self._naked = False
        """The peer has asked for another method."""
        self._heard = False
        """The peer has said something by this method."""
        self._request = b""
        """The last one, as it was sent."""
        self._response = Response(0, 0, b"")
        """The one that came last."""
        self._sent: int | None = None
        """The identifier that we used last."""
        self._answered = 0
        """That of whatever came last."""
        self._notice = b""
        """A Notification that has no answer yet."""
        self._noticed: Response | None = None
        """The answer to the last one that has."""
        self._rounds = 0
        self._passed: bool | None = None
        """The result that the peer is being told."""
        self._turn: Literal["peer", "login", "nobody"] = "peer"
        """Whose word is awaited."""

    # --- what comes ---

    def greet(self, identifier: int) -> Request:
        """Ask who the peer is; where its authenticator did not ask that itself, before all else."""
        self._sent = identifier
        self._request = packet.encode_request(identifier, packet.IDENTITY, b"")
        return Request(self._request)

    def receive(self, response: Response) -> Outcome:
        """Take a response; give what is to be done."""
        if self._request and response in (self._response, self._noticed):
            return Again(self._request)
        if self._notice and self._answers_notice(response):
            return Again(self._request)
        if self._turn != "peer":
            return Ignored("out-of-turn")
        if self._request and response.identifier != self._request[1]:
            return Ignored("another-identifier")
        self._response, self._answered = response, response.identifier
        try:
            return self._next()
        except PeerError as error:
            return self._end(error.reason, str(error))

    def _answers_notice(self, response: Response) -> bool:
        """Take the answer to a Notification; it tells nothing, and the method never sees it."""
        if (response.type, response.identifier) != (packet.NOTIFICATION, self._notice[1]):
            return False
        self._notice, self._noticed, self._answered = b"", response, response.identifier
        return True

    def _next(self) -> Outcome:
        response = self._response
        if self._method is None:
            return self._identity()
        if response.type == packet.NAK:
            return self._choose_again()
        if response.type != self._type:
            return self._end("another-method")
        self._heard = True
        return self._go_on(self._method.hear(response.data))

    def _identity(self) -> Outcome:
        response = self._response
        if response.type != packet.IDENTITY:
            return self._end("no-identity")
        if len(response.data) > MAX_IDENTITY:
            return self._end("long-identity")
        self.outer_identity = response.data
        return self._start(self._terms.methods[0])

    def _start(self, name: MethodName) -> Outcome:
        kind = KINDS[name]
        self._name, self._type, self._method = name, kind.type, kind.make(self._terms)
        return self._ask(self._method.start(self.outer_identity))

    def _choose_again(self) -> Outcome:
        """Take the first of our methods that the peer can do; once, and before one has begun."""
        if self._heard or self._naked:
            return self._end("late-nak")
        self._naked = True
        for name in self._terms.methods:
            if KINDS[name].type in self._response.data and name != self._name:
                return self._start(name)
        return self._end("no-common-method")

    def _go_on(self, heard: Heard) -> Outcome:
        match heard:
            case Say(octets):
                return self._ask(octets)
            case Concluded():
                return self._granted() if self._passed else self._refused()
            case _:
                self._turn = "login"
                return heard

    # --- what the login says ---

    def beat(self) -> bytes:
        """
        Give what keeps the peer patient while a phone is awaited.

        The last request again; or a Notification, where that is wanted and the method bears it. It
        has an identifier of its own; what was asked before was answered and is not asked again. One
        that has no answer yet is sent again as it was.
        """
        heartbeat = self._terms.heartbeat
        if heartbeat is None or not heartbeat.notice or self._type != packet.PEAP:
            return self._request
        if not self._notice:
            self._notice = packet.encode_request(
                self._next_identifier(), packet.NOTIFICATION, NOTICE
            )
        return self._notice

    @property
    def asks(self) -> int:
        """How many more questions the peer bears."""
        return 0 if self._method is None else self._method.asks

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress.BEGUN if self._method is None else self._method.progress

    def ask(self, text: bytes) -> Request | Failed:
        """Ask the person; only when credentials or an answer were given, and `asks` is not 0."""
        method = self._waits()
        self._turn = "peer"
        return self._ask(method.ask(text))

    def conclude(
        self, *, passed: bool, proof: Proof | None = None
    ) -> Request | Granted | Refused | Failed:
        """
        Say the result of the login; a Request is acknowledged first, then comes the rest.

        Args:
            proof: where credentials were those of MSCHAPv2; without it such a login fails.
        """
        method = self._waits()
        self._passed = passed
        try:
            said = method.conclude(passed=passed, proof=proof)
        except PeerError as error:
            return self._end(error.reason, str(error))
        if said is None:
            return self._granted() if passed else self._refused()
        self._turn = "peer"
        return self._ask(said)

    def _waits(self) -> Method:
        if self._turn != "login" or self._method is None:
            raise ValueError("found a conversation that waits for no login")
        return self._method

    def _granted(self) -> Granted:
        assert self._method is not None
        self._turn = "nobody"
        return Granted(packet.encode_success(self._answered), self._method.keys())

    def _refused(self) -> Refused:
        self._turn = "nobody"
        return Refused(packet.encode_failure(self._answered))

    # --- what goes out ---

    def _ask(self, data: bytes) -> Request | Failed:
        self._rounds += 1
        if self._rounds > MAX_ROUNDS:
            return self._end("too-many-rounds")
        self._request = packet.encode_request(self._next_identifier(), self._type, data)
        return Request(self._request)

    def _next_identifier(self) -> int:
        last = self._answered if self._sent is None else self._sent
        self._sent = (last + 1) % 256
        return self._sent

    def _end(self, reason: str, detail: str = "") -> Failed:
        self._turn = "nobody"
        return Failed(packet.encode_failure(self._answered), reason, detail)
