"""
The logins that are going on in this process, and who gets the answer of each.

A login is found under its key by whatever request joins it, from its beginning until its last
request has its answer: an Access-Reject that is being delayed can still be joined.
"""

from collections.abc import Callable
from random import random
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from proxy.deadlines import Deadline, Deadlines, Timer
from proxy.login.actions import Answer, Reject
from proxy.login.joining import Joined, JoinKey, reject_at, verdicts
from proxy.login.policy import Policy
from proxy.login.request import Login
from proxy.login.stages import Known
from proxy.ports import Reply

JITTER: Final = 0.25
"""The share of the reject delay that chance adds: its length tells nothing of what took time."""

LOOK_AGAIN: Final = 0.25
"""Seconds, within the margin of any sensible wait."""


class Running:
    """One login that is going on, with the requests that belong to it."""

    __slots__ = (
        "answer",
        "asking",
        "digest",
        "entry",
        "key",
        "known",
        "left",
        "login",
        "packed",
        "policies",
        "requests",
        "resumed",
        "state",
        "steps",
        "unanswered",
        "wait",
        "work",
    )

    def __init__(self, key: JoinKey | None, first: Joined[Reply], wait: float) -> None:
        self.key = key
        self.requests = [first]
        """The newest is the last."""
        self.wait = wait
        """Seconds that the NAS waits; the policy may change it."""
        self.login: Login | None = None
        """None until a State was found."""
        self.policies: tuple[Policy, ...] = ()
        """Those that it may come under; of a State that is answered, none is asked again."""
        self.known: Known | None = None
        """None until the person and the policy are known."""
        self.resumed: bytes | None = None
        """The State that is being answered."""
        self.digest = b""
        """Of the text that answers it."""
        self.work: Deferred[Any] | None = None
        """What it waits for, or did last; cancelling it gives up the question that a helper has."""
        self.left = False
        """Nobody waits for its answer any more."""
        self.asking = False
        """A helper has a question that may be given up."""
        self.packed: tuple[bytes, ...] = ()
        """The steps that were taken before it waited for a phone."""
        self.steps: list[bytes] = []
        """Those that were taken since, as the record has them."""
        self.answer: Answer | None = None
        """Set once the login has ended; a request that joins now gets it too."""
        self.state: bytes | None = None
        """The State that goes out with a Challenge."""
        self.entry: Deadline | None = None
        """Its place in the queue of deadlines."""
        self.unanswered = 1
        """Requests that have no answer yet."""

    def deadline(self) -> float:
        """Give the latest time at which the newest request must have its answer."""
        return self.requests[-1].deadline(self.wait)

    def __call__(self, now: float) -> float | None:
        """
        End what is awaited if the deadline has come; else say when to look again.

        The login itself is what its deadline asks: thousands wait, and a bound method is one object
        more for each.
        """
        if self.answer is not None:
            return None
        deadline = self.deadline()
        if deadline > now:
            return deadline
        if self.asking and self.give_up():
            return None
        # The store is at work, or the answer has just come; what is asked next must not wait.
        return now + LOOK_AGAIN

    def give_up(self) -> bool:
        """Cancel the question that a helper has; False: it has none, or has answered."""
        if self.work is None or self.work.called:
            return False
        self.work.cancel()
        return True


class GoingOn:
    """
    The registry of running logins.

    Args:
        reject_delay: seconds between a request and its Access-Reject; jitter comes on top.
    """

    _log = Logger()

    def __init__(self, timer: Timer, reject_delay: float) -> None:
        self._timer = timer
        self._deadlines = Deadlines(timer)
        self.reject_delay = reject_delay
        """May be changed at any time."""
        self._by_key: dict[JoinKey, Running] = {}
        self._all: set[Running] = set()
        self._idle: Deferred[None] | None = None

    def __len__(self) -> int:
        return len(self._all)

    def find(self, key: JoinKey | None) -> Running | None:
        """Give the login that a request with this key belongs to."""
        return None if key is None else self._by_key.get(key)

    def add(self, running: Running) -> None:
        """Take in a login that begins."""
        self._all.add(running)
        if running.key is not None:
            self._by_key[running.key] = running
        running.entry = self._deadlines.add(running.deadline(), running)

    def join(self, running: Running, request: Joined[Reply]) -> None:
        """Add a request to a login; it is the newest now."""
        running.requests.append(request)
        running.unanswered += 1
        if running.answer is not None:
            self._give(running, request, running.answer)

    def leave(self, running: Running, reply: Reply) -> None:
        """Hear that nobody waits for a reply; a login that waits for a phone alone is given up."""
        if running.answer is not None:
            return
        others = [one for one in running.requests if one.reply is not reply]
        if others and len(others) < len(running.requests):
            running.requests = others
            running.unanswered -= 1
        elif not others and running.asking:
            running.left = True
            running.give_up()

    def wait(self, running: Running, wait: float) -> None:
        """Set how long the NAS waits, as the policy says."""
        if wait == running.wait:
            return
        running.wait = wait
        if running.entry is not None:
            self._deadlines.drop(running.entry)
        running.entry = self._deadlines.add(running.deadline(), running)

    def end(self, running: Running, answer: Answer) -> None:
        """Answer every request of a login; Access-Rejects later."""
        running.answer = answer
        now = self._timer.seconds()
        for request, given in verdicts(running.requests, answer, running.wait, now):
            self._give(running, request, given)

    def refuse(self, request: Joined[Reply], wait: float, reject: Reject) -> None:
        """Refuse a request that is no login, after the same delay as any other."""
        self._later(request, wait, lambda: self._send(request.reply, reject, None))

    def _give(self, running: Running, request: Joined[Reply], answer: Answer) -> None:
        if isinstance(answer, Reject) and answer.relayed is None:
            self._later(request, running.wait, lambda: self._answered(running, request, answer))
        else:
            self._answered(running, request, answer)

    def _later(self, request: Joined[Reply], wait: float, then: Callable[[], None]) -> None:
        now = self._timer.seconds()
        delay = self.reject_delay * (1 + JITTER * random())  # noqa: S311 - only spreads replies
        at = reject_at(request, wait, delay, now)
        if at <= now:
            then()
        else:
            self._timer.callLater(at - now, then)

    def _answered(self, running: Running, request: Joined[Reply], answer: Answer) -> None:
        self._send(request.reply, answer, running.state)
        running.unanswered -= 1
        if running.unanswered == 0:
            self._remove(running)

    def _send(self, reply: Reply, answer: Answer, state: bytes | None) -> None:
        try:
            reply(answer, state)
        except Exception:  # noqa: BLE001 - a fault in one reply must not reach another login
            self._log.failure("a reply could not be sent")

    def _remove(self, running: Running) -> None:
        self._all.discard(running)
        if running.entry is not None:
            self._deadlines.drop(running.entry)
        if running.key is not None and self._by_key.get(running.key) is running:
            del self._by_key[running.key]
        if self._idle is not None and not self._all:
            self._idle.callback(None)
            self._idle = None

    def idle(self) -> Deferred[None]:
        """Wait until nothing is going on."""
        if not self._all:
            return succeed(None)
        if self._idle is None:
            self._idle = Deferred()
        return self._idle

    def abandon(self) -> None:
        """Leave whatever is going on unanswered; its approvals stay open in the store."""
        for running in list(self._all):
            if running.asking:
                running.give_up()
            elif running.answer is not None:
                self._remove(running)
