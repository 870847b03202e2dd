"""
What a person's groups are read from: searches for them, and names that can be compared.

Groups that could not be read are a failure, never "no groups". Who reads what is in `membership`.
"""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

from proxy.errors import PeerError
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import GroupsBySearch, NestedActiveDirectory
from proxy.ldap import ber, requests, responses
from proxy.ldap.filters import OR, compile_filter
from proxy.ldap.names import BadName, canonical_dn
from proxy.ldap.requests import Scope, SearchRequest

GROUPS_LIMIT: Final = 5000
"""Groups of one person; Active Directory itself allows about 1,000."""

IN_CHAIN: Final = "(member:1.2.840.113556.1.4.1941:={dn})"
"""Active Directory's LDAP_MATCHING_RULE_IN_CHAIN: members of members too."""


class GroupsUnread(PeerError):  # noqa: N818 - it names what was found
    """What a directory said of a person's groups cannot be relied on."""

    reason = "groups-unread"


class GroupSearch:
    """Finds groups by a search."""

    def __init__(
        self, groups: GroupsBySearch | NestedActiveDirectory, people_base: str, timeout: float
    ) -> None:
        self.place = "dn"
        """What fills the filter: the person's `dn` or `username`."""
        base, template = domain_of(people_base), compile_filter(IN_CHAIN, "dn")
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

    def request_of(self, dns: Sequence[bytes]) -> bytes:
        """Write the search for the groups of any of these entries."""
        return self.filtered(ber.element(OR, *self.of_any(dns)))

    def of_any(self, dns: Sequence[bytes]) -> list[bytes]:
        """Write a filter for the groups of each of these entries."""
        return [self._template.filter.octets(dn) for dn in dns]

    def filtered(self, written: bytes) -> bytes:
        """Write the search with another filter."""
        return ber.element(requests.SEARCH, self._template.head + written + self._template.tail)


def found(answer: Answer) -> list[bytes]:
    """
    Give the DNs that a search for groups found.

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
    return [responses.decode_entry(body, nothing).dn for body in answer.entries]


def domain_of(dn: str) -> str:
    """Give the Active Directory domain that a name lies in: its `dc` parts at the end."""
    parts = dn.split(",")
    kept = len(parts) - next(
        (
            index
            for index, part in enumerate(reversed(parts))
            if not part.strip().lower().startswith("dc=")
        ),
        len(parts),
    )
    return ",".join(parts[kept:]) or dn


def canonical_group(value: bytes) -> str:
    """Give a group's DN in the form in which groups are compared. Raises GroupsUnread."""
    try:
        return canonical_dn(value.decode())
    except (BadName, UnicodeDecodeError) as error:
        raise GroupsUnread(f"found a group whose name is no DN: {error}") from error


def canonical_groups(values: Iterable[bytes]) -> frozenset[str]:
    """Give the DNs of groups in the form in which they are compared. Raises GroupsUnread."""
    return frozenset([canonical_group(value) for value in values])
