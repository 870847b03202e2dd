"""
A phone's passkey: the credential that shows that the phone made sure of its person.

It came with the phone's enrolment and ends with it. Checking an assertion is `factors.passkey`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passkey:
    """A WebAuthn credential of one phone."""

    credential_id: bytes
    public_key: bytes
    """COSE_Key (RFC 9052 section 7)."""
    sign_count: int
    """The authenticator's counter when it was last used; 0: it keeps none."""
    synced: bool
    """Backup eligible: a cloud account may carry it to other devices."""
    only: bool
    """The phone approves nothing without it, whatever the policy says."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """The passkey of a phone that wants to enrol; its registration was verified."""

    passkey: Passkey
    registration: str
    """What was verified, as JSON, to be kept."""


@dataclass(frozen=True, slots=True)
class Asserted:
    """A verified assertion of the passkey of the phone that answers."""

    sign_count: int
    """The authenticator's counter, which must go on."""
    text: str
    """What was verified, as JSON, to be kept with the answer."""


def counts_on(before: int, after: int) -> bool:
    """
    Say whether a signature counter goes on: it grows, or the authenticator keeps none.

    One that stands or goes back is a copy of the credential (WebAuthn section 7.2, step 22).
    """
    return after > before or (before, after) == (0, 0)
