"""
An attribute with more values than a server gives at once: Active Directory's range retrieval.

It gives the first 1,500 values of `memberOf` as `memberOf;range=0-1499`; who wants all asks for
`memberOf;range=1500-*`, and so on until a range ends with `*`.
[MS-ADTS] section 3.1.1.3.1.3.3.
"""

import re
from typing import Final

from proxy.firstfactor.groups import GROUPS_LIMIT, GroupsUnread
from proxy.firstfactor.servers import Servers
from proxy.ldap import requests, responses
from proxy.ldap.requests import Scope, SearchRequest
from proxy.ldap.responses import Entry

_RANGE: Final = re.compile(rb"range=([0-9]{1,9})-([0-9]{1,9}|\*)")


def part(entry: Entry, attribute: bytes) -> tuple[list[bytes], int | None]:
    """
    Give the values of an attribute that an entry holds, and where those begin that it does not.

    Args:
        attribute: in lower case.

    Returns:
        The second is None where the values are all there are.

    Raises:
        GroupsUnread: a range cannot be understood.
    """
    values = entry.attributes.get(attribute, [])
    for name, ranged in entry.attributes.items():
        described, _, options = name.partition(b";")
        if described != attribute or not options.startswith(b"range="):
            continue
        found = _RANGE.fullmatch(options)
        if found is None or (found[2] != b"*" and int(found[2]) < int(found[1])):
            raise GroupsUnread(f"found the option {options.decode('ascii', 'replace')}")
        return values + ranged, None if found[2] == b"*" else int(found[2]) + 1
    return values, None


async def rest(
    servers: Servers, dn: str, attribute: bytes, begin: int, *, time_limit: int
) -> list[bytes]:
    """
    Give the values of an attribute of DNs from *begin* on.

    Raises:
        GroupsUnread: some could not be had, or there are more than anybody has.
        Unavailable, PeerError: as of any search.
    """
    values: list[bytes] = []
    at: int | None = begin
    while at is not None:
        if at > GROUPS_LIMIT:
            raise GroupsUnread(f"found more than {GROUPS_LIMIT} groups of one person")
        request = SearchRequest(
            dn.encode(), Scope.BASE, (attribute + b";range=%d-*" % at,), time_limit=time_limit
        )
        answer = await servers.search(requests.encode_search(request), 1)
        if answer.result.code != responses.SUCCESS or not answer.entries:
            code = answer.result.code
            raise GroupsUnread(f"found no values from {at} on: {answer.result.diagnostic} ({code})")
        entry = responses.decode_entry(answer.entries[0], frozenset({attribute}))
        more, after = part(entry, attribute)
        if not more or (after is not None and after <= at):
            raise GroupsUnread(f"found no values from {at} on")
        values += more
        at = after
    return values
