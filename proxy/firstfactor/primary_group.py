"""
The primary group of a person in Active Directory, which no `member` and no `memberOf` names.

The person's entry holds its number (`primaryGroupID`, mostly 513, Domain Users), the domain's part
of `objectSid` does the rest. Nearly everybody has the same one, so its DN is kept for a while; that
it has another name since is noticed by `membership`, where it matters.
"""

from math import ceil
from typing import Final

from proxy.deadlines import Timer
from proxy.firstfactor.groups import GroupsUnread, domain_of
from proxy.firstfactor.servers import Servers
from proxy.ldap import ber, requests, responses
from proxy.ldap.filters import EQUALITY
from proxy.ldap.requests import Scope, SearchRequest
from proxy.ldap.responses import Entry
from proxy.ldap.security_ids import BadSecurityId, is_of_domain, sibling

KEPT: Final = 300.0
"""Seconds that the DN of a primary group is believed: groups are seldom renamed."""
KEPT_GROUPS: Final = 1000
"""Of one directory; most have one."""

PRIMARY_GROUP_ID: Final = "primaryGroupID"
OBJECT_SID: Final = "objectSid"
_GROUP_ID, _SID = (name.lower().encode() for name in (PRIMARY_GROUP_ID, OBJECT_SID))


def primary_sid(entry: Entry) -> bytes | None:
    """
    Give the security identifier of a person's primary group.

    None: there is none, as in every directory but Active Directory.

    Raises:
        GroupsUnread: an account of a domain whose primary group is not shown, or not readable.
    """
    sids = entry.attributes.get(_SID, [])
    group_ids = entry.attributes.get(_GROUP_ID, [])
    if not group_ids:
        if sids and is_of_domain(sids[0]):
            raise GroupsUnread(f"found an account of a domain without {PRIMARY_GROUP_ID}")
        return None
    if not sids:
        raise GroupsUnread(f"found {PRIMARY_GROUP_ID} without {OBJECT_SID}")
    try:
        return sibling(sids[0], group_ids[0])
    except BadSecurityId as error:
        raise GroupsUnread(str(error)) from error


def by_sid(sid: bytes) -> bytes:
    """Write the filter that finds a security identifier's one entry."""
    return ber.element(
        EQUALITY,
        ber.element(ber.OCTET_STRING, OBJECT_SID.encode()),
        ber.element(ber.OCTET_STRING, sid),
    )


class PrimaryGroups:
    """Finds the DNs of primary groups; remembers them."""

    def __init__(self, servers: Servers, timer: Timer, timeout: float) -> None:
        self._servers = servers
        self._timer = timer
        self._time_limit = ceil(timeout)
        self._kept: dict[bytes, tuple[float, bytes]] = {}

    async def find(self, sid: bytes, person_dn: str) -> bytes:
        """
        Give a group's DN.

        Raises:
            GroupsUnread: the directory does not show it.
            Unavailable, PeerError: as of any search.
        """
        now = self._timer.seconds()
        until, dn = self._kept.get(sid, (now, b""))
        if now < until:
            return dn
        request = SearchRequest(
            domain_of(person_dn).encode(),
            Scope.SUBTREE,
            (requests.NO_ATTRIBUTES,),
            by_sid(sid),
            size_limit=2,
            time_limit=self._time_limit,
        )
        answer = await self._servers.search(requests.encode_search(request), 2)
        result = answer.result
        if result.code != responses.SUCCESS or len(answer.entries) != 1:
            words = f"{result.diagnostic} ({result.code}, {len(answer.entries)} entries)"
            raise GroupsUnread(f"the primary group was not found: {words}")
        dn = responses.decode_entry(answer.entries[0], frozenset()).dn
        if len(self._kept) >= KEPT_GROUPS:
            self._kept.clear()
        self._kept[sid] = (now + KEPT, dn)
        return dn

    def forget(self, sid: bytes) -> None:
        """Ask anew the next time."""
        self._kept.pop(sid, None)
