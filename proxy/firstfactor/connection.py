"""
One connection to a server: requests go out as they come, answers find theirs by their id.

Operations are sent in the order of their deadlines, so the first of those in flight is always the
next to run out of time. An operation that gets no answer in time ends the connection, unless it
is a search and the server answered others meanwhile. What cannot be read ends it at once.
"""

from typing import Any, Final, Protocol

from OpenSSL.crypto import X509
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from proxy.deadlines import Deadlines, Delayed, Timer
from proxy.firstfactor.failures import Broken, Lost, NotSent, ServerFailure, Silent
from proxy.firstfactor.operation import Answer, Operation
from proxy.firstfactor.trust import Trust, tls_words
from proxy.ldap import passwords, requests, responses
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.framing import Framer
from proxy.ldap.message import LAST_ID, UNSOLICITED, Message, decode_message, encode_message

CLOSING: Final = 1.0
"""Seconds in which a server may answer the end of TLS before the connection is cut."""

INTERMEDIATE: Final = 0x79
"""An intermediate response (RFC 4511 section 4.13); none is asked for, none matters."""

_ANSWERS = {
    requests.BIND: responses.BIND,
    requests.SEARCH: responses.DONE,
    requests.EXTENDED: responses.EXTENDED,
    passwords.MODIFY: responses.MODIFIED,
}


class Owner(Protocol):
    """Whoever gives a connection its work."""

    def has_room(self, connection: "Connection") -> None:
        """Hear that an operation has ended on it."""

    def ended(self, connection: "Connection", failure: ServerFailure) -> None:
        """Hear that it can no longer be used, and why."""


@implementer(IHandshakeListener)
class Connection(TwistedProtocol):
    """An LDAP connection, client side; a Twisted protocol."""

    transport: Any

    def __init__(self, timer: Timer, deadlines: Deadlines) -> None:
        self.owner: Owner | None = None
        self.heard_at = 0.0
        """When the server was last heard, by the reactor's clock."""
        self.used_at = timer.seconds()
        """When an operation was last sent."""
        self.gone: Deferred[None] = Deferred()
        """Fires when the transport is closed."""
        self._timer = timer
        self._deadlines = deadlines
        self._watched = False
        self._framer = Framer()
        self._messages = iter(list[bytes]())
        self._in_flight: dict[int, Operation] = {}
        self._last_id = 0
        self._ended = False
        self._trust: Trust | None = None
        self._secured: Deferred[None] | None = None
        self._cut: Delayed | None = None

    # --- what it is used for ---

    @property
    def ended(self) -> bool:
        """Whether it can no longer be used."""
        return self._ended

    @property
    def in_flight(self) -> int:
        """How many operations wait for their answers."""
        return len(self._in_flight)

    def send(self, operation: Operation) -> None:
        """Send an operation; it fails as NotSent where the connection has ended."""
        if self._ended:
            operation.fail(NotSent("the connection has ended"))
            return
        operation.message_id = message_id = self._next_id()
        operation.holder = self
        operation.sent_at = self.used_at = self._timer.seconds()
        self._in_flight[message_id] = operation
        if not self._watched:
            self._watched = True
            self._deadlines.add(operation.deadline, self._due)
        self.transport.write(encode_message(message_id, operation.request, operation.controls))

    def ask(self, operation: Operation) -> Deferred[Answer]:
        """Send an operation; give its answer."""
        self.send(operation)
        return operation.answered

    def forget(self, operation: Operation) -> None:
        """
        Go on waiting for the answer, though nobody wants it any more.

        A server that is silent is noticed by that, however soon every login is given up.
        """

    def secure(self, trust: Trust) -> Deferred[None]:
        """
        Begin TLS; fires when the server has proved who it is.

        Called from within the answer to StartTLS. Whatever came in clear behind that answer was
        put there by somebody in between (RFC 4513 section 3.1.1): the connection fails.
        """
        self._trust = trust
        secured: Deferred[None] = Deferred()
        self._secured = secured
        if self._framer.unread or next(self._messages, None) is not None:
            self._end(Broken("found octets in clear after the answer to StartTLS"))
        else:
            self.transport.startTLS(trust.creator)
        return secured

    def close(self) -> None:
        """Say goodbye; what is in flight gets no answer."""
        if self._ended:
            return
        self.transport.write(encode_message(self._next_id(), requests.encode_unbind()))
        self._fail_all(Lost("the connection was closed"))
        self.transport.loseConnection()
        self._cut = self._timer.callLater(CLOSING, self.transport.abortConnection)

    def abort(self) -> None:
        """Cut it off."""
        self._end(Lost("the connection was closed"))

    # --- what Twisted calls ---

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Let each request leave at once, whatever the server still has to acknowledge."""
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take octets from the server."""
        if self._ended:
            return
        self.heard_at = self._timer.seconds()
        try:
            self._messages = iter(self._framer.feed(data))
            for octets in self._messages:
                self._received(decode_message(octets))
                if self._ended:
                    return
        except MalformedMessage as error:
            self._end(Broken(str(error)))

    def handshakeCompleted(self) -> None:  # noqa: N802 - Twisted's name
        """TLS is up: look at the name once more before anything is sent."""
        secured, self._secured = self._secured, None
        if secured is None or self._trust is None:
            return
        shown = self.transport.getPeerCertificate()
        if not isinstance(shown, X509):
            objection: str | None = "the server showed no certificate"
        else:
            objection = self._trust.objection(shown.to_cryptography())
        if objection is None:
            secured.callback(None)
        else:
            self._secured = secured
            self._end(NotSent(objection))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's
        """The transport is closed."""
        if self._cut is not None and self._cut.active():
            self._cut.cancel()
        error = reason.value
        words = (
            "" if error is None or isinstance(error, ConnectionDone) else f": {tls_words(error)}"
        )
        self._fail_all(Lost(f"the server ended the connection{words}"))
        self.gone.callback(None)

    # --- inside ---

    def _received(self, message: Message) -> None:
        operation = self._in_flight.get(message.message_id)
        if operation is None:
            if message.message_id == UNSOLICITED:
                self._told(message)
            return  # the answer to a search that was abandoned
        kind = operation.request[0]
        if message.operation == _ANSWERS[kind]:
            result = responses.decode_result(message.body)
            del self._in_flight[message.message_id]
            self._room()
            operation.finish(result, message.controls)
        elif message.operation == responses.ENTRY and kind == requests.SEARCH:
            operation.add(message.body)
        elif message.operation not in (responses.REFERENCE, INTERMEDIATE):
            raise MalformedMessage(f"found answer {message.operation:#04x} to request {kind:#04x}")

    def _told(self, message: Message) -> None:
        """Hear what the server says of its own accord (RFC 4511 section 4.4)."""
        if message.operation != responses.EXTENDED:
            raise MalformedMessage("found an unsolicited message that is no extended response")
        result, name = responses.decode_extended(message.body)
        if name == responses.NOTICE_OF_DISCONNECTION:
            words = f"the server ended the connection: {result.diagnostic} ({result.code})"
            self._end(Lost(words))

    def _next_id(self) -> int:
        self._last_id = self._last_id + 1 if self._last_id < LAST_ID else 1
        return self._last_id

    def _room(self) -> None:
        if self.owner is not None:
            self.owner.has_room(self)

    def _due(self, now: float) -> float | None:
        """Give up what has had its time; give the next deadline."""
        while self._in_flight and not self._ended:
            oldest = next(iter(self._in_flight.values()))
            if oldest.deadline > now:
                return oldest.deadline
            self._give_up(oldest)
        self._watched = False
        return None

    def _give_up(self, operation: Operation) -> None:
        silent = Silent("no answer in time", operation.sent_at)
        if operation.request[0] != requests.SEARCH or self.heard_at < operation.sent_at:
            self._end(silent)
        else:
            del self._in_flight[operation.message_id]
            abandon = requests.encode_abandon(operation.message_id)
            self.transport.write(encode_message(self._next_id(), abandon))
            self._room()
            operation.fail(silent)

    def _end(self, failure: ServerFailure) -> None:
        if self._ended:
            return
        self._fail_all(failure)
        if self.transport is not None:
            self.transport.abortConnection()

    def _fail_all(self, failure: ServerFailure) -> None:
        """Take leave of the owner first, so that whatever is repeated goes elsewhere."""
        if self._ended:
            return
        self._ended = True
        if self.owner is not None:
            self.owner.ended(self, failure)
        in_flight, self._in_flight = self._in_flight, {}
        for operation in in_flight.values():
            operation.fail(failure)
        if self._secured is not None:
            secured, self._secured = self._secured, None
            secured.errback(failure)
