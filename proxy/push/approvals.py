"""
The Approvals port: a question is one transaction in the store, an answer is waited for here.

Nothing is held while a phone is awaited but one small object: no connection, thread, transaction or
timer of its own. The store is the truth: a waiter is woken by word that its request has ended
(`ended`, from this process or another) and reads what became of it.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from twisted.internet.defer import Deferred, succeed

from proxy.deadlines import Deadline, Deadlines, Timer
from proxy.errors import Unavailable
from proxy.login.actions import AskApproval, ClaimApproval, WithdrawApproval
from proxy.login.events import (
    ApprovalAnswered,
    ApprovalAsked,
    ApprovalClaimed,
    ApprovalEnded,
    ApprovalLost,
    ApprovalNotAsked,
    ApprovalWithdrawn,
)

Outcome = ApprovalAnswered | ApprovalEnded


class KeptApprovals(Protocol):
    """What is needed of the store; each method is one transaction."""

    def ask(
        self, question: AskApproval, *, may_open: bool
    ) -> Awaitable[ApprovalAsked | ApprovalNotAsked]:
        """Find or make the request that serves a login; make none unless *may_open*."""

    def claim(self, question: ClaimApproval) -> Awaitable[ApprovalClaimed | ApprovalLost]:
        """Make an approved request one login's own."""

    def withdraw(self, question: WithdrawApproval) -> Awaitable[None]:
        """Take an open request off its phone."""

    def outcome(self, approval_id: str) -> Outcome | float:
        """Give what became of a request, at once; a time: it is open until then."""


class Pending:
    """An open request and whoever waits for its answer here."""

    __slots__ = ("_forget", "approval_id", "entry", "expires_at", "waiters")

    def __init__(self, approval_id: str, expires_at: float, approvals: "Approvals") -> None:
        self.approval_id = approval_id
        self.expires_at = expires_at
        self.waiters: list[Deferred[Outcome]] = []
        self.entry: Deadline | None = None
        self._forget = approvals

    def __call__(self, now: float) -> float | None:
        """End the wait when the request can be answered no longer; its deadline asks it so."""
        if now < self.expires_at:
            return self.expires_at
        self._forget.expired(self)
        return None


class Approvals:
    """
    The port, for one process.

    Args:
        pending_limit: requests that may be open at once; one more is not asked.
        opened: called with the id of each request that was made; must return at once.
    """

    def __init__(
        self,
        kept: KeptApprovals,
        timer: Timer,
        pending_limit: int,
        opened: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._kept = kept
        self._timer = timer
        self._deadlines = Deadlines(timer)
        self.pending_limit = pending_limit
        """May be changed at any time."""
        self._opened = opened
        self._pending: dict[str, Pending] = {}

    def __len__(self) -> int:
        return len(self._pending)

    async def ask(self, question: AskApproval) -> ApprovalAsked | ApprovalNotAsked:
        """Open a request on the person's phone, or join the one that is this login's."""
        may_open = len(self._pending) < self.pending_limit
        event = await self._kept.ask(question, may_open=may_open)
        if isinstance(event, ApprovalAsked) and event.expires_at > self._timer.seconds():
            self._remember(event.approval_id, event.expires_at)
            if not event.joined:
                self._opened(event.approval_id)
        return event

    def answered(self, approval_id: str) -> Deferred[Outcome]:
        """Wait for the end of a request; cancelling leaves the request open."""
        found = self._kept.outcome(approval_id)
        if not isinstance(found, float):
            self._wake(approval_id, found)
            return succeed(found)
        pending = self._remember(approval_id, found)
        waiter: Deferred[Outcome] = Deferred(pending.waiters.remove)
        pending.waiters.append(waiter)
        return waiter

    async def claim(self, question: ClaimApproval) -> ApprovalClaimed | ApprovalLost:
        """Make an approved request one login's own, for ever."""
        return await self._kept.claim(question)

    async def withdraw(self, question: WithdrawApproval) -> ApprovalWithdrawn:
        """Take an open request off the phone."""
        await self._kept.withdraw(question)
        return ApprovalWithdrawn(question.approval_id)

    def ended(self, approval_id: str) -> None:
        """Wake whoever waits for this request: some process ended it."""
        pending = self._pending.get(approval_id)
        if pending is None:
            return
        found = self._kept.outcome(approval_id)
        if not isinstance(found, float):
            self._wake(approval_id, found)

    def expired(self, pending: Pending) -> None:
        """End the wait for a request whose time is over; its answer may have come just before."""
        approval_id = pending.approval_id
        if self._pending.get(approval_id) is not pending:
            return
        try:
            found = self._kept.outcome(approval_id)
        except Unavailable:
            found = pending.expires_at
        expired = ApprovalEnded(approval_id, "expired")
        self._wake(approval_id, expired if isinstance(found, float) else found)

    def _remember(self, approval_id: str, expires_at: float) -> Pending:
        pending = self._pending.get(approval_id)
        if pending is None:
            pending = self._pending[approval_id] = Pending(approval_id, expires_at, self)
            pending.entry = self._deadlines.add(expires_at, pending)
        return pending

    def _wake(self, approval_id: str, outcome: Outcome) -> None:
        pending = self._pending.pop(approval_id, None)
        if pending is None:
            return
        if pending.entry is not None:
            self._deadlines.drop(pending.entry)
        waiters, pending.waiters = pending.waiters, []
        for waiter in waiters:
            waiter.callback(outcome)
