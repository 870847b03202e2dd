"""
One search in pages, where a server gives no more than so many entries at once.

It begins anew after a search that ran into the server's limit; hardly anybody is in so many groups.
Servers without pages run into their limit again, which is told as it is.
"""

from typing import Final

from proxy.firstfactor.connection import Connection
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.server import DirectoryServer
from proxy.ldap import responses
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.pages import encode_page, next_cookie

PAGE: Final = 500
"""Entries: half of Active Directory's MaxPageSize, OpenLDAP's default limit."""
PAGES_LIMIT: Final = 100
"""Pages of one search, so that none goes on without end."""

LIMITS_EXCEEDED: Final = frozenset({responses.SIZE_LIMIT_EXCEEDED, responses.ADMIN_LIMIT_EXCEEDED})
"""Results that say that there is more than is given at once."""


async def search_in_pages(server: DirectoryServer, request: bytes, entries_wanted: int) -> Answer:
    """
    Search to the end; give the last page's result with the entries of all.

    Raises:
        ServerFailure: there was no answer to a page.
        MalformedMessage: a page does not say whether it is the last, or there is no end of them.
    """
    entries: list[bytes] = []
    over: Connection | None = None
    cookie = b""
    for _ in range(PAGES_LIMIT):
        operation = server.page(
            request, encode_page(PAGE, cookie), entries_wanted - len(entries), over
        )
        answer = server.heard(await operation.answered)
        entries += answer.entries
        cookie = next_cookie(answer.controls)
        if not cookie or answer.result.code != responses.SUCCESS or answer.dropped:
            return Answer(answer.result, b"", entries, answer.dropped)
        if not isinstance(operation.holder, Connection):
            break
        over = operation.holder
    raise MalformedMessage(f"found more than {PAGES_LIMIT} pages")
