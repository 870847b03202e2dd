"""
What a login is waiting for. Only what is `Parkable` outlives a request: it waits in the store.

No stage after the first factor holds the password, but where it is about to be changed: those
stages are sealed where they are parked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from proxy.accounts.account import Account, Enrolments, Person
from proxy.login.actions import Accept, Answer
from proxy.login.events import PasswordProof, PersonProved
from proxy.login.policy import Decision, Policy
from proxy.login.realm import Realms
from proxy.login.request import Digest, Login, LoginRequest, Method, PasscodeKind
from proxy.secret import Secret


@dataclass(frozen=True, slots=True)
class Known:
    """Who the login is for and what it needs; the password is right wherever a stage says so."""

    login: Login
    person: Person
    """Alone, once the policy has looked at the groups and attributes."""
    account: Account
    decision: Decision


@dataclass(frozen=True, slots=True)
class KnownUpstream(Known):
    """The same, of a person whose first factor gave attributes that go on to the NAS."""

    passed: str | None
    """Those, sealed: an upstream server's, or what proves us to a peer of MS-CHAPv2. None: none."""


AnyKnown = Annotated[KnownUpstream | Known, Field(union_mode="left_to_right")]


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """The approval request that belongs to this login."""

    id: str
    number: str | None
    expires_at: float
    press: bool = False
    """The number is pressed on the phone, not typed."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What the challenges of one login have in common."""

    approval: OpenApproval | None
    tries: int
    """Wrong codes so far in this login."""
    ends_at: float | None
    """When its last State dies; None: nothing was asked yet."""


NO_DIALOGUE = Dialogue(approval=None, tries=0, ends_at=None)


@dataclass(frozen=True, slots=True)
class AppendedFactor:
    """What followed the last comma of the password."""

    kind: PasscodeKind | None
    """None: the word `push`."""
    code: Secret


@dataclass(frozen=True, slots=True)
class Arrived:
    """The request has come."""

    request: LoginRequest
    policies: tuple[Policy, ...]
    """Those that its client and attributes may come under, in order."""
    realms: Realms | None = None
    """None: a name is asked for as it was typed, wherever the policies say."""


@dataclass(frozen=True, slots=True)
class AwaitingPerson:
    """The directories are searched."""

    request: LoginRequest
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class AwaitingAccount:
    """The store is asked for the person's account."""

    request: LoginRequest
    policies: tuple[Policy, ...]
    person: Person


@dataclass(frozen=True, slots=True)
class Presumed:
    """A login whose person an upstream server has not proved yet."""

    login: Login
    person: Person
    method: Method
    attributes: Mapping[str, tuple[str, ...]]
    """What policies look at of the request."""
    challenge: bool
    """A challenge can be shown."""
    rounds: int
    """Challenges of the server so far."""

    def request(self, arrived: float) -> LoginRequest:
        """Give the login as it began, without its password."""
        return LoginRequest(self.login, Secret(b""), self.attributes, arrived, self.method)


@dataclass(frozen=True, slots=True)
class AwaitingPresumedAccount:
    """The store is asked what it knows under the name that was typed."""

    request: LoginRequest
    policies: tuple[Policy, ...]
    person: Person


@dataclass(frozen=True, slots=True)
class AwaitingUpstream:
    """An upstream server tries the password, or looks at the answer to its challenge."""

    presumed: Presumed
    policies: tuple[Policy, ...]
    appended: "AppendedFactor | None"


@dataclass(frozen=True, slots=True)
class AwaitingUpstreamAnswer:
    """A challenge of an upstream server is out. Parked."""

    presumed: Presumed
    state: str
    """Sealed."""


@dataclass(frozen=True, slots=True)
class AnsweringUpstream:
    """That challenge was answered; the login goes on under the policies that hold now."""

    asked: AwaitingUpstreamAnswer
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class AwaitingProvedAccount:
    """The store is asked for the account of the person whom an upstream server proved."""

    presumed: Presumed
    policies: tuple[Policy, ...]
    proved: PersonProved
    appended: "AppendedFactor | None"


@dataclass(frozen=True, slots=True)
class AwaitingFirstFactor:
    """The directory tries the password."""

    known: Known
    enrolments: Enrolments
    appended: AppendedFactor | None
    bypass: bool = False
    """The password suffices for now."""
    password: Secret | None = None
    """What is tried, where it may be changed; else no stage holds it."""
    proved: PasscodeKind | None = None
    """A code that was right before the password was tried; None: none was asked yet."""
    ssid: str | None = None
    """The Wi-Fi network that the device is in; None: there is none, or it is untold."""


@dataclass(frozen=True, slots=True)
class AwaitingCodeFirst:
    """A code is checked before the password, which nobody has proved yet."""

    known: Known
    enrolments: Enrolments
    kind: PasscodeKind
    password: Secret


@dataclass(frozen=True, slots=True)
class AwaitingRecall:
    """Password right; the store is asked for a second factor that this device passed before."""

    before: AwaitingFirstFactor
    """Where the login goes on if there is none."""
    resumed: bool = False
    """It goes on nowhere: a session was resumed, and no password proved now."""

    @property
    def known(self) -> Known:
        """What is known of the person."""
        return self.before.known


@dataclass(frozen=True, slots=True)
class AwaitingApprovalRequest:
    """Password right; the store is asked to open an approval request."""

    known: Known
    enrolments: Enrolments


@dataclass(frozen=True, slots=True)
class AwaitingApproval:
    """Password right; the request is held until the phone answers."""

    known: Known
    enrolments: Enrolments
    approval: OpenApproval
    dialogue: Dialogue


@dataclass(frozen=True, slots=True)
class AwaitingClaim:
    """Password right, phone approved; the approval is made this login's own."""

    known: Known


@dataclass(frozen=True, slots=True)
class AwaitingPasscode:
    """Password right; a code is checked."""

    known: Known
    enrolments: Enrolments
    kind: PasscodeKind
    dialogue: Dialogue
    appended: bool


@dataclass(frozen=True, slots=True)
class AwaitingWithdrawal:
    """The login is decided; its approval request is taken off the phone."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class AwaitingAnswer:
    """Password right; a challenge is out. Parked."""

    known: AnyKnown
    dialogue: Dialogue


@dataclass(frozen=True, slots=True)
class AwaitingAccountAgain:
    """The challenge was answered; the account is read afresh."""

    known: Known
    dialogue: Dialogue
    text: Secret
    attempt: str


@dataclass(frozen=True, slots=True)
class AwaitingSecondFactor:
    """Password right but expired, and to be changed: first the second factor, as ever."""

    known: Known
    inner: "Stage"
    """Where the second factor is."""
    old: Secret
    proof: PasswordProof | None
    """Why it must be changed; None: it may, on a grace login."""


@dataclass(frozen=True, slots=True)
class PasswordDialogue:
    """What the challenges for a new password have in common; both factors have passed."""

    accept: Accept
    """The answer, once the password is changed."""
    old: Secret
    forced: bool
    """False: on a grace login, which passes without a change too."""
    ends_at: float
    """When its last State dies."""
    first: Digest | None = None
    """Of the new password as it was typed first; None: it was not yet."""
    tries: int = 0
    """New passwords that did not serve."""


@dataclass(frozen=True, slots=True)
class AwaitingNewPassword:
    """A challenge for a new password is out. Parked."""

    known: Known
    change: PasswordDialogue


@dataclass(frozen=True, slots=True)
class AwaitingAccountForChange:
    """A new password was typed; the account is read afresh."""

    known: Known
    change: PasswordDialogue
    text: Secret


@dataclass(frozen=True, slots=True)
class AwaitingPasswordChange:
    """The directory is asked to exchange the password."""

    known: Known
    change: PasswordDialogue


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing is awaited."""

    password_changed: bool = False
    """What was remembered under the old one ends."""


Stage = (
    Arrived
    | AwaitingPerson
    | AwaitingAccount
    | AwaitingPresumedAccount
    | AwaitingUpstream
    | AwaitingUpstreamAnswer
    | AnsweringUpstream
    | AwaitingProvedAccount
    | AwaitingFirstFactor
    | AwaitingCodeFirst
    | AwaitingRecall
    | AwaitingApprovalRequest
    | AwaitingApproval
    | AwaitingClaim
    | AwaitingPasscode
    | AwaitingWithdrawal
    | AwaitingAnswer
    | AwaitingAccountAgain
    | AwaitingSecondFactor
    | AwaitingNewPassword
    | AwaitingAccountForChange
    | AwaitingPasswordChange
    | Ended
)

ParkedStage = AwaitingAnswer | AwaitingUpstreamAnswer
"""Those without a secret."""
Parkable = ParkedStage | AwaitingSecondFactor | AwaitingNewPassword
"""What may wait in the store between two requests."""


def known_of(stage: Stage) -> Known | None:
    """Give what is known of the person in this stage, if the stage says."""
    return getattr(stage, "known", None)
