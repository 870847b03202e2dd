"""
A person's entry: how it is searched, and what is read from it.

The name of an account is the value of `user_name`. Where an entry has several values (aliases),
it is the one that the entry's own RDN holds, else the smallest: the same whichever was typed.
"""

from math import ceil
from typing import Final
from uuid import UUID

from proxy.accounts.account import Values, account_name
from proxy.errors import PeerError
from proxy.firstfactor.options import DirectoryOptions, GroupsByAttribute
from proxy.firstfactor.primary_group import OBJECT_SID, PRIMARY_GROUP_ID
from proxy.ldap import requests, responses
from proxy.ldap.names import BadName, canonical_type, fold_value, parse_dn
from proxy.ldap.requests import Scope, SearchRequest
from proxy.ldap.responses import Entry

STABLE_IDS: Final = ("objectGUID", "ipaUniqueID", "nsUniqueId", "entryUUID")
"""In the order of preference; operational ones come only when they are asked for by name.

389 Directory Server gives entryUUID only since its version 2.0, and to old entries only after a
task: it stands last there, so that nobody becomes another person by that task.
"""

_STABLE_IDS: Final = tuple((name.lower().encode(), name == "objectGUID") for name in STABLE_IDS)
"""As entries name them, and whether the value is octets."""

PEOPLE_LIMIT: Final = 2
"""Entries asked for: one too many is enough to know that a name is not unique."""


class UnusableEntry(PeerError):  # noqa: N818 - it names what was found
    """A person's entry without what an account needs; the message says what."""

    reason = "unusable-entry"


class PeopleSearch:
    """Finds a person's entry by the name that was typed, and reads it."""

    def __init__(self, options: DirectoryOptions) -> None:
        self._user_name = options.user_name
        self._named = options.user_name.lower().encode()
        attributes = [options.user_name, *STABLE_IDS]
        if isinstance(options.groups, GroupsByAttribute):
            attributes.append(options.groups.attribute)
        if options.groups is not None:
            attributes += [PRIMARY_GROUP_ID, OBJECT_SID]
        self._sent = tuple((name.lower(), name.lower().encode()) for name in options.sent)
        asked = {name.lower() for name in attributes}
        attributes += [name for name in options.sent if name.lower() not in asked]
        self._wanted = frozenset(name.lower().encode() for name in attributes)
        request = SearchRequest(
            options.search_base.encode(),
            Scope.SUBTREE,
            tuple(name.encode() for name in attributes),
            size_limit=PEOPLE_LIMIT,
            time_limit=ceil(options.timeout),
        )
        self._template = requests.search_template(request, options.user_filter)

    def request(self, typed: str) -> bytes:
        """Write the search for one name; whatever stands in it is a value, never a filter."""
        return self._template.operation(typed.encode("utf-8", "surrogateescape"))

    def read(self, body: bytes) -> Entry:
        """Read what a person's entry was asked for. Raises MalformedMessage."""
        return responses.decode_entry(body, self._wanted)

    def user_name(self, entry: Entry, dn: str) -> str:
        """
        Give the account's name.

        Raises:
            UnusableEntry: the attribute is missing, or holds what is no text.
        """
        values = entry.attributes.get(self._named, [])
        try:
            names = sorted([account_name(value.decode()) for value in values])
        except UnicodeDecodeError as error:
            raise UnusableEntry(f"found a value of {self._user_name} that is not UTF-8") from error
        if not names or not all(map(str.strip, names)):
            raise UnusableEntry(f"found an entry without {self._user_name}")
        return names[0] if len(names) == 1 else self._own_name(names, dn)

    def sent(self, entry: Entry) -> Values:
        """Give what the entry has of the attributes that policies send."""
        return tuple((name, _texts(entry, octets)) for name, octets in self._sent)

    def _own_name(self, names: list[str], dn: str) -> str:
        """Choose the name in the entry's RDN, else the first."""
        try:
            rdn = dict(parse_dn(dn)[0])
        except BadName:
            return names[0]
        own = rdn.get(canonical_type(self._user_name))
        return next((name for name in names if fold_value(name) == own), names[0])


def _texts(entry: Entry, attribute: bytes) -> tuple[str | None, ...]:
    """Give an attribute's values; of so many that a server gave a part, none as a text."""
    if any(name.startswith(attribute + b";range=") for name in entry.attributes):
        return (None,)
    return tuple(_text(value) for value in entry.attributes.get(attribute, ()))


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def entry_dn(entry: Entry) -> str:
    """Give an entry's name. Raises UnusableEntry: it is empty or not UTF-8."""
    try:
        dn = entry.dn.decode()
    except UnicodeDecodeError as error:
        raise UnusableEntry("found an entry whose DN is not UTF-8") from error
    if not dn:
        raise UnusableEntry("found an entry without a DN")
    return dn


def stable_id(entry: Entry) -> str | None:
    """Give the id that stays when an entry is renamed; None: the directory has none."""
    for name, is_guid in _STABLE_IDS:
        values = entry.attributes.get(name)
        if values and values[0]:
            if is_guid:
                return _guid(values[0])
            return values[0].decode("utf-8", "backslashreplace").lower()
    return None


def _guid(octets: bytes) -> str:
    """Write an objectGUID as Active Directory's own tools do."""
    return str(UUID(bytes_le=octets)) if len(octets) == 16 else octets.hex()
