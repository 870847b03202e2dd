"""A code typed behind the password, and what has the form of a code at all."""

from dataclasses import dataclass

from proxy.accounts.account import Enrolments
from proxy.factors.recovery import has_form
from proxy.login.request import PasscodeKind
from proxy.login.stages import AppendedFactor
from proxy.quick import quick
from proxy.secret import Secret


@quick
@dataclass(frozen=True, slots=True)
class SplitPassword:
    """A password field, cut where it holds a code."""

    password: Secret
    appended: AppendedFactor | None


def split_password(field: Secret, enrolments: Enrolments) -> SplitPassword:
    """
    Cut a password field at its last comma, if what follows counts as a code.

    It counts if it is `push`, has the form of a recovery code, or is exactly as many ASCII digits
    as the account's TOTP codes have. Else the whole field is the password.
    """
    whole = SplitPassword(field, None)
    head, comma, tail = field.reveal().rpartition(b",")
    if not comma:
        return whole
    if tail == b"push":
        return SplitPassword(Secret(head), AppendedFactor(None, Secret(tail)))
    if _is_totp(tail, enrolments):
        return SplitPassword(Secret(head), AppendedFactor("totp", Secret(tail)))
    if _is_recovery(tail):
        return SplitPassword(Secret(head), AppendedFactor("recovery", Secret(tail)))
    return whole


def passcode_kind(text: bytes, enrolments: Enrolments) -> PasscodeKind | None:
    """Say which of this person's codes a text has the form of; None: it is no code of theirs."""
    if _is_totp(text, enrolments):
        return "totp"
    if enrolments.recovery_codes and _is_recovery(text):
        return "recovery"
    return None


def _is_totp(text: bytes, enrolments: Enrolments) -> bool:
    return len(text) == enrolments.totp_digits and text.isdigit()


def _is_recovery(text: bytes) -> bool:
    return text.isascii() and has_form(text.decode("ascii"))
