"""
Codes by time: RFC 6238 over the HOTP of RFC 4226.

The check says which step a code belongs to, because a step that was used is refused for ever; who
remembers the used one is the store. All codes of the window are computed and compared in constant
time, whichever matches.
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Final, Literal, get_args

import pyotp

from proxy.secret import Secret

Algorithm = Literal["SHA1", "SHA256", "SHA512"]

NEW_SEED_OCTETS: Final = 20
"""160 bits, as long as the output of SHA-1 (RFC 4226 section 4, R6)."""
SHORTEST_SEED_OCTETS: Final = 14
"""112 bits (NIST SP 800-63B-4 section 3.1.4.1)."""
LONGEST_SEED_OCTETS: Final = 128
"""The block of SHA-512: HMAC shortens what is longer (RFC 2104 section 2)."""
_STEP_OCTETS: Final = 8


class BadSeed(ValueError):  # noqa: N818 - it names what was found
    """A text that is no seed, or a seed that is too short; the message never holds it."""


@dataclass(frozen=True, slots=True)
class TotpSeed:
    """What an authenticator app and the server share."""

    secret: Secret
    algorithm: Algorithm = "SHA1"
    digits: int = 6
    """6 to 8."""
    period: int = 30
    """Seconds a step."""

    def __post_init__(self) -> None:
        """Raise BadSeed where no app or no standard would take it."""
        octets = len(self.secret.reveal())
        if not SHORTEST_SEED_OCTETS <= octets <= LONGEST_SEED_OCTETS:
            raise BadSeed(
                f"found a seed of {octets * 8} bits, wanted {SHORTEST_SEED_OCTETS * 8} "
                f"to {LONGEST_SEED_OCTETS * 8}"
            )
        if self.algorithm not in get_args(Algorithm):
            raise BadSeed(f"found algorithm {self.algorithm}, wanted SHA1, SHA256 or SHA512")
        if self.digits not in (6, 7, 8):
            raise BadSeed(f"found {self.digits} digits, wanted 6 to 8")
        if not 1 <= self.period <= 120:
            raise BadSeed(f"found a step of {self.period} s, wanted 1 to 120")


def new_seed() -> TotpSeed:
    """Make a random seed."""
    return TotpSeed(Secret(os.urandom(NEW_SEED_OCTETS)))


def read_seed(text: str) -> TotpSeed:
    """
    Read a seed in base32 (RFC 4648 section 6).

    Spaces, hyphens, lower case and missing padding are as apps show it. Raises BadSeed.
    """
    letters = "".join(text.split()).replace("-", "").rstrip("=").upper()
    try:
        octets = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise BadSeed("found a text that is not base32, wanted letters and 2 to 7") from None
    return TotpSeed(Secret(octets))


def otpauth_uri(seed: TotpSeed, user_name: str, issuer: str) -> str:
    """Give the URI that an authenticator app reads; it holds the seed."""
    return _pyotp(seed).provisioning_uri(name=user_name, issuer_name=issuer)


def _pyotp(seed: TotpSeed) -> pyotp.TOTP:
    return pyotp.TOTP(
        base64.b32encode(seed.secret.reveal()).decode().rstrip("="),
        digits=seed.digits,
        digest=getattr(hashlib, seed.algorithm.lower()),
        interval=seed.period,
    )


def code_at(seed: TotpSeed, step: int) -> bytes:
    """Give the code of one step, as ASCII digits. RFC 4226 section 5.3."""
    mac = hmac.digest(seed.secret.reveal(), step.to_bytes(_STEP_OCTETS), seed.algorithm)
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFFFFFF
    return b"%0*d" % (seed.digits, number % 10**seed.digits)


def has_form(digits: int, typed: bytes) -> bool:
    """Say whether octets can be a code: exactly that many ASCII digits."""
    return len(typed) == digits and typed.isdigit()


def matching_step(seed: TotpSeed, typed: bytes, now: float, window_steps: int) -> int | None:
    """
    Give the step, of those around *now*, whose code was typed; None: no code of the window.

    The window has *window_steps* on either side of the present one. Where two of its steps have
    the same code, the later one is meant.

    RFC 6238 section 5.2.
    """
    if not has_form(seed.digits, typed):
        return None
    present = int(now // seed.period)
    found = None
    for step in range(max(present - window_steps, 0), present + window_steps + 1):
        if hmac.compare_digest(code_at(seed, step), typed):
            found = step
    return found
