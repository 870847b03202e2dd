"""What the world says to a login, in the past tense; each is the answer to one question."""

from dataclasses import dataclass
from typing import Literal

from proxy.accounts.account import Account, Enrolments, Person
from proxy.accounts.bypass import Bypass
from proxy.login.request import Factor, PasscodeKind, RelayedAttributes, Voucher
from proxy.secret import Secret

PasswordProof = Literal[
    "password-expired",
    "password-must-change",
    "account-disabled",
    "account-expired",
    "logon-hours",
    "workstation",
]
"""Why a directory refuses a password that it thereby proved right."""


@dataclass(frozen=True, slots=True)
class LoginStarted:
    """A request that begins a login has come."""


@dataclass(frozen=True, slots=True)
class LoginVouched:
    """The same, and the first factor of the login was proved before."""

    by: Voucher
    upstream: str | None = None
    """Which one, where another RADIUS server did."""


@dataclass(frozen=True, slots=True)
class PersonFound:
    """Exactly one entry has this name, and all its groups were read."""

    person: Person


@dataclass(frozen=True, slots=True)
class PersonPresumed:
    """The directory cannot be searched: whether there is such a person, its first answer tells."""

    person: Person


@dataclass(frozen=True, slots=True)
class PersonBarred:
    """The directory has this person, and would take no password: said only where none is tried."""

    reason: Literal["account-disabled", "account-expired"]


@dataclass(frozen=True, slots=True)
class PersonNotFound:
    """No entry has this name in the directories asked, or more than one has."""

    reason: Literal["unknown", "ambiguous", "throttled"]
    """`throttled`: nobody was found under that name so often that no directory was asked."""


@dataclass(frozen=True, slots=True)
class DirectoryFailed:
    """A directory did not answer, or answered what cannot be relied on (groups unread)."""

    reason: str
    asked: bool = True
    """It may have looked at a password, and counted it."""


@dataclass(frozen=True, slots=True)
class AccountLoaded:
    """The person's account and what is enrolled, as the store has it now."""

    account: Account
    enrolments: Enrolments
    bypass: Bypass | None = None
    """The first factor suffices for now; None: it does not."""


@dataclass(frozen=True, slots=True)
class AccountUnknown:
    """The store has no account of this person; none was made."""


@dataclass(frozen=True, slots=True)
class FirstFactorPassed:
    """The directory took the password."""

    grace: bool = False
    """It has expired and serves a few times more."""
    passed: str | None = None
    """Attributes that go on to the NAS, sealed: what came of a response of MS-CHAPv2. None: none
    do."""


@dataclass(frozen=True, slots=True)
class PersonProved:
    """An upstream server accepted the login, and so told who the person is."""

    person: Person
    passed: str | None
    """Attributes of its Access-Accept that go on to the NAS, sealed; None: none do."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """What an upstream server's Access-Reject says."""

    text: str
    """Fit to be shown; may be empty."""
    ms_chap_error: str | None
    """The value of MS-CHAP-Error, in hexadecimal; None: there is none."""


@dataclass(frozen=True, slots=True)
class FirstFactorChallenged:
    """An upstream server asks something itself."""

    state: str
    """Its State and who it is, sealed: its answer goes there."""
    text: str
    """Fit to be shown; may be empty."""
    echo: bool
    """What is typed may be shown."""
    lifetime: float | None
    """Seconds that it waits for an answer; None: it does not say."""


@dataclass(frozen=True, slots=True)
class FirstFactorFailed:
    """The directory did not take the password."""

    reason: str
    """For the record: `wrong-password`, or what the directory said."""
    proof: PasswordProof | None = None
    """Set where the directory's answer proves that the password was right."""
    relayed: Relayed | None = None
    """Set where an upstream server refused: its answer goes on at once."""


NotChanged = Literal[
    "too-short",
    "too-simple",
    "used-before",
    "refused",
    "too-young",
    "not-permitted",
    "old-password",
]
"""Why a directory does not take a new password. `refused`: by its rules, it does not say which;
`too-young`: the old one is too new; `not-permitted`: by nobody, or not by us; `old-password`: the
old one is not right, or no longer."""


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The directory has the new password."""


@dataclass(frozen=True, slots=True)
class PasswordNotChanged:
    """The directory keeps the old password."""

    reason: NotChanged


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """An approval request of this login is open, or was approved late (awaiting it is quick)."""

    approval_id: str
    number: str | None
    """The number to type on the phone; None: none is asked."""
    expires_at: float
    joined: bool
    """An open or late request serves this login; no push was sent."""
    press: bool = False
    """The number is pressed on the phone, not typed."""


@dataclass(frozen=True, slots=True)
class ApprovalNotAsked:
    """No push is sent for this login."""

    reason: Literal[
        "another-login",
        "replayed",
        "too-many-pending",
        "no-device",
        "no-way-to-ask",
        "waiting",
        "push-blocked",
        "new-place",
        "quiet-hours",
    ]
    """`no-way-to-ask`: a number is asked that the phone's app cannot have typed. `waiting`,
    `push-blocked`: the person is to be worn down by no more pushes (`proxy.login.fatigue`);
    `new-place`: from there a code is wanted (`proxy.login.places`)."""
    wait: float | None = None
    """Seconds until one may be sent; None: no time brings it."""


@dataclass(frozen=True, slots=True)
class ApprovalAnswered:
    """The phone's signed answer was verified and stored."""

    approval_id: str
    decision: Literal["approve", "deny", "report"]


@dataclass(frozen=True, slots=True)
class ApprovalEnded:
    """The approval request can no longer be answered."""

    approval_id: str
    reason: Literal["expired", "withdrawn", "void", "wrong-number"]


@dataclass(frozen=True, slots=True)
class ApprovalClaimed:
    """The approval is this login's, durably, and no other's; device and account are still good."""

    approval_id: str


@dataclass(frozen=True, slots=True)
class ApprovalLost:
    """The approval cannot serve this login."""

    approval_id: str
    reason: Literal["superseded", "claimed", "void", "late"]
    """`superseded`: a newer joined request has it, this one stays unanswered."""


@dataclass(frozen=True, slots=True)
class ApprovalWithdrawn:
    """The phone no longer shows the request."""

    approval_id: str


@dataclass(frozen=True, slots=True)
class PasscodeAccepted:
    """The code is right and, durably, used up."""

    kind: PasscodeKind


@dataclass(frozen=True, slots=True)
class PasscodeRefused:
    """The code does not serve."""

    kind: PasscodeKind
    reason: Literal["wrong", "used", "waiting", "locked", "not-enrolled", "throttled"]
    """`waiting`, `locked`, `throttled`: the code was not looked at."""


@dataclass(frozen=True, slots=True)
class SecondFactorRecalled:
    """A login of this person and caller passed its second factor, and nothing ended that since."""

    login_id: str
    """That login."""
    factor: Factor
    passed_at: float


@dataclass(frozen=True, slots=True)
class SecondFactorNotRecalled:
    """None serves: the login passes its second factor itself."""

    reason: Literal["none", "own-code", "directory-unavailable", "blocked"]


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """The parked challenge was answered."""

    text: Secret
    attempt: str
    """Names this answer: the same State answered the same gives the same attempt."""
    relay: RelayedAttributes = ()
    """Of the request that brought it."""


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The store did not answer; nothing can be said or kept."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallerGone:
    """Whoever logs in has gone: nobody would hear the answer."""


@dataclass(frozen=True, slots=True)
class TimeRanOut:
    """The deadline of the newest request has come while a question was open."""


Event = (
    LoginStarted
    | LoginVouched
    | PersonFound
    | PersonBarred
    | PersonPresumed
    | PersonNotFound
    | DirectoryFailed
    | AccountLoaded
    | AccountUnknown
    | FirstFactorPassed
    | PersonProved
    | FirstFactorChallenged
    | FirstFactorFailed
    | PasswordChanged
    | PasswordNotChanged
    | ApprovalAsked
    | ApprovalNotAsked
    | ApprovalAnswered
    | ApprovalEnded
    | ApprovalClaimed
    | ApprovalLost
    | ApprovalWithdrawn
    | PasscodeAccepted
    | PasscodeRefused
    | SecondFactorRecalled
    | SecondFactorNotRecalled
    | AnswerGiven
    | StoreFailed
    | CallerGone
    | TimeRanOut
)
