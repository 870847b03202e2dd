"""One person's entry, asked for by its name: attributes that no search for people brings."""

from collections.abc import Mapping, Sequence
from math import ceil

from proxy.errors import PeerError
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import DirectoryOptions
from proxy.ldap import requests, responses
from proxy.ldap.requests import Scope, SearchRequest

Values = Mapping[bytes, list[bytes]]
"""An entry's attributes, names in lower case."""


class NoEntry(PeerError):  # noqa: N818 - it names what was found
    """A directory that does not give the entry any more."""

    reason = "no-entry"


class OneEntry:
    """
    Asks for the same attributes of one entry after the other.

    Args:
        names: of attributes; many are operational, which a server gives only when they are named.
    """

    def __init__(self, options: DirectoryOptions, names: Sequence[str]) -> None:
        self._names = tuple(name.encode() for name in names)
        self._wanted = frozenset(name.lower() for name in self._names)
        self._time_limit = ceil(options.timeout)

    def request(self, dn: str) -> bytes:
        """Write the search."""
        return requests.encode_search(
            SearchRequest(
                dn.encode("utf-8", "surrogateescape"),
                Scope.BASE,
                self._names,
                size_limit=1,
                time_limit=self._time_limit,
            )
        )

    def read(self, answer: Answer) -> Values:
        """
        Read what came.

        Raises:
            NoEntry: there is not one entry.
            MalformedMessage: it cannot be read.
        """
        if answer.result.code != responses.SUCCESS or len(answer.entries) != 1 or answer.dropped:
            raise NoEntry(f"found no one entry: {answer.result.diagnostic} ({answer.result.code})")
        return responses.decode_entry(answer.entries[0], self._wanted).attributes
