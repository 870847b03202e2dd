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


async def whole(
    servers: Servers, entry: Entry, dn: str, attribute: bytes, *, time_limit: int
) -> list[bytes]:
    """
    Give all values of an attribute of DNs, asking for those that the entry does not hold.

    Raises:
        GroupsUnread: some could not be had, or there are more than anybody has.
        Unavailable, PeerError: as of any search.
    """
    values, begin = part(entry, attribute)
    while begin is not None:
        if begin > GROUPS_LIMIT:
            raise GroupsUnread(f"found more than {GROUPS_LIMIT} groups of one person")
        request = SearchRequest(
            dn.encode(),
            Scope.BASE,
            (attribute + b";range=%d-*" % begin,),
            time_limit=time_limit,
        )
        answer = await servers.search(requests.encode_search(request), 1)
        if answer.result.code != responses.SUCCESS or not answer.entries:
            code = answer.result.code
            raise GroupsUnread(
                f"found no values from {begin} on: {answer.result.diagnostic} ({code})"
            )
        more, after = part(
            responses.decode_entry(answer.entries[0], frozenset({attribute})), attribute
        )
        if not more or (after is not None and after <= begin):
            raise GroupsUnread(f"found no values from {begin} on")
        values, begin = values + more, after
    return values
