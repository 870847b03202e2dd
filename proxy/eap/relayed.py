"""
EAP that another RADIUS server speaks: whose turn it is, and what is held back until the end.

    device ─► response ─► the other server ─► request ─► device      as often as it likes
                                └► its Access-Accept: held ─► the login ─► released, or EAP-Failure

Nothing of the method is read here. What repeats never goes to the other server: not a response that
came before, nor one that answers the last request again while a phone is awaited.
"""

from dataclasses import dataclass
from typing import Final, Literal

from proxy.eap import packet
from proxy.eap.conversation import MAX_IDENTITY, Again, Failed, Ignored, Refused, Request
from proxy.eap.inner import Proof
from proxy.eap.packet import MalformedEap, Response
from proxy.eap.progress import Progress
from proxy.secret import Secret

MAX_ROUNDS: Final = 100
"""Requests; no supplicant bears more (wpa_supplicant gives up at the 101st)."""


@dataclass(frozen=True, slots=True)
class Released:
    """What goes out with an Access-Accept that was held."""

    octets: bytes
    """EAP-Success, as it came."""
    keys: tuple[tuple[int, Secret], ...]
    """Types and values of Microsoft's key attributes (RFC 2548 section 2.4), revealed."""
    passed: str | None
    """Attributes of the other server that go on to the NAS, sealed; None: none do."""


@dataclass(frozen=True, slots=True)
class Forward:
    """The response is for the other server."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the other half of a conversation is: one server, and the State that it gave last."""

    server: str
    state: bytes | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What is asked of the other server."""

    eap: bytes
    """The response, as it came."""
    user_name: bytes
    attributes: tuple[tuple[int, bytes], ...]
    """Of the NAS's request."""
    place: Place | None
    """None: any server may begin the conversation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """It asks on: Access-Challenge."""

    octets: bytes
    """The EAP request."""
    place: Place


@dataclass(frozen=True, slots=True)
class Accepted:
    """Access-Accept, to be held."""

    held: Released
    user_name: bytes | None
    """What it says; None: nothing."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Access-Reject; or an answer that lets nobody in."""

    detail: str = ""
    """What was found and wanted; empty: it refused."""


@dataclass(frozen=True, slots=True)
class Silent:
    """It did not answer."""

    reason: str


Said = Asked | Accepted | Rejected | Silent


class Relayed:
    """One conversation, from the first response on, which is an Identity."""

    asks: Final = 0
    """Nothing of ours can be asked inside."""
    tls: Final = ""
    progress: Final = Progress.BEGUN
    """Its TLS, if it has any, is the other server's."""

    def __init__(self) -> None:
        self.outer_identity = b""
        """What the peer said in clear; it may be anonymous."""
        self.place: Place | None = None
        """None: no server has answered yet."""
        self._request = b""
        self._response = Response(0, 0, b"")
        self._rounds = 0
        self._held: Released | None = None
        self._turn: Literal["peer", "server", "login", "nobody"] = "peer"

    def greet(self, identifier: int) -> Request:
        """Ask who the peer is, where its authenticator did not; the answer goes on."""
        self._request = packet.encode_request(identifier, packet.IDENTITY, b"")
        return Request(self._request)

    def receive(self, response: Response) -> Forward | Again | Ignored | Failed:
        """Take a response; give what is to be done."""
        if self._request and response == self._response:
            return Again(self._request)
        if self._turn != "peer":
            return Ignored("out-of-turn")
        if self._request and response.identifier != self._request[1]:
            return Ignored("another-identifier")
        self._response = response
        if self.place is None:
            if response.type != packet.IDENTITY:
                return self._end("no-identity")
            if len(response.data) > MAX_IDENTITY:
                return self._end("long-identity")
            self.outer_identity = response.data
        elif response.type == packet.IDENTITY and response.data != self.outer_identity:
            return self._end("another-identity")  # nobody is let in under a name said before
        self._turn = "server"
        return Forward()

    def beat(self) -> bytes:
        """Give the last request again, which keeps the peer patient."""
        return self._request

    def asked(self, asked: Asked) -> Request | Failed:
        """Take the other server's next request."""
        self._rounds += 1
        if self._rounds > MAX_ROUNDS:
            return self._end("too-many-rounds")
        self._request, self.place, self._turn = asked.octets, asked.place, "peer"
        return Request(asked.octets)

    def hold(self, held: Released) -> None:
        """Keep what the other server grants until the login is decided."""
        self._held, self._turn = held, "login"

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> Released | Refused:  # noqa: ARG002 - as that of a conversation here
        """Say the result of the login; only when something is held."""
        if self._turn != "login" or self._held is None:
            raise ValueError("found a conversation that waits for no login")
        self._turn = "nobody"
        if passed:
            return self._held
        self._held = None
        return Refused(packet.encode_failure(self._response.identifier))

    def _end(self, reason: str) -> Failed:
        self._turn = "nobody"
        return Failed(packet.encode_failure(self._response.identifier), reason)


def check_request(octets: bytes) -> None:
    """Raise MalformedEap: what another server asks is no EAP request (RFC 3748 section 4.1)."""
    if not packet.HEADER_LENGTH < len(octets) <= packet.MAX_LENGTH or octets[0] != packet.REQUEST:
        raise MalformedEap(f"found {len(octets)} octets that are no EAP request")
    _check_length(octets)


def check_success(octets: bytes) -> None:
    """Raise MalformedEap: what another server grants with is no EAP-Success."""
    if len(octets) != packet.HEADER_LENGTH or octets[0] != packet.SUCCESS:
        raise MalformedEap(f"found {len(octets)} octets that are no EAP-Success")
    _check_length(octets)


def _check_length(octets: bytes) -> None:
    length = int.from_bytes(octets[2:4], "big")
    if length != len(octets):
        raise MalformedEap(f"found {len(octets)} octets in a packet of {length}")


def person(returned: bytes | None, outer_identity: bytes, *, must_return: bool) -> bytes | None:
    """
    Name whom another server let in; None: nothing names them.

    Args:
        returned: the User-Name of its Access-Accept; some servers give back what the device said
            in clear, so it may be anonymous too.
        must_return: what the device said in clear is not believed.
    """
    for name in (returned or b"",) if must_return else (returned or b"", outer_identity):
        if not is_anonymous(name):
            return name
    return None


def is_anonymous(identity: bytes) -> bool:
    """Say whether an outer identity names nobody: it hides the inner one (RFC 7542 section 2.4)."""
    name = identity.rpartition(b"\\")[2].strip().lower()
    return not name or name.startswith((b"@", b"anonymous"))
