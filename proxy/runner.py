"""
Drives logins: puts each question to the helper that answers it, until the machine gives an answer.

One coroutine a login, and none while it waits for a phone; those that were answered go on in turns.
A request that belongs to a login that is going on joins it; whoever comes with the same State and
the same text joins its answer. Before an answer leaves, its record, the parked stage and the
outcome of the State that it answered are committed together. Whatever goes wrong here is logged
once and the requests stay unanswered: nothing ever fails open.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import LogEvent, Logger, globalLogPublisher
from twisted.python.failure import Failure

from proxy.accounts.account import fold_username
from proxy.deadlines import Timer
from proxy.endings import line_of, next_state, parked_login, parked_stage, record_of
from proxy.errors import Unavailable
from proxy.going_on import GoingOn, Running
from proxy.helpers import Helpers
from proxy.login.actions import (
    Action,
    Answer,
    AwaitApproval,
    Challenge,
    RecallSecondFactor,
    Reject,
    RejectReason,
    Unanswered,
)
from proxy.login.events import (
    AnswerGiven,
    CallerGone,
    Event,
    LoginStarted,
    LoginVouched,
    StoreFailed,
    TimeRanOut,
)
from proxy.login.joining import Joined, joinable
from proxy.login.machine import step
from proxy.login.policy import Policy, candidates
from proxy.login.realm import Realms
from proxy.login.record import (
    UnreadableRecord,
    keep_outcome,
    pack,
    read_outcome,
    write_step,
)
from proxy.login.remembering import to_remember
from proxy.login.request import ClientTerms, LoginRequest, Resume
from proxy.login.stages import (
    AnsweringUpstream,
    Arrived,
    AwaitingUpstreamAnswer,
    Ended,
    Parkable,
    Stage,
    known_of,
)
from proxy.ports import (
    AlreadyEnded,
    Ending,
    FirstFactor,
    NotParked,
    Outcome,
    Reply,
)
from proxy.sealing import keyed_digest
from proxy.turns import Turns


@dataclass(frozen=True, slots=True)
class Held:
    """A login that waits for a phone, and where it goes on."""

    stage: Stage
    approval_id: str


T = TypeVar("T")
Work = Coroutine[Deferred[Any], Any, Answer | Held]
"""A login on its way; it awaits one Deferred after another."""


class Runner:
    """
    The hall.

    Args:
        policies: in order.
        answer_key: 32 octets, for the digests of what answers a State.
        limit: logins that may go on at once; one more is refused.
        realms: where typed names are looked up; None: wherever the policies say.
    """

    _log = Logger()
    _observe: Callable[[LogEvent], None] = staticmethod(globalLogPublisher)

    def __init__(
        self,
        helpers: Helpers,
        policies: Sequence[Policy],
        going_on: GoingOn,
        timer: Timer,
        *,
        answer_key: bytes,
        limit: int,
        realms: Realms | None = None,
    ) -> None:
        self._policies = tuple(policies)
        self._realms = realms
        self._helpers = helpers
        self._going_on = going_on
        self._timer = timer
        self._turns = Turns(timer)
        self._answer_key = answer_key
        self._next_key = keyed_digest(answer_key, b"next state")
        self._parking_key = keyed_digest(answer_key, b"parked passwords")
        self._limit = limit
        self._stopping = False

    def configure(
        self,
        policies: Sequence[Policy],
        first_factor: FirstFactor,
        limit: int,
        realms: Realms | None = None,
    ) -> None:
        """Take what was read again; a login keeps the policies and directories it began with."""
        self._policies = tuple(policies)
        self._realms = realms
        self._helpers = replace(self._helpers, first_factor=first_factor)
        self._limit = limit

    # --- the ways in ---

    def begin(self, request: LoginRequest, reply: Reply) -> Running:
        """
        Begin a login, or join the one going on for this person, password, client and caller.

        Gives the login; `leave` takes it.
        """
        login = request.login
        joined = Joined(request.arrived, reply)
        fitting = candidates(self._policies, request)
        realms, key = self._realms, None
        if login.join_digest is not None:
            name = login.username
            if realms is not None:
                name = realms.key(name, login.client.name, [one.directory for one in fitting])
            key = (login.join_digest, fold_username(name))
            if request.response:
                key = (self._response_digest(request), key[1])
        known = self._going_on.find(key)
        if known is not None and joinable(known.policies, fitting):
            self._going_on.join(known, joined)
            return known
        running = Running(key, joined, login.client.wait)
        running.login, running.policies = login, fitting
        proof = request.proof
        begun = LoginStarted() if proof is None else LoginVouched(proof.by, proof.upstream)
        self._start(running, self._drive(running, Arrived(request, fitting, realms), begun))
        return running

    def _response_digest(self, request: LoginRequest) -> bytes:
        """
        Give the digest of a response, which is in no join digest.

        Nothing is checked of a request that joins a login: its password is the one that began it.
        So the same response joins; another is checked, and then joins the approval.
        """
        digest = request.login.join_digest or b""
        return keyed_digest(self._answer_key, digest, request.password.reveal())

    def resume(self, resume: Resume, reply: Reply) -> Running | None:
        """
        Go on with a parked login, or join the same answer to the same State.

        Gives the login; `leave` takes it. None: it is refused.
        """
        joined = Joined(resume.arrived, reply)
        key = (resume.state, f"{resume.client.name}\n{fold_username(resume.username)}")
        digest = keyed_digest(self._answer_key, resume.answer.reveal())
        known = self._going_on.find(key)
        if known is not None and known.digest == digest:
            self._going_on.join(known, joined)
            return known
        if known is not None:
            self._going_on.refuse(joined, resume.client.wait, Reject("state"))
            return None
        running = Running(key, joined, resume.client.wait)
        running.resumed, running.digest = resume.state, digest
        self._start(running, self._resume(running, resume))
        return running

    def leave(self, running: Running, reply: Reply) -> None:
        """Hear that whoever was to be told by *reply* has gone."""
        self._going_on.leave(running, reply)

    def refuse(
        self, arrived: float, client: ClientTerms, reason: RejectReason, reply: Reply
    ) -> None:
        """Refuse a request that is no login, after the same delay as any other."""
        self._going_on.refuse(Joined(arrived, reply), client.wait, Reject(reason))

    def still_remembered(self, question: RecallSecondFactor) -> bool:
        """Say whether a second factor serves whoever resumes a session; their login asks again."""
        return self._helpers.remembered.still_serves(question)

    def stop(self, grace: float) -> Deferred[None]:
        """Let what is going on end within *grace* seconds, then leave the rest unanswered."""
        idle = self._going_on.idle()
        if not idle.called:
            over = self._timer.callLater(grace, self._abandon)
            idle.addCallback(lambda _: over.cancel() if over.active() else None)
        return idle

    def _abandon(self) -> None:
        self._stopping = True
        self._going_on.abandon()

    # --- one login ---

    def _start(self, running: Running, work: Work) -> None:
        if len(self._going_on) >= self._limit:
            work.close()
            self._going_on.refuse(running.requests[0], running.wait, Reject("too-many-pending"))
            return
        self._going_on.add(running)
        self._run(running, work)

    def _run(self, running: Running, work: Work) -> None:
        """Let a login run until it awaits something, waits for a phone or ends."""
        try:
            running.work = awaited = work.send(None)
        except StopIteration as stopped:
            self._paused(stopped.value, running)
        except Exception:  # noqa: BLE001 - what a helper did not foresee; it is logged
            self._failed(Failure(), running)  # type: ignore[no-untyped-call]
        else:
            awaited.addBoth(self._answered, running, work)

    def _answered(self, answer: T, running: Running, work: Work) -> T:
        """Go on in turn; what it awaited keeps the answer for it."""
        self._turns.call(self._run, running, work)
        return answer

    def _paused(self, outcome: Answer | Held, running: Running) -> None:
        if isinstance(outcome, Held):
            self._hold(running, outcome)
        else:
            self._going_on.end(running, outcome)

    def _hold(self, running: Running, held: Held) -> None:
        """Wait for a phone without a coroutine: thousands wait, each for a minute."""
        running.packed += pack(running.steps)
        running.steps = []
        running.asking = True
        running.work = waiting = self._helpers.approvals.answered(held.approval_id)
        waiting.addBoth(self._woken, running, held.stage)

    def _woken(self, outcome: Event | Failure, running: Running, stage: Stage) -> None:
        running.asking = False
        if isinstance(outcome, Failure):
            instead = self._instead(outcome.value, running)
            if instead is None:
                self._failed(outcome, running)
                return
            outcome = instead
        self._run(running, self._drive(running, stage, outcome))

    def _instead(self, error: BaseException | None, running: Running) -> Event | None:
        """Give the event of a question that got no answer; None: it is no such event."""
        if isinstance(error, CancelledError) and not self._stopping:
            return CallerGone() if running.left else TimeRanOut()
        if isinstance(error, Unavailable):
            return StoreFailed(error.reason)
        return None

    def _failed(self, failure: Failure, running: Running) -> None:
        if self._stopping and isinstance(failure.value, CancelledError):
            self._going_on.end(running, Unanswered("stopping"))
            return
        login_id = running.login.login_id if running.login is not None else None
        self._log.failure("login {login_id} failed", failure, login_id=login_id)
        self._going_on.end(running, Unanswered("failed"))

    async def _resume(self, running: Running, resume: Resume) -> Answer | Held:
        name = fold_username(resume.username)
        try:
            taken = await self._helpers.parked.take(
                resume.state, resume.client.name, name, running.digest
            )
            if isinstance(taken, NotParked):
                return Reject("state")
            if isinstance(taken, AlreadyEnded):
                answer, running.state = read_outcome(taken.outcome)
                return answer
            stage = parked_stage(taken.parked, self._parking_key)
        except Unavailable:
            return Reject("store-unavailable")
        except UnreadableRecord:
            return Reject("state")
        going_on: Stage = stage
        if isinstance(stage, AwaitingUpstreamAnswer):
            running.login = stage.presumed.login
            begun = stage.presumed.request(resume.arrived)
            going_on = AnsweringUpstream(stage, candidates(self._policies, begun))
        else:
            running.login = stage.known.login
        attempt = keyed_digest(self._answer_key, resume.state, running.digest).hex()
        given = AnswerGiven(resume.answer, attempt, resume.relay)
        return await self._drive(running, going_on, given)

    async def _drive(self, running: Running, stage: Stage, event: Event) -> Answer | Held:
        first_factor = self._helpers.first_factor  # one login asks no other, however long it takes
        stage, action = self._step(running, stage, event)
        while not isinstance(action, Answer):
            if self._stopping:
                return Unanswered("stopping")
            if isinstance(action, AwaitApproval):
                return Held(stage, action.approval_id)
            running.asking = True
            try:
                event = await self._helpers.put(action, first_factor)
            except (CancelledError, Unavailable) as error:
                instead = self._instead(error, running)
                if instead is None:
                    raise
                event = instead
            finally:
                running.asking = False
            stage, action = self._step(running, stage, event)
        return await self._settle(running, stage, action)

    def _step(self, running: Running, stage: Stage, event: Event) -> tuple[Stage, Action]:
        stage, action = step(stage, event, self._timer.seconds())
        running.steps.append(write_step(event, action))
        known = known_of(stage)
        if known is not None:
            running.known = known
            self._going_on.wait(running, known.decision.wait)
        return stage, action

    # --- its end ---

    async def _settle(self, running: Running, stage: Stage, answer: Answer) -> Answer:
        """Commit all that must outlive the answer; without that there is no Accept or Challenge."""
        record = record_of(running, answer, self._timer.seconds())
        parked = outcome = forget = None
        if isinstance(answer, Challenge) and isinstance(stage, Parkable):
            running.state = next_state(running, self._next_key)
            parked = parked_login(stage, answer, running.state, self._parking_key)
        if running.resumed is not None:
            outcome = Outcome(running.resumed, keep_outcome(answer, running.state))
            if isinstance(stage, Ended) and stage.password_changed:
                forget = record.account_id
        known = running.known
        passed = None
        if known is not None and known.decision.remember is not None:
            passed = to_remember(known, answer, record.at)
        try:
            await self._helpers.transcript.keep(Ending(record, parked, outcome, passed, forget))
        except Unavailable:
            self._log.error("login {login_id} could not be recorded", login_id=record.login_id)
            return answer if isinstance(answer, Reject) else Reject("store-unavailable")
        self._observe(line_of(record))
        return answer
