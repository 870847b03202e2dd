"""Approval requests for the rooms above: each method is one transaction."""

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import Deferred

from proxy.deadlines import Timer
from proxy.login.actions import AskApproval, ClaimApproval, WithdrawApproval
from proxy.login.events import (
    ApprovalAnswered,
    ApprovalAsked,
    ApprovalClaimed,
    ApprovalEnded,
    ApprovalLost,
    ApprovalNotAsked,
)
from proxy.login.fatigue import DEFAULT, Defence
from proxy.store import approvals, asking, open_approvals
from proxy.store.engine import Store
from proxy.store.session import Session

Sign = Callable[[Session, asking.NewApproval], str]
"""Gives the signed request of a new approval, by the key that signs as the transaction sees it."""


class StoredApprovals:
    """
    The approval requests of one store.

    Args:
        sign: makes the signed request of a new approval; called in the transaction.
        lifetime: seconds that a request without a number can be answered.
        late: seconds after its answer in which an approval serves a retry.
        synced_passkeys: passkeys that a cloud account may carry elsewhere serve.
        country_of: gives the country of a caller; None: it is not known.
        defence: gives what holds now against people being worn down by pushes.
    """

    def __init__(
        self,
        store: Store,
        timer: Timer,
        sign: Sign,
        *,
        lifetime: float,
        late: float,
        synced_passkeys: bool = True,
        defence: Callable[[], Defence] = lambda: DEFAULT,
        country_of: Callable[[str | None], str | None] = lambda _: None,
    ) -> None:
        self._store = store
        self._timer = timer
        self._sign = sign
        self.lifetime = lifetime
        """May be changed at any time, as those below: for requests that are asked from then on."""
        self.late = late
        self.synced_passkeys = synced_passkeys
        self._defence = defence
        self._country_of = country_of

    def ask(
        self, question: AskApproval, *, may_open: bool
    ) -> Deferred[ApprovalAsked | ApprovalNotAsked]:
        """Find or make the request that serves a login."""
        now = self._timer.seconds()
        country = self._country_of(question.login.caller)

        def job(session: Session) -> ApprovalAsked | ApprovalNotAsked:
            sign = partial(self._sign, session)
            terms = asking.Terms(
                sign,
                self.lifetime,
                self.late,
                may_open,
                self.synced_passkeys,
                self._defence(),
                country,
            )
            return asking.ask(session, question, terms, now)

        return self._store.write(job)

    def claim(self, question: ClaimApproval) -> Deferred[ApprovalClaimed | ApprovalLost]:
        """Make an approved request one login's own."""
        now = self._timer.seconds()
        return self._store.write(lambda session: asking.claim(session, question, now))

    def withdraw(self, question: WithdrawApproval) -> Deferred[None]:
        """Take an open request off its phone."""
        now, approval_id = self._timer.seconds(), question.approval_id
        if question.given_up:
            return self._store.write(
                lambda session: approvals.give_up(session, approval_id, self._defence(), now)
            )
        return self._store.write(lambda session: approvals.withdraw(session, approval_id, now))

    def outcome(self, approval_id: str) -> ApprovalAnswered | ApprovalEnded | float:
        """Give what became of a request; a time: it is open until then."""
        found = self._store.read(lambda session: open_approvals.for_answer(session, approval_id))
        if found is None:
            return ApprovalEnded(approval_id, "void")
        match found.state:
            case "open":
                if found.expires_at > self._timer.seconds():
                    return found.expires_at
                return ApprovalEnded(approval_id, "expired")
            case "approved":
                return ApprovalAnswered(approval_id, "approve")
            case "denied":
                return ApprovalAnswered(approval_id, "deny")
            case "reported":
                return ApprovalAnswered(approval_id, "report")
            case "expired":
                return ApprovalEnded(approval_id, "expired")
            case "withdrawn" | "given-up":
                return ApprovalEnded(approval_id, "withdrawn")
            case "wrong-number":
                return ApprovalEnded(approval_id, "wrong-number")
            case _:
                return ApprovalEnded(approval_id, "void")
