"""
EAP that another RADIUS server speaks: its answers go on to the NAS, its Access-Accept does not yet.

Each response of a device is one request to that server, however often the NAS sends it: whatever
comes while the server is asked waits for the same answer. Whom its Access-Accept lets in becomes a
login whose first factor is proved; the login's end releases what was held, or refuses it.
"""

from dataclasses import replace
from typing import Protocol, assert_never

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from proxy.eap.conversation import Failed, Request
from proxy.eap.relayed import Accepted, Asked, Rejected, Relayed, Said, Silent, Turn, person
from proxy.frontends.radius.arrived import At
from proxy.frontends.radius.discards import Discards
from proxy.frontends.radius.reading import Refused
from proxy.frontends.radius.relay_terms import RelayTerms
from proxy.frontends.radius.talks import Conversations, Talk
from proxy.login.actions import Reject, Unanswered
from proxy.login.request import LoginRequest, Proof
from proxy.ports import EapUpstream
from proxy.radius.packet import EAP_MESSAGE, USER_NAME


class Door(Protocol):
    """What the relay needs of the door that it belongs to."""

    def go_on(self, talk: Talk, outcome: Request | Failed, at: At) -> None:
        """Send the next request, or end the conversation."""

    def start(self, talk: Talk, asked: LoginRequest | Refused, at: At) -> None:
        """Begin a login, whose end ends the conversation."""

    def refuse(self, at: At, reason: str, detail: str = "") -> None:
        """Refuse a request before any login."""


class Relay:
    """Sends on what devices respond."""

    _log = Logger()

    def __init__(self, door: Door, talks: Conversations, discards: Discards) -> None:
        self._door = door
        self._talks = talks
        self._discards = discards

    def forward(self, talk: Talk, at: At) -> None:
        """Send a response on; a newer request of the NAS may wait for the answer in its place."""
        conversation, terms = talk.conversation, at.terms
        if not (isinstance(conversation, Relayed) and isinstance(terms, RelayTerms)):
            self._talks.end(talk)  # the configuration is another one now
            self._door.refuse(at, "eap-state")
            return
        talk.pending = at.pending
        turn = Turn(
            b"".join(at.packet.all(EAP_MESSAGE)),
            at.packet.first(USER_NAME) or conversation.outer_identity,
            at.packet.attributes,
            conversation.place,
        )
        upstream = terms.upstream
        asked = Deferred.fromCoroutine(_asked(upstream, turn))
        asked.addCallback(lambda said: self._hear(talk, conversation, upstream, said, at))
        asked.addErrback(lambda failure: self._fails(talk, failure))

    def _hear(
        self, talk: Talk, conversation: Relayed, upstream: EapUpstream, said: Said, at: At
    ) -> None:
        """Pass on what the other server says, or hold it until the login is decided."""
        pending, talk.pending = talk.pending, None
        assert pending is not None
        if talk not in self._talks:  # it was given up for a newer one
            pending(Unanswered("gone"), None)
            return
        at = replace(at, pending=pending)
        self._talks.heard(talk)
        match said:
            case Asked():
                self._door.go_on(talk, conversation.asked(said), at)
            case Accepted():
                self._accepted(talk, conversation, upstream, said, at)
            case Rejected(detail):  # at once: the other server has delayed it
                self._talks.end(talk)
                reason = "eap-upstream-unusable" if detail else "eap-upstream-refused"
                self._discards.refuse(reason, at.client.name, at.source, detail)
                pending(Reject("bad-credentials"), None)
            case Silent(reason):
                self._talks.end(talk)
                self._discards.drop("eap-upstream-silent", at.source, reason)
                pending(Unanswered("silent"), None)
            case _:
                assert_never(said)

    def _accepted(
        self, talk: Talk, conversation: Relayed, upstream: EapUpstream, said: Accepted, at: At
    ) -> None:
        """Begin the login of whom the other server let in."""
        name = person(said.user_name, conversation.outer_identity, must_return=upstream.must_return)
        if name is None:
            self._talks.end(talk)
            detail = f"found no User-Name in an Access-Accept of {upstream.name}, wanted one"
            self._door.refuse(at, "eap-nobody", detail)
            return
        conversation.hold(said.held)
        proof = Proof("upstream", upstream=upstream.name, passed=said.held.passed)
        self._door.start(talk, at.vouched(name, proof), at)

    def _fails(self, talk: Talk, failure: Failure) -> None:
        """Leave a conversation unanswered: our own bug."""
        self._log.failure("EAP could not be relayed", failure)
        pending, talk.pending = talk.pending, None
        self._talks.end(talk)
        if pending is not None:
            pending(Unanswered("failed"), None)


async def _asked(upstream: EapUpstream, turn: Turn) -> Said:
    return await upstream.relay(turn)
