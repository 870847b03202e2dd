"""
Who is in which groups: each way that `groups` may be configured, from entry to canonical DNs.

Direct    an attribute of the person's entry names them (memberOf)
Searched  a search finds those that name the person
Walked    and those that name these groups, and so on, level by level
Chained   one search, by Active Directory's matching rule in chain

Where the entry has a primary group, it is among them. Whatever cannot be read whole raises
`GroupsUnread`; nobody passes by a part of the groups, or by none in their place.
"""

from collections.abc import Sequence
from math import ceil
from typing import Final, Protocol

from proxy.deadlines import Timer
from proxy.firstfactor.groups import (
    GROUPS_LIMIT,
    GroupSearch,
    GroupsUnread,
    canonical_group,
    canonical_groups,
    found,
)
from proxy.firstfactor.options import (
    DirectoryOptions,
    GroupsByAttribute,
    GroupsBySearch,
)
from proxy.firstfactor.paging import LIMITS_EXCEEDED
from proxy.firstfactor.primary_group import PrimaryGroups, by_sid, primary_sid
from proxy.firstfactor.ranges import part, rest
from proxy.firstfactor.servers import Servers
from proxy.ldap import ber
from proxy.ldap.filters import OR
from proxy.ldap.responses import Entry

LEVELS: Final = 16
"""How deep groups may be nested: what is deeper is a mistake, and told as one."""
TOGETHER: Final = 64
"""Groups whose groups are searched at once; a filter of so many DNs is some 10 KiB."""

NO_GROUPS: Final[frozenset[str]] = frozenset()


class Membership(Protocol):
    """A way to a person's groups."""

    async def of(self, entry: Entry, dn: str, user_name: str) -> frozenset[str]:
        """
        Give the canonical DNs of a person's groups.

        Raises:
            GroupsUnread: some cannot be read, or there are too many.
            Unavailable, PeerError: as of any search.
        """


def membership(options: DirectoryOptions, servers: Servers, timer: Timer) -> Membership:
    """Choose the way that is configured."""
    groups = options.groups
    if groups is None:
        return Nobody()
    primary = PrimaryGroups(servers, timer, options.timeout)
    if isinstance(groups, GroupsByAttribute):
        return Direct(groups, servers, primary, options.timeout)
    search = GroupSearch(groups, options.search_base, options.timeout)
    if not isinstance(groups, GroupsBySearch):
        return Chained(search, servers, primary)
    return (Walked if groups.walk else Searched)(search, servers, primary)


class Nobody:
    """Groups are not read at all."""

    async def of(self, entry: Entry, dn: str, user_name: str) -> frozenset[str]:  # noqa: ARG002
        """Give none."""
        return NO_GROUPS


class Direct:
    """The person's entry names the groups."""

    def __init__(
        self, groups: GroupsByAttribute, servers: Servers, primary: PrimaryGroups, timeout: float
    ) -> None:
        self._attribute = groups.attribute.lower().encode()
        self._servers = servers
        self._primary = primary
        self._time_limit = ceil(timeout)

    async def of(self, entry: Entry, dn: str, user_name: str) -> frozenset[str]:  # noqa: ARG002
        """Read them; ask for the rest where the server gave a part."""
        values, begin = part(entry, self._attribute)
        if begin is not None:
            values = values + await rest(
                self._servers, dn, self._attribute, begin, time_limit=self._time_limit
            )
        sid = primary_sid(entry)
        if sid is not None:
            values = [*values, await self._primary.find(sid, dn)]
        return canonical_groups(values)


class Searched:
    """A search finds the groups that name the person."""

    def __init__(self, search: GroupSearch, servers: Servers, primary: PrimaryGroups) -> None:
        self._search = search
        self._servers = servers
        self._primary = primary

    async def of(self, entry: Entry, dn: str, user_name: str) -> frozenset[str]:
        """Search once."""
        return canonical_groups(await self._direct(entry, dn, user_name))

    async def _direct(self, entry: Entry, dn: str, user_name: str) -> list[bytes]:
        dns = await _all_found(self._servers, self._search.request(dn, user_name))
        sid = primary_sid(entry)
        return dns if sid is None else [*dns, await self._primary.find(sid, dn)]


class Walked(Searched):
    """The groups that these groups are in are searched too."""

    async def of(self, entry: Entry, dn: str, user_name: str) -> frozenset[str]:
        """Search level by level; a group that was met is not met again, so cycles end."""
        known: set[str] = set()
        fresh = self._new(await self._direct(entry, dn, user_name), known)
        for _ in range(LEVELS - 1):
            if not fresh:
                break
            level: list[bytes] = []
            for at in range(0, len(fresh), TOGETHER):
                level += await self._groups_of(fresh[at : at + TOGETHER])
            fresh = self._new(level, known)
        if fresh and await self._is_deeper(fresh, known):
            raise GroupsUnread(f"found groups nested deeper than {LEVELS} levels")
        return frozenset(known)

    async def _groups_of(self, dns: Sequence[bytes]) -> list[bytes]:
        return await _all_found(self._servers, self._search.request_of(dns))

    async def _is_deeper(self, fresh: Sequence[bytes], known: set[str]) -> bool:
        for at in range(0, len(fresh), TOGETHER):
            if self._new(await self._groups_of(fresh[at : at + TOGETHER]), known):
                return True
        return False

    @staticmethod
    def _new(dns: Sequence[bytes], known: set[str]) -> list[bytes]:
        """Give those that are not known yet, and know them from now on."""
        fresh = []
        for dn in dns:
            name = canonical_group(dn)
            if name not in known:
                known.add(name)
                fresh.append(dn)
        if len(known) > GROUPS_LIMIT:
            raise GroupsUnread(f"found more than {GROUPS_LIMIT} groups of one person")
        return fresh


class Chained:
    """One search finds the groups that name the person, directly or by other groups."""

    def __init__(self, search: GroupSearch, servers: Servers, primary: PrimaryGroups) -> None:
        self._search = search
        self._servers = servers
        self._primary = primary

    async def of(self, entry: Entry, dn: str, user_name: str) -> frozenset[str]:
        """
        Search; the primary group's own groups too.

        The search finds the primary group by its identifier, so that a remembered DN which is no
        longer its own is noticed, and asked for once more.
        """
        sid = primary_sid(entry)
        if sid is None:
            request = self._search.request(dn, user_name)
            return canonical_groups(await _all_found(self._servers, request))
        for _ in range(2):
            group = await self._primary.find(sid, dn)
            in_either = self._search.of_any((dn.encode(), group))
            written = ber.element(OR, *in_either, by_sid(sid))
            dns = await _all_found(self._servers, self._search.filtered(written))
            if group in dns:
                return canonical_groups(dns)
            self._primary.forget(sid)
        raise GroupsUnread("the primary group is not where it was found")


async def _all_found(servers: Servers, request: bytes) -> list[bytes]:
    """Search, in pages where the server gives no more at once; give the DNs."""
    answer = await servers.search(request, GROUPS_LIMIT)
    if answer.result.code in LIMITS_EXCEEDED:
        answer = await servers.search_in_pages(request, GROUPS_LIMIT)
    return found(answer)
