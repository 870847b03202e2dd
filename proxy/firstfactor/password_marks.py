"""
When a person's password was changed last, as far as a directory shows it.

What shows it differs: pwdLastSet in Active Directory, pwdChangedTime in OpenLDAP with its policy
overlay, passwordExpirationTime or pwdUpdateTime in 389 Directory Server with its password policy,
krbLastPwdChange in FreeIPA. None is read as a time: whoever asks compares them whole. A directory
that shows none of them gives the same, empty mark for ever.
"""

from math import ceil
from typing import Final

from proxy.errors import PeerError
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import DirectoryOptions
from proxy.ldap import requests, responses
from proxy.ldap.requests import Scope, SearchRequest

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
_NAMES: Final = tuple(name.encode() for name in SHOWN_BY)
_WANTED: Final = frozenset(name.lower() for name in _NAMES)


class NotShown(PeerError):  # noqa: N818 - it names what was found
    """A directory that does not give a person's entry any more."""

    reason = "password-mark"


class PasswordMarks:
    """Asks for one person's entry, by its name."""

    def __init__(self, options: DirectoryOptions) -> None:
        self._time_limit = ceil(options.timeout)

    def request(self, dn: str) -> bytes:
        """Write the search for one entry."""
        return requests.encode_search(
            SearchRequest(
                dn.encode("utf-8", "surrogateescape"),
                Scope.BASE,
                _NAMES,
                size_limit=1,
                time_limit=self._time_limit,
            )
        )

    def read(self, answer: Answer) -> bytes:
        """Read what the entry shows. Raises NotShown, MalformedMessage."""
        if answer.result.code != responses.SUCCESS or len(answer.entries) != 1 or answer.dropped:
            raise NotShown(f"found no one entry: {answer.result.diagnostic} ({answer.result.code})")
        entry = responses.decode_entry(answer.entries[0], _WANTED)
        values = sorted(
            (name, value) for name, found in entry.attributes.items() for value in found
        )
        return b"".join(
            len(part).to_bytes(4, "big") + part for name, value in values for part in (name, value)
        )
