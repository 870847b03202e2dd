"""
Whether a directory would let a person log in, where no password is tried that would show it.

A certificate or another server proves a first factor without a bind; so what a directory refuses
a right password for is read from the person's entry: userAccountControl and accountExpires in
Active Directory, nsAccountLock in 389 Directory Server and FreeIPA, krbPrincipalExpiration in
FreeIPA, pwdAccountLockedTime and pwdEndTime in OpenLDAP with its policy overlay. A directory that
shows none of them bars nobody. Locks that wrong passwords bring, and that end by themselves, are no
matter here: nobody guessed anything.
"""

from datetime import UTC, datetime
from typing import Final, Literal

from proxy.errors import PeerError
from proxy.firstfactor.one_entry import OneEntry
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import DirectoryOptions

Barred = Literal["account-disabled", "account-expired"]

DISABLED: Final = 0x2
"""Of userAccountControl: ACCOUNTDISABLE ([MS-ADTS] section 2.2.16)."""
NEVER: Final = frozenset({0, 2**63 - 1})
"""Of accountExpires ([MS-ADA1] section 2.1)."""
_EPOCH: Final = 11_644_473_600
"""Seconds from 1601, where Active Directory begins to count, to 1970."""
LOCKED_FOR_GOOD: Final = b"000001010000Z"
"""Of pwdAccountLockedTime: only an administrator unlocks it (draft-behera-ldap-password-policy)."""
_NAMES: Final = (
    "userAccountControl",
    "accountExpires",
    "nsAccountLock",
    "krbPrincipalExpiration",
    "pwdAccountLockedTime",
    "pwdEndTime",
)
_TIMES: Final = (b"krbprincipalexpiration", b"pwdendtime")


class UnreadableStanding(PeerError):  # noqa: N818 - it names what was found
    """An entry that says what cannot be read."""

    reason = "standing"


class Standing:
    """Asks for one person's entry, by its name."""

    def __init__(self, options: DirectoryOptions) -> None:
        self._entry = OneEntry(options, _NAMES)

    def request(self, dn: str) -> bytes:
        """Write the search for one entry."""
        return self._entry.request(dn)

    def read(self, answer: Answer, now: float) -> Barred | None:
        """
        Say why the person may not log in; None: they may.

        Raises:
            NoEntry, MalformedMessage: the entry is gone, or cannot be read.
            UnreadableStanding: a value is none.
        """
        values = self._entry.read(answer)
        try:
            return _barred({name: found[0] for name, found in values.items() if found}, now)
        except (ValueError, OverflowError) as error:
            raise UnreadableStanding(f"found an entry that says {error}") from error


def _barred(values: dict[bytes, bytes], now: float) -> Barred | None:
    if int(values.get(b"useraccountcontrol", b"0")) & DISABLED:
        return "account-disabled"
    if values.get(b"nsaccountlock", b"false").strip().lower() == b"true":
        return "account-disabled"
    if values.get(b"pwdaccountlockedtime") == LOCKED_FOR_GOOD:
        return "account-disabled"
    expires = int(values.get(b"accountexpires", b"0"))
    if expires not in NEVER and expires / 10**7 - _EPOCH <= now:
        return "account-expired"
    if any(name in values and generalized_time(values[name]) <= now for name in _TIMES):
        return "account-expired"
    return None


def generalized_time(value: bytes) -> float:
    """
    Give the seconds since the epoch of a Generalized Time (RFC 4517 section 3.3.13) in UTC.

    A fraction is left out: a second does not matter here.

    Raises:
        ValueError: it is none, or of another zone.
    """
    text = value.decode("ascii", "backslashreplace")
    whole, dot, fraction = text.removesuffix("Z").partition(".")
    if not text.endswith("Z") or (dot and not fraction.isdecimal()) or len(whole) not in (12, 14):
        raise ValueError(f"{text!r}, wanted a time like 20300101000000Z")
    return (
        datetime.strptime(whole.ljust(14, "0") + "+0000", "%Y%m%d%H%M%S%z")
        .astimezone(UTC)
        .timestamp()
    )
