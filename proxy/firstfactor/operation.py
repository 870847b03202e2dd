"""One request, and what has come of its answer; whoever holds it can be told to let go of it."""

from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred

from proxy.ldap.ber import MalformedMessage
from proxy.ldap.responses import Result

ANSWER_OCTETS = 32 * 1024 * 1024
"""All entries of one answer: some thousand groups with names of some hundred octets are 1 MiB."""
ANSWER_ENTRIES = 65_536
"""Entries counted before a server is held to send them without end."""


class Answer(NamedTuple):
    """A whole answer; a tuple, because every login makes several."""

    result: Result
    controls: bytes
    """The contents of the controls beside the result."""
    entries: list[bytes]
    """Bodies of the entries, as many as were wanted."""
    dropped: int
    """Entries beyond that."""


class Holder(Protocol):
    """Whoever has an operation now: a queue, or a connection on which it was sent."""

    def forget(self, operation: "Operation") -> None:
        """Let go of it: nobody waits for the answer any more."""


class Operation:
    """
    A request on its way; `answered` may be cancelled wherever it is.

    Args:
        request: the encoded operation.
        deadline: the latest time for the answer, by the reactor's clock.
        entries_wanted: how many entries of the answer are kept.
    """

    __slots__ = (
        "_dropped",
        "_entries",
        "_entries_wanted",
        "_octets",
        "answered",
        "controls",
        "deadline",
        "holder",
        "message_id",
        "request",
        "sent_at",
    )

    def __init__(
        self, request: bytes, deadline: float, *, controls: bytes = b"", entries_wanted: int = 0
    ) -> None:
        self.request = request
        self.controls = controls
        self.deadline = deadline
        self.sent_at = 0.0
        self.message_id = 0
        self.holder: Holder | None = None
        self.answered: Deferred[Answer] = Deferred(self._cancel)
        self._entries_wanted = entries_wanted
        self._entries: list[bytes] = []
        self._octets = 0
        self._dropped = 0

    def add(self, entry: bytes) -> None:
        """Take one entry. Raises MalformedMessage where there is no end to them."""
        self._octets += len(entry)
        if self._octets > ANSWER_OCTETS:
            raise MalformedMessage(f"found more than {ANSWER_OCTETS} octets of entries")
        if len(self._entries) < self._entries_wanted:
            self._entries.append(entry)
            return
        self._dropped += 1
        if self._dropped > ANSWER_ENTRIES:
            raise MalformedMessage(f"found more than {ANSWER_ENTRIES} entries")

    def finish(self, result: Result, controls: bytes) -> None:
        """Hand over the answer to whoever still waits for it."""
        if not self.answered.called:
            self.answered.callback(Answer(result, controls, self._entries, self._dropped))

    def fail(self, failure: Exception) -> None:
        """Say that no answer will come."""
        if not self.answered.called:
            self.answered.errback(failure)

    def _cancel(self, _: Deferred[Answer]) -> None:
        if self.holder is not None:
            self.holder.forget(self)
