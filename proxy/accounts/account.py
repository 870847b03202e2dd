"""
Who a person is to us: a directory of the configuration and the name that the directory returned.

Nothing here is what somebody typed: `alice`, `ALICE` and `alice ` are one account because the
directory answers them with one entry. Until it has answered, the folded name is the key.
"""

import unicodedata
from dataclasses import dataclass


def fold_username(typed: str) -> str:
    """Give the key of a typed name before the directory answered: NFKC, case-folded, trimmed."""
    folded = unicodedata.normalize("NFKC", typed).casefold()
    key = unicodedata.normalize("NFKC", folded).strip()
    return typed if key == typed else key  # one text in memory where there is but one


def account_name(returned: str) -> str:
    """Give the account's name from the directory's value: NFC, nothing else changed."""
    return unicodedata.normalize("NFC", returned)


Values = tuple[tuple[str, tuple[str | None, ...]], ...]
"""Attributes of an entry, in lower case, with their values; None: one that is no text."""


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of a directory, found by its unique name."""

    directory: str
    """The directory's name in the configuration."""
    user_name: str
    """The value of `user_name` as the directory returned it, NFC."""
    stable_id: str | None
    """entryUUID, objectGUID, nsUniqueId or ipaUniqueID; None where the directory has none."""
    dn: str
    """The entry's distinguished name as the directory returned it."""
    groups: frozenset[str]
    """DNs of the person's groups, in the canonical form of `proxy.ldap.names`."""

    attributes: Values = ()
    """What the entry has of the attributes that policies send."""

    def alone(self) -> "Person":
        """Give the person without groups and attributes, which are not needed for long."""
        return Person(self.directory, self.user_name, self.stable_id, self.dn, _NO_GROUPS)


_NO_GROUPS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Enrolments:
    """What an account can pass a second factor with."""

    device_id: str | None
    """Thumbprint of the enrolled phone's key; None: no phone."""
    totp_digits: int | None
    """Digits of the account's TOTP codes; None: no TOTP."""
    recovery_codes: int
    """How many unused recovery codes are left."""
    passkey: bool = False
    """The phone has a passkey, with which it can verify its person."""

    def has(self, factor: str) -> bool:
        """Say whether *factor* (push, totp, recovery) is enrolled."""
        match factor:
            case "push":
                return self.device_id is not None
            case "totp":
                return self.totp_digits is not None
            case "recovery":
                return self.recovery_codes > 0
            case _:
                return False


NOTHING_ENROLLED = Enrolments(device_id=None, totp_digits=None, recovery_codes=0)


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account in the store."""

    id: int
    directory: str
    user_name: str
    blocked: str | None
    """Why no login passes now: `blocked` by an admin, or `another-person` (the stable id changed,
    the enrolments are set aside until an admin decides); None: nothing blocks it."""
