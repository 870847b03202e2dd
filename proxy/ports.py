"""
What the hall needs of the helpers, all on one page.

Each method gives the event itself, so that the runner is one loop. A helper that cannot answer
raises `Unavailable`; whatever else it raises is a bug, and the login ends in silence.
Whatever waits long (`Approvals.answered`) returns a Deferred that may be cancelled.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred

from proxy.eap.relayed import Said, Turn
from proxy.login.actions import (
    Answer,
    AskApproval,
    ChangePassword,
    CheckFirstFactor,
    CheckPasscode,
    ClaimApproval,
    FindAccount,
    FindPerson,
    LoadAccount,
    RecallSecondFactor,
    WithdrawApproval,
)
from proxy.login.events import (
    AccountLoaded,
    AccountUnknown,
    ApprovalAnswered,
    ApprovalAsked,
    ApprovalClaimed,
    ApprovalEnded,
    ApprovalLost,
    ApprovalNotAsked,
    ApprovalWithdrawn,
    DirectoryFailed,
    FirstFactorChallenged,
    FirstFactorFailed,
    FirstFactorPassed,
    PasscodeAccepted,
    PasscodeRefused,
    PasswordChanged,
    PasswordNotChanged,
    PersonBarred,
    PersonFound,
    PersonNotFound,
    PersonPresumed,
    PersonProved,
    SecondFactorNotRecalled,
    SecondFactorRecalled,
)
from proxy.login.remembering import Passed

Found = PersonFound | PersonPresumed | PersonBarred | PersonNotFound | DirectoryFailed
"""What a directory says of a name."""


class Reply(Protocol):
    """How one request gets its answer; called exactly once."""

    def __call__(self, answer: Answer, state: bytes | None) -> None:
        """Send the answer; *state* goes with a Challenge. `Unanswered` is silence, for ever."""


class FirstFactor(Protocol):
    """A directory (LDAP), or an upstream RADIUS server."""

    def find(self, question: FindPerson) -> Awaitable[Found]:
        """Find the one person of that name, with all groups; before any password is tried."""

    def check(
        self, question: CheckFirstFactor
    ) -> Awaitable[
        FirstFactorPassed
        | PersonProved
        | FirstFactorChallenged
        | FirstFactorFailed
        | DirectoryFailed
    ]:
        """Try the password once; a password that was sent is not sent again elsewhere."""

    def change(
        self, question: ChangePassword
    ) -> Awaitable[PasswordChanged | PasswordNotChanged | DirectoryFailed]:
        """Change a password once, as the person's own change: the old one goes with the new."""


class EapUpstream(Protocol):
    """Another RADIUS server that speaks EAP with devices."""

    name: str
    """Of the directory that it is."""
    must_return: bool
    """Its Access-Accept must name the person."""

    def relay(self, turn: Turn) -> Awaitable[Said]:
        """Send on what a device responds, once; never raises for what the server does."""


class Accounts(Protocol):
    """The accounts in the store."""

    def find(self, question: FindAccount) -> Awaitable[AccountLoaded | AccountUnknown]:
        """Read the account afresh; none is made."""

    def load(self, question: LoadAccount) -> Awaitable[AccountLoaded]:
        """Read the account afresh, make it where new; see `Account.blocked` for a changed id."""


class Approvals(Protocol):
    """Approval requests on phones."""

    def ask(self, question: AskApproval) -> Awaitable[ApprovalAsked | ApprovalNotAsked]:
        """Open a request or join one, in one transaction."""

    def answered(self, approval_id: str) -> "Deferred[ApprovalAnswered | ApprovalEnded]":
        """Wait for the end of a request; cancelling leaves the request open."""

    def claim(self, question: ClaimApproval) -> Awaitable[ApprovalClaimed | ApprovalLost]:
        """Make an approved request one login's own, in one transaction, for ever."""

    def withdraw(self, question: WithdrawApproval) -> Awaitable[ApprovalWithdrawn]:
        """Take an open request off the phone; one that has ended stays as it is."""


class Recall(Protocol):
    """Second factors that were passed before."""

    def recall(
        self, question: RecallSecondFactor
    ) -> Awaitable[SecondFactorRecalled | SecondFactorNotRecalled]:
        """Find one that serves a login, in one transaction; else get ready to remember it."""

    def still_serves(self, question: RecallSecondFactor) -> bool:
        """Say whether there is one for whoever resumes a session; nothing is changed by that."""


class Passcodes(Protocol):
    """TOTP and recovery codes."""

    def check(self, question: CheckPasscode) -> Awaitable[PasscodeAccepted | PasscodeRefused]:
        """Check, count and use up a code, in one transaction."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A login that waits for the answer to a challenge."""

    state: bytes
    """What goes out as State."""
    login_id: str
    account_id: int | None
    """None: an upstream server has not proved yet who it is."""
    client: str
    username: str
    """Folded; the answer must come under the same name."""
    stage: str
    """The stage as JSON."""
    expires_at: float
    replaceable: bool = True
    """False: its second factor has passed, so that no newer login takes its place."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The first answer to a State, or the same answer again while no outcome is known."""

    parked: Parked


@dataclass(frozen=True, slots=True)
class AlreadyEnded:
    """The same answer again within 30 s after its outcome: the same outcome again."""

    outcome: str
    """The answer as JSON."""


@dataclass(frozen=True, slots=True)
class NotParked:
    """No such State for this client and name, or it is over, or another answer took it."""

    reason: str


class ParkedLogins(Protocol):
    """Logins between two requests; any node can go on with them."""

    def take(
        self, state: bytes, client: str, username: str, answer_digest: bytes
    ) -> Awaitable[Taken | AlreadyEnded | NotParked]:
        """Mark a parked login taken by this answer, in one transaction."""


@dataclass(frozen=True, slots=True)
class Record:
    """One request's way through the machine, as it is kept."""

    login_id: str
    at: float
    account_id: int | None
    directory: str | None
    username: str
    client: str
    origin: str
    outcome: str
    """accept, reject, challenge, unanswered."""
    reason: str
    """The reject's reason, the challenge's prompt or the factor that passed."""
    policy: str | None
    transcript: str
    """The (event, action) pairs as JSON, secrets hidden."""
    detail: str | None = None
    """What the log's line says beside the reason; the transcript has it too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the answer to a State, for the same answer again."""

    state: bytes
    """The State that was answered."""
    answer: str
    """The answer as JSON."""


@dataclass(frozen=True, slots=True)
class Ending:
    """All that must be kept before an answer leaves."""

    record: Record
    parked: Parked | None
    """Where the answer is a Challenge."""
    outcome: Outcome | None
    """Where the request answered a State."""
    passed: Passed | None = None
    """Where the login is to be remembered."""
    forget: int | None = None
    """The account whose password the login changed: nothing from before is remembered any more."""


class Transcript(Protocol):
    """The record of every login."""

    def keep(self, ending: Ending) -> Awaitable[None]:
        """Keep it all or nothing, durably, in one transaction."""


class Clock(Protocol):
    """The time, in seconds since the epoch."""

    def seconds(self) -> float:
        """Give the time."""


def answer_name(answer: Answer) -> str:
    """Give the word under which an answer is recorded and counted."""
    return type(answer).__name__.lower()
