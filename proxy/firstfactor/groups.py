"""
A person's groups, as canonical DNs. Groups that could not be read are a failure, never "no groups".
"""

from collections.abc import Iterable
from math import ceil
from typing import Final

from proxy.errors import PeerError
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import GroupsBySearch, NestedActiveDirectory
from proxy.ldap import requests, responses
from proxy.ldap.filters import compile_filter
from proxy.ldap.names import BadName, canonical_dn
from proxy.ldap.requests import Scope, SearchRequest
from proxy.ldap.responses import Entry

GROUPS_LIMIT: Final = 5000
"""Groups of one person; Active Directory itself allows about 1,000."""

IN_CHAIN: Final = "(member:1.2.840.113556.1.4.1941:={dn})"
"""Active Directory's LDAP_MATCHING_RULE_IN_CHAIN: members of members too."""


class GroupsUnread(PeerError):  # noqa: N818 - it names what was found
    """What a directory said of a person's groups cannot be relied on."""

    reason = "groups-unread"


def groups_in_entry(entry: Entry, attribute: bytes) -> frozenset[str]:
    """
    Read the groups that the person's entry names.

    Args:
        attribute: in lower case.

    Raises:
        GroupsUnread: the server gave only a part (Active Directory's `range` option), or a value
            is no DN.
    """
    for name in entry.attributes:
        if name.startswith(attribute + b";range="):
            raise GroupsUnread(
                f"found only a part of the groups: {name.decode('ascii', 'replace')}"
            )
    return _canonical(entry.attributes.get(attribute, ()))


class GroupSearch:
    """Finds groups by a search."""

    def __init__(
        self, groups: GroupsBySearch | NestedActiveDirectory, people_base: str, timeout: float
    ) -> None:
        self.place = "dn"
        """What fills the filter: the person's `dn` or `username`."""
        base, template = _domain(people_base), compile_filter(IN_CHAIN, "dn")
        if isinstance(groups, GroupsBySearch):
            self.place = groups.place
            base, template = groups.search_base, groups.filter
        request = SearchRequest(
            base.encode(),
            Scope.SUBTREE,
            (requests.NO_ATTRIBUTES,),
            size_limit=GROUPS_LIMIT,
            time_limit=ceil(timeout),
        )
        self._template = requests.search_template(request, template)

    def request(self, dn: str, user_name: str) -> bytes:
        """Write the search for one person's groups."""
        return self._template.operation((dn if self.place == "dn" else user_name).encode())

    @staticmethod
    def read(answer: Answer) -> frozenset[str]:
        """
        Read what was found.

        Raises:
            GroupsUnread: the search did not end in success, or too much was found.
            MalformedMessage: an entry cannot be read.
        """
        result = answer.result
        if result.code != responses.SUCCESS:
            raise GroupsUnread(f"the search for groups failed: {result.diagnostic} ({result.code})")
        if answer.dropped:
            raise GroupsUnread(f"found more than {GROUPS_LIMIT} groups of one person")
        nothing: frozenset[bytes] = frozenset()
        return _canonical(responses.decode_entry(body, nothing).dn for body in answer.entries)


def _domain(people_base: str) -> str:
    """Give the Active Directory domain that a base lies in: its `dc` parts at the end."""
    parts = people_base.split(",")
    kept = len(parts) - next(
        (
            index
            for index, part in enumerate(reversed(parts))
            if not part.strip().lower().startswith("dc=")
        ),
        len(parts),
    )
    return ",".join(parts[kept:]) or people_base


def _canonical(values: Iterable[bytes]) -> frozenset[str]:
    try:
        return frozenset([canonical_dn(value.decode()) for value in values])
    except (BadName, UnicodeDecodeError) as error:
        raise GroupsUnread(f"found a group whose name is no DN: {error}") from error
