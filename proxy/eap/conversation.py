"""
One EAP conversation: Identity, the choice of a method, TLS in pieces, what is said inside, the end.

    Identity ──► start of a method ──► handshake ──► inside the tunnel ──► Credentials
                       ▲ Nak, once                          ▲                  │ the login decides
                       └───────                             └── Answered ◄── ask() or conclude()

A conversation never decides who passes. It answers each response with the next request, gives the
credentials once, asks what the login wants asked, and says the result when the login has one. A
response that repeats the one before never reaches TLS: what was or will be sent for that one
serves. Any other that does not answer the last request is ignored (RFC 3748 section 4.1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.fragments import START, Assembly, cut, read_piece
from proxy.eap.inner import Answered, Concluded, Credentials, Inner, Say
from proxy.eap.packet import Response
from proxy.eap.peap import PeapInner
from proxy.eap.tls_engine import TlsEngine, TlsFailed
from proxy.eap.ttls import TtlsInner
from proxy.errors import PeerError
from proxy.secret import Secret

Method = Literal["ttls", "peap"]

MAX_IDENTITY: Final = 253
MAX_ROUNDS: Final = 60
"""Requests; access points and supplicants give up after 40 to 100 (RFC 9191)."""
FRAGMENT: Final = 1_000
"""Octets of data in one packet: what every access point carries."""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What makes a method of those that have a TLS tunnel."""

    type: int
    inner: Callable[[], Inner]
    label: bytes
    """What TLS 1.2 exports the keys under."""


TUNNELS: Final[Mapping[Method, Tunnel]] = {
    "ttls": Tunnel(packet.TTLS, TtlsInner, b"ttls keying material"),
    "peap": Tunnel(packet.PEAP, PeapInner, b"client EAP encryption"),
}


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """
    How a device is kept patient while a phone is awaited.

    It is sent the last request again, octet for octet; RFC 3748 section 4.1 has it answer the same
    without a thought, and every timer of device and access point begins anew.
    """

    every: float
    """Seconds that a request of the NAS waits before it is answered by one."""
    most: float
    """Seconds after which it ends, and the login with it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How conversations are held."""

    context: SSL.Context
    methods: tuple[Method, ...]
    """In order of preference, at least one."""
    fragment: int = FRAGMENT
    heartbeat: Heartbeat | None = None
    """None: a device is not kept patient."""


@dataclass(frozen=True, slots=True)
class Request:
    """The peer is to be sent this; it will answer."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Granted:
    """What goes out with an Access-Accept."""

    octets: bytes
    """EAP-Success."""
    msk: Secret
    """64 octets: the first half is MS-MPPE-Recv-Key, the other MS-MPPE-Send-Key (RFC 2548)."""


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


Outcome = Request | Credentials | Answered | Granted | Refused | Failed | Again | Ignored


class Conversation:
    """The server's side, from the first response on, which is an Identity."""

    def __init__(self, terms: Terms) -> None:
        self.outer_identity = b""
        """What the peer said in clear; it may be anonymous."""
        self._terms = terms
        self._method: Method | None = None
        """None: none was begun."""
        self._inner: Inner | None = None
        self._naked = False
        """The peer has asked for another method."""
        self._engine: TlsEngine | None = None
        self._assembly = Assembly()
        self._waiting: list[bytes] = []
        """Pieces of ours that are still to be sent."""
        self._begun = False
        """Something was said inside."""
        self._request = b""
        """The last one, as it was sent."""
        self._response = Response(0, 0, b"")
        """The one that came last."""
        self._rounds = 0
        self._why: str | None = None
        """TLS failed, and the peer is told by an alert."""
        self._passed: bool | None = None
        """The result that the peer is being told."""
        self._turn: Literal["peer", "login", "nobody"] = "peer"
        """Whose word is awaited."""

    # --- what comes ---

    def receive(self, response: Response) -> Outcome:
        """Take a response; give what is to be done."""
        if response == self._response:
            return Again(self._request)
        if self._turn != "peer":
            return Ignored("out-of-turn")
        if self._request and response.identifier != self._request[1]:
            return Ignored("another-identifier")
        self._response = response
        try:
            return self._next()
        except TlsFailed as error:
            self._why = str(error)
            if not error.alert:
                return self._end(error.reason, self._why)
            return self._ask(cut(error.alert, self._terms.fragment)[0])
        except PeerError as error:
            return self._end(error.reason, str(error))

    def _next(self) -> Outcome:
        response = self._response
        if self._why is not None:
            return self._end(TlsFailed.reason, self._why)  # it has heard our alert
        if self._method is None:
            return self._identity()
        if response.type == packet.NAK:
            return self._choose_again()
        if response.type != TUNNELS[self._method].type:
            return self._end("another-method")
        piece = read_piece(response.data)
        if self._waiting:
            if piece.data or piece.more or self._assembly.begun:
                return self._end("data-instead-of-acknowledgement")
            return self._ask(self._waiting.pop(0))
        message = self._assembly.add(piece)
        return self._ask(b"\0") if message is None else self._message(message)

    def _identity(self) -> Outcome:
        response = self._response
        if response.type != packet.IDENTITY:
            return self._end("no-identity")
        if len(response.data) > MAX_IDENTITY:
            return self._end("long-identity")
        self.outer_identity = response.data
        return self._start(self._terms.methods[0])

    def _start(self, method: Method) -> Outcome:
        self._method = method
        self._inner = TUNNELS[method].inner()
        return self._ask(bytes((START,)))

    def _choose_again(self) -> Outcome:
        """Take the first of our methods that the peer can do; once, and before one has begun."""
        if self._engine is not None or self._naked:
            return self._end("late-nak")
        self._naked = True
        for method in self._terms.methods:
            if TUNNELS[method].type in self._response.data and method != self._method:
                return self._start(method)
        return self._end("no-common-method")

    # --- inside ---

    def _message(self, message: bytes) -> Outcome:
        engine = self._engine
        if engine is None:
            engine = self._engine = TlsEngine(self._terms.context)
        said = engine.receive(message)
        if said:
            self._begun = True
            return self._heard(engine, said)
        output = engine.output()
        if output or message:
            return self._send(output)
        return self._begin(engine)

    def _begin(self, engine: TlsEngine) -> Outcome:
        """The peer acknowledged the end of the handshake: it waits for our first word inside."""
        first = b"" if self._inner is None or self._begun else self._inner.begin()
        if not engine.established or not first:
            return self._end("nothing-said")
        self._begun = True
        return self._say(engine, first)

    def _heard(self, engine: TlsEngine, said: bytes) -> Outcome:
        assert self._inner is not None
        heard = self._inner.hear(said)
        match heard:
            case Say(octets):
                return self._say(engine, octets)
            case Concluded():
                return self._granted() if self._passed else self._refused()
            case _:
                self._turn = "login"
                return heard

    # --- what the login says ---

    @property
    def last_request(self) -> bytes:
        """Give the last request again, for a heartbeat."""
        return self._request

    @property
    def asks(self) -> int:
        """How many more questions the peer bears."""
        return 0 if self._inner is None else self._inner.asks

    @property
    def tls(self) -> str:
        """Name the version of TLS; empty: there is none yet."""
        return "" if self._engine is None else self._engine.version

    def ask(self, text: bytes) -> Request | Failed:
        """Ask the person; only when credentials or an answer were given, and `asks` is not 0."""
        engine, inner = self._inside()
        self._turn = "peer"
        return self._say(engine, inner.ask(text))

    def conclude(self, *, passed: bool) -> Request | Granted | Refused | Failed:
        """Say the result of the login; a Request is acknowledged first, then comes the rest."""
        engine, inner = self._inside()
        self._passed = passed
        said = inner.conclude(passed=passed)
        if not said:
            return self._granted() if passed else self._refused()
        self._turn = "peer"
        return self._say(engine, said)

    def _inside(self) -> tuple[TlsEngine, Inner]:
        if self._turn != "login" or self._engine is None or self._inner is None:
            raise ValueError("found a conversation that waits for no login")
        return self._engine, self._inner

    def _granted(self) -> Granted:
        assert self._engine is not None
        assert self._method is not None
        self._turn = "nobody"
        tunnel = TUNNELS[self._method]
        msk = self._engine.keys(tunnel.type, tunnel.label)
        return Granted(packet.encode_success(self._response.identifier), msk)

    def _refused(self) -> Refused:
        self._turn = "nobody"
        return Refused(packet.encode_failure(self._response.identifier))

    # --- what goes out ---

    def _say(self, engine: TlsEngine, inner: bytes) -> Request | Failed:
        engine.send(inner)
        return self._send(engine.output())

    def _send(self, output: bytes) -> Request | Failed:
        """Send what TLS has; with nothing, the peer still waits for a request to answer."""
        first, *self._waiting = cut(output, self._terms.fragment)
        return self._ask(first)

    def _ask(self, data: bytes) -> Request | Failed:
        assert self._method is not None
        self._rounds += 1
        if self._rounds > MAX_ROUNDS:
            return self._end("too-many-rounds")
        identifier = (self._response.identifier + 1) % 256
        self._request = packet.encode_request(identifier, TUNNELS[self._method].type, data)
        return Request(self._request)

    def _end(self, reason: str, detail: str = "") -> Failed:
        self._turn = "nobody"
        return Failed(packet.encode_failure(self._response.identifier), reason, detail)
