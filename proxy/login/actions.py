"""What a login wants: a question to the world, imperative, or its answer, in the RADIUS words."""

from dataclasses import dataclass
from typing import Literal

from proxy.accounts.account import Person
from proxy.login.events import Relayed
from proxy.login.reply import ReplyAttribute
from proxy.login.request import Factor, Login, Method, PasscodeKind, RelayedAttributes
from proxy.secret import Secret

RejectReason = Literal[
    "bad-credentials",
    "throttled",
    "sprayed",
    "not-allowed",
    "policy-refuses",
    "unsendable-reply",
    "not-enrolled",
    "may-not-enrol",
    "no-way-to-ask",
    "password-expired",
    "password-must-change",
    "password-not-changed",
    "account-disabled",
    "account-expired",
    "logon-hours",
    "workstation",
    "denied",
    "reported",
    "no-answer",
    "another-login",
    "replayed",
    "too-many-pending",
    "waiting",
    "push-blocked",
    "new-place",
    "quiet-hours",
    "wrong-number",
    "withdrawn",
    "wrong-code",
    "directory-unavailable",
    "store-unavailable",
    "another-person",
    "blocked",
    "session-over",
    "state",
]
"""Why; the record keeps it, the door decides what of it is told."""

PassedFactor = Literal["push", "totp", "recovery", "first-factor-alone", "bypass", "remembered"]

NewPasswordPrompt = Literal[
    "new-password",
    "new-password-or-continue",
    "new-password-again",
    "passwords-differ",
    "password-unusable",
    "password-too-short",
    "password-too-simple",
    "password-used-before",
    "password-refused",
]
CodePrompt = Literal[
    "enter-code", "wrong-code", "approve-or-code", "approve", "type-number", "number-goes-on-phone"
]
Prompt = Literal[CodePrompt, NewPasswordPrompt, "upstream"]
"""What the challenge asks of the person; the door words it, but `upstream`: another server did."""


@dataclass(frozen=True, slots=True)
class FindPerson:
    """Search the directories in order for a name; the next only where one has no such person."""

    directories: tuple[str, ...]
    """Empty: nobody has the name."""
    username: str
    """As the directories know it: without a realm that was for us alone."""
    login: Login | None = None
    """Whose question it is; None: no login's, a command's."""
    vouched: bool = False
    """No password will be tried: the directory says too whether it would take one."""


@dataclass(frozen=True, slots=True)
class LoadAccount:
    """Read the account from the store; make it where it is new."""

    person: Person
    client: str
    """Whose login it is: a bypass may hold at one client."""


@dataclass(frozen=True, slots=True)
class FindAccount:
    """Read the account of a person who is not proved yet; none is made."""

    person: Person


@dataclass(frozen=True, slots=True)
class CheckFirstFactor:
    """Try the password, once; or give an upstream server the answer to its challenge."""

    person: Person
    password: Secret
    login: Login | None = None
    """Whose question it is; None: no login's."""
    method: Method = "pap"
    """By `mschapv2` the password is a challenge and a response, however the login came."""
    state: str | None = None
    """From `FirstFactorChallenged`; None: it is no answer."""
    relay: RelayedAttributes = ()


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Have the directory exchange the password, by its rules for people."""

    person: Person
    old: Secret
    new: Secret


@dataclass(frozen=True, slots=True)
class AskApproval:
    """Open an approval request on the person's phone, or join the one that is this login's."""

    login: Login
    account_id: int
    account_name: str
    number_digits: int
    """0: no number is asked."""
    verify_user: bool = False
    """Only an approval with an assertion of the phone's passkey serves."""
    picking: bool = False
    """A number may be pressed on the phone where its app cannot have one typed."""
    digits_where_new: int = 0
    """Digits of the number that a login from a new place may be asked; 0: the NAS shows none."""


@dataclass(frozen=True, slots=True)
class AwaitApproval:
    """Wait for the answer to an approval request."""

    approval_id: str


@dataclass(frozen=True, slots=True)
class ClaimApproval:
    """Make an approved request this login's own."""

    approval_id: str
    login_id: str
    verify_user: bool = False
    """Only one with an assertion of the phone's passkey serves."""


@dataclass(frozen=True, slots=True)
class WithdrawApproval:
    """Take an open request off the phone."""

    approval_id: str
    given_up: bool = False
    """The login failed otherwise, so the request counts as one that nobody answered."""


@dataclass(frozen=True, slots=True)
class CheckPasscode:
    """Check and use up a code, in one transaction."""

    account_id: int
    kind: PasscodeKind
    code: Secret
    attempt: str
    """The same attempt, repeated after a crash, gets the same verdict and is counted once."""
    login: Login | None = None
    """Whose places are remembered if it is right; None: it lets nobody in."""
    unproved: bool = False
    """Nobody has proved the password: wrong ones count for source and person, apart from the
    counter that locks the factor, and a right one lets nobody in yet."""


@dataclass(frozen=True, slots=True)
class RecallSecondFactor:
    """Look for a login of this person and caller whose second factor serves this one too."""

    login_id: str
    """This login, which is remembered itself if it passes a second factor of its own."""
    account_id: int
    person: Person
    client: str
    group: str
    """The clients among which it is remembered."""
    caller: str
    """12 hexadecimal digits, or an IP address."""
    seconds: float
    """How old it may be."""
    factors: tuple[Factor, ...]
    """By one of which it must have passed; empty: none serves, this login brings its own code."""
    number: bool
    """A push serves only where a number was typed for it."""
    verify_user: bool
    """A push serves only where the phone's passkey verified its person."""
    ssid: str | None = None
    """The Wi-Fi network, another of which is another place; None: there is none, or untold."""
    proved_at: float | None = None
    """When the password was, of whoever resumes a TLS session now; no directory is asked, and
    nothing that began later serves. None: it has been proved just now."""


BriefQuestion = (
    FindPerson
    | LoadAccount
    | FindAccount
    | CheckFirstFactor
    | ChangePassword
    | AskApproval
    | ClaimApproval
    | WithdrawApproval
    | CheckPasscode
    | RecallSecondFactor
)
"""What a directory or the store answers soon; a phone takes its time (`AwaitApproval`)."""
Question = BriefQuestion | AwaitApproval


@dataclass(frozen=True, slots=True)
class Accept:
    """Access-Accept."""

    user_name: str
    factor: PassedFactor
    policy: str
    reply: tuple[ReplyAttribute, ...]
    passed: str | None = None
    """Attributes that the first factor gave, sealed: an upstream server's, or of MS-CHAPv2."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Access-Reject."""

    reason: RejectReason
    told: bool = False
    """The password was right, so the person may be told why."""
    policy: str | None = None
    """The one that refuses, where one does."""
    detail: str | None = None
    """What was found, for the record and the log; never told."""
    wait: float | None = None
    """Seconds after which another login would fare better; None: no time brings that."""
    relayed: Relayed | None = None
    """What an upstream server said; it goes on at once, for it was delayed there."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Access-Challenge; the stage is parked under a new State."""

    prompt: Prompt
    number: str | None
    """The number to show; None: there is none."""
    code: bool
    """A code may be typed instead."""
    expires_at: float
    """When the State dies."""
    press: bool = False
    """The number is one of those that the phone shows, to be pressed."""
    hidden: bool = False
    """What is typed is a password, not to be shown."""
    text: str | None = None
    """Of an upstream server, fit to be shown; None: the door words it."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Silence."""

    reason: Literal["superseded", "stopping", "gone", "failed", "silent"]
    """`superseded`: another request has the answer; `stopping`: the daemon ends and the approval
    stays open; `gone`: the device that asked is no longer there; `failed`: our own bug,
    logged, fails closed; `silent`: another server did not answer."""


Answer = Accept | Reject | Challenge | Unanswered
Action = Question | Answer
