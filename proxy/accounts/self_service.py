"""What people see and change of their own second factors: who asks, and what came of it."""

from dataclasses import dataclass
from typing import Literal

from proxy.accounts.passkey import Passkey
from proxy.accounts.push_block import PushBlock

Refusal = Literal[
    "signed-out",
    "prove",
    "prove-by-phone",
    "prove-without-push",
    "push-locked",
    "has-phone",
    "last-factor",
    "not-enrolled",
    "offer-over",
    "passkey-refused",
    "wrong-code",
]
"""
`prove`: no second factor was given lately; `prove-by-phone`: none of those that it takes to
replace a phone; `prove-without-push`: none of those that it takes to end a block of pushes;
`push-locked`: only an admin ends it; `offer-over`: the seed was offered too long ago, or in
another session; `passkey-refused`: what came is no assertion of the phone's passkey for this page.
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """Who asks: the digest of the session's id, and whether first logins may enrol now."""

    digest: bytes
    first_login: bool


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has, and since when; None: has not."""

    phone: str | None
    """Its name; safe to show."""
    phone_since: float | None
    totp_since: float | None
    recovery_codes: int
    """How many are left."""
    push_block: PushBlock | None = None
    """Why no push is sent; None: they are sent."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation was made."""

    code: str
    """What stands in the link; of a phone with the privacyIDEA Authenticator, its credential."""
    serial: str | None = None
    """By which the privacyIDEA Authenticator knows the phone; None: it is for our own app."""


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """The passkey of the phone that a person has now."""

    device_id: str
    passkey: Passkey


@dataclass(frozen=True, slots=True)
class Issued:
    """Recovery codes were made."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """It is done."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in whose password was right, and that waits for a second factor."""

    login_id: str
    username: str
    """As typed."""
    state: bytes
    """What the answer resumes."""
    shown: str
    """The challenge, as JSON."""
    intent: str
    """Where the person wanted to go."""
    expires_at: float


@dataclass(frozen=True, slots=True)
class PastLogin:
    """What became of a login."""

    login_id: str
    at: float
    client: str
    origin: str
    outcome: str
    """accept, reject, challenge (it was never ended), unanswered."""
    reason: str
    reported_at: float | None
    """When its person said that it was not theirs."""
