"""
When a person's password was changed last, as far as a directory shows it.

What shows it differs: pwdLastSet in Active Directory, pwdChangedTime in OpenLDAP with its policy
overlay, passwordExpirationTime or pwdUpdateTime in 389 Directory Server with its password policy,
krbLastPwdChange in FreeIPA. None is read as a time: whoever asks compares them whole. A directory
that shows none of them gives the same, empty mark for ever.
"""

from typing import Final

from proxy.firstfactor.one_entry import OneEntry
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import DirectoryOptions

SHOWN_BY: Final = (
    "pwdLastSet",
    "pwdChangedTime",
    "passwordExpirationTime",
    "pwdUpdateTime",
    "krbLastPwdChange",
    "sambaPwdLastSet",
    "shadowLastChange",
)
"""Most are operational: a server gives them only when they are asked for by name."""


class PasswordMarks:
    """Asks for one person's entry, by its name."""

    def __init__(self, options: DirectoryOptions) -> None:
        self._entry = OneEntry(options, SHOWN_BY)

    def request(self, dn: str) -> bytes:
        """Write the search for one entry."""
        return self._entry.request(dn)

    def read(self, answer: Answer) -> bytes:
        """Read what the entry shows. Raises NoEntry, MalformedMessage."""
        entry = self._entry.read(answer)
        values = sorted((name, value) for name, found in entry.items() for value in found)
        return b"".join(
            len(part).to_bytes(4, "big") + part for name, value in values for part in (name, value)
        )
