"""
What a bind would have refused, read from a person's entry, for a login that makes no bind.

Who checks a response by the password's hash is told nothing by the directory of accounts that are
disabled, locked or expired. What an entry shows of that is looked at here. What it does not show is
not known: ages and idle times that a password policy alone defines, FreeIPA's count of failures,
hours and workstations.

sambaAcctFlags and the times beside it are Samba's (its LDAP schema); shadowExpire is RFC 2307's;
pwd* are of draft-behera-ldap-password-policy-10 section 5.3; nsAccountLock, accountUnlockTime and
passwordExpirationTime of 389 Directory Server; krb* of FreeIPA; the others of Active Directory
([MS-ADA3], [MS-ADTS] section 3.1.1.4.5.17). `standing` asks less.
"""

from collections.abc import Iterable
from math import inf
from typing import Final

from proxy.firstfactor.one_entry import Values
from proxy.firstfactor.standing import DISABLED, NEVER, generalized_time
from proxy.login.events import FirstFactorFailed, PasswordProof

STATE_ATTRIBUTES: Final = (
    "sambaAcctFlags",
    "sambaKickoffTime",
    "sambaPwdLastSet",
    "sambaPwdMustChange",
    "shadowExpire",
    "pwdAccountLockedTime",
    "pwdReset",
    "pwdStartTime",
    "pwdEndTime",
    "nsAccountLock",
    "accountUnlockTime",
    "passwordExpirationTime",
    "krbPrincipalExpiration",
    "krbPasswordExpiration",
    "userAccountControl",
    "msDS-User-Account-Control-Computed",
    "accountExpires",
    "pwdLastSet",
)

_DAY: Final = 86_400
_TICKS: Final = 10_000_000
_WINDOWS_EPOCH: Final = 11_644_473_600
"""Seconds from 1601 to 1970."""
_LOCKED: Final = 0x10
_PASSWORD_EXPIRED: Final = 0x800000
_FOREVER: Final = 2_147_483_647
"""What Samba writes for never."""


def locked(entry: Values, now: float) -> FirstFactorFailed | None:
    """
    Refuse an account that is locked, whatever the password is; None: nothing shows that.

    A lock whose end no attribute tells is one still: only a bind finds out.

    Args:
        now: seconds since the epoch.
    """
    unlocks = _time(entry, "accountUnlockTime", unreadable=0.0)
    flags = _first(entry, "sambaAcctFlags")
    computed = _number(entry, "msDS-User-Account-Control-Computed") or 0
    control = _number(entry, "userAccountControl") or 0
    shown = (
        b"L" in flags,
        bool(_first(entry, "pwdAccountLockedTime")),
        bool((computed | control) & _LOCKED),
        unlocks is not None and (unlocks == 0 or unlocks > now),
    )
    return FirstFactorFailed("account-locked") if any(shown) else None


def refusal(entry: Values, now: float) -> FirstFactorFailed | None:
    """
    Refuse an account whose password was right; None: nothing shows a reason to.

    Args:
        now: seconds since the epoch.
    """
    reason = _reason(entry, now)
    return None if reason is None else FirstFactorFailed(reason, reason)


def _reason(entry: Values, now: float) -> PasswordProof | None:
    if _disabled(entry):
        return "account-disabled"
    starts = _time(entry, "pwdStartTime", unreadable=inf)
    if any(at <= now for at in _account_ends(entry)) or (starts is not None and now < starts):
        return "account-expired"
    if _must_change(entry):
        return "password-must-change"
    if any(at <= now for at in _password_ends(entry)):
        return "password-expired"
    return None


def _disabled(entry: Values) -> bool:
    flags = _first(entry, "sambaAcctFlags")
    control = _number(entry, "userAccountControl") or 0
    inactive = _first(entry, "nsAccountLock").lower() == b"true"
    # N: no password is wanted of this account, so none proves anything.
    return b"D" in flags or b"N" in flags or bool(control & DISABLED) or inactive


def _account_ends(entry: Values) -> Iterable[float]:
    kickoff = _number(entry, "sambaKickoffTime")
    if kickoff is not None and 0 <= kickoff < _FOREVER:
        yield float(kickoff)
    days = _number(entry, "shadowExpire")
    if days is not None and days >= 0:
        yield float(days * _DAY)
    yield from _times(entry, "pwdEndTime", "krbPrincipalExpiration")
    ticks = _number(entry, "accountExpires")
    if ticks is not None and ticks not in NEVER:
        yield ticks / _TICKS - _WINDOWS_EPOCH


def _must_change(entry: Values) -> bool:
    return (
        _first(entry, "pwdReset").lower() == b"true"
        or _number(entry, "pwdLastSet") == 0
        or _number(entry, "sambaPwdLastSet") == 0
    )


def _password_ends(entry: Values) -> Iterable[float]:
    must = _number(entry, "sambaPwdMustChange")
    if must is not None and 0 < must < _FOREVER:
        yield float(must)
    yield from _times(entry, "passwordExpirationTime", "krbPasswordExpiration")
    if (_number(entry, "msDS-User-Account-Control-Computed") or 0) & _PASSWORD_EXPIRED:
        yield 0.0


def _first(entry: Values, name: str) -> bytes:
    values = entry.get(name.lower().encode())
    return values[0].strip() if values else b""


def _number(entry: Values, name: str) -> int | None:
    """Read a number; None: it is not there, or none, which no directory's schema lets in."""
    try:
        return int(_first(entry, name))
    except ValueError:
        return None


def _times(entry: Values, *names: str) -> Iterable[float]:
    """Read times at which something ends; what cannot be read has ended."""
    for name in names:
        at = _time(entry, name, unreadable=0.0)
        if at is not None:
            yield at


def _time(entry: Values, name: str, *, unreadable: float) -> float | None:
    """Read a time, in seconds since the epoch; None: there is none."""
    value = _first(entry, name)
    if not value:
        return None
    try:
        return generalized_time(value)
    except (ValueError, OverflowError):
        return unreadable
