"""The mail address of a person, as the directory has it: asked when there is something to send."""

from math import ceil
from typing import Final

from proxy.accounts.account import account_name
from proxy.firstfactor.options import DirectoryOptions
from proxy.ldap import requests, responses
from proxy.ldap.filters import compile_filter
from proxy.ldap.requests import Scope, SearchRequest
from proxy.ldap.responses import Entry

ENTRIES: Final = 2
"""Entries asked for: one too many is enough to know that a name is not unique."""


class AddressSearch:
    """Finds the address of an account by its name."""

    def __init__(self, options: DirectoryOptions) -> None:
        attributes = (options.user_name, options.mail_attribute)
        self._user_name, self._mail = (name.lower().encode() for name in attributes)
        self._wanted = frozenset((self._user_name, self._mail))
        request = SearchRequest(
            options.search_base.encode(),
            Scope.SUBTREE,
            tuple(name.encode() for name in attributes),
            size_limit=ENTRIES,
            time_limit=ceil(options.timeout),
        )
        by_name = compile_filter(f"({options.user_name}={{username}})", "username")
        self._template = requests.search_template(request, by_name)

    def request(self, user_name: str) -> bytes:
        """Write the search for one account."""
        return self._template.operation(user_name.encode("utf-8", "surrogateescape"))

    def read(self, body: bytes, user_name: str) -> str | None:
        """Read the address of an entry; None: it has none, or is another person's."""
        entry: Entry = responses.decode_entry(body, self._wanted)
        names = [_text(value) for value in entry.attributes.get(self._user_name, [])]
        if user_name not in [account_name(name) for name in names if name is not None]:
            return None
        values = entry.attributes.get(self._mail, [])
        return _text(values[0]) if values else None


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
