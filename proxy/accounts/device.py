"""A person's phone: how it comes, what is known of it, how it ends."""

from dataclasses import dataclass
from typing import Literal

from proxy.accounts.passkey import NewPasskey, Passkey

DeviceKind = Literal["app", "privacyidea"]
"""`app`: it speaks the device API; `privacyidea`: the privacyIDEA Authenticator, by its own."""

RetiredReason = Literal["revoked", "replaced", "unenrolled"]

EnrolmentRefusal = Literal["bad-invitation", "already-enrolled", "has-device"]
"""`bad-invitation`: unknown, used, over, or the account is not good: never told apart.
`already-enrolled`: the key is or was anybody's. `has-device`: and the invitation does not replace.
"""

Unenrolment = Literal["retired", "last-factor", "not-enrolled"]
"""`last-factor`: the account would have none left."""


@dataclass(frozen=True, slots=True)
class Device:
    """A phone that is or was enrolled."""

    id: str
    """RFC 7638 thumbprint of its key; once used, never again."""
    account_id: int
    directory: str
    user_name: str
    """The account's name."""
    name: str
    """As the person named it; safe to show."""
    public_jwk: str
    """Its key, as `PublicKey.to_text` wrote it."""
    enrolled_at: float
    retired_at: float | None
    retired_reason: str | None
    account_good: bool
    """Nothing blocks the account, and it was not set aside."""
    passkey: Passkey | None = None
    """With which it can verify its person; None: it has none."""
    kind: DeviceKind = "app"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phone that wants to enrol; its proof was verified."""

    id: str
    """RFC 7638 thumbprint of its key."""
    public_jwk: str
    """Its key, as `PublicKey.to_text` wrote it."""
    name: str
    """As the phone told it."""
    proof: str
    """The enrolment proof, as received."""
    passkey: NewPasskey | None = None
    """None: it has none."""
    kind: DeviceKind = "app"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A phone that is enrolled now."""

    device_id: str
    account_name: str
    replaced: str | None
    """The phone that it retired."""
