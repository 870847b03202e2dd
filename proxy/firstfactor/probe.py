"""What `check --connect` asks of a directory: each server once, all its steps, nothing kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from proxy.deadlines import Deadlines
from proxy.firstfactor.connection import Connection
from proxy.firstfactor.directories import openings
from proxy.firstfactor.failures import ServerFailure
from proxy.firstfactor.kinds import (
    ROOT_ATTRIBUTES,
    Found,
    Values,
    is_freeipa,
    recognise,
    unknown_attributes,
)
from proxy.firstfactor.lockouts import Lockouts, read_lockouts
from proxy.firstfactor.opening import Opening
from proxy.firstfactor.operation import Answer, Operation
from proxy.firstfactor.options import (
    DirectoryOptions,
    GroupsByAttribute,
    GroupsBySearch,
    Server,
)
from proxy.ldap import ber, requests, responses
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.filters import ANYTHING, EQUALITY
from proxy.ldap.requests import Scope, SearchRequest

_SUBSCHEMA: Final = ber.element(
    EQUALITY,
    ber.element(ber.OCTET_STRING, b"objectClass"),
    ber.element(ber.OCTET_STRING, b"subschema"),
)
"""RFC 4512 section 4.4: without it, the entry may be hidden."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What one server had to say."""

    server: Server
    trouble: str | None
    """Why it cannot be used: no connection, its certificate, the service account; None: it can."""
    missing: dict[str, str]
    """The DNs that it does not have (or not show to the service account), each with its words."""
    found: Found | None = None
    """Which directory it is; None: it could not be asked."""
    lockouts: Lockouts | None = None
    """When it locks accounts; None: it could not be asked."""


async def probe_directory(
    options: DirectoryOptions,
    dns: Sequence[str],
    reactor: Any,  # noqa: ANN401 - a reactor's interfaces are zope's, not types
) -> list[Probed]:
    """
    Connect to every server, bind as the service account, look for the search base and *dns*.

    Raises:
        BadCertificates: the CA certificates cannot be read.
    """
    wanted = list(dict.fromkeys([options.search_base, *dns]))
    return [
        await _probed(server, opening, wanted, options, reactor)
        for server, opening in zip(
            options.servers, openings(options, reactor, Deadlines(reactor)), strict=True
        )
    ]


async def _probed(
    server: Server,
    opening: Opening,
    wanted: Sequence[str],
    options: DirectoryOptions,
    reactor: Any,  # noqa: ANN401 - as above
) -> Probed:
    missing: dict[str, str] = {}
    trouble = found = lockouts = None
    try:
        connection = await opening.searching()
    except ServerFailure as failure:
        return Probed(server, str(failure), missing)
    asked = Asked(connection, options.timeout, reactor)
    try:
        for dn in wanted:
            words = await _missing(asked, dn)
            if words is not None:
                missing[dn] = words
        found = await _recognised(asked, options)
        lockouts = await read_lockouts(asked, found)
        connection.close()
    except (ServerFailure, MalformedMessage) as failure:
        trouble = str(failure)
        connection.abort()
    await connection.gone
    return Probed(server, trouble, missing, found, lockouts)


class Asked:
    """A connection, asked for one entry after another."""

    def __init__(self, connection: Connection, timeout: float, reactor: Any) -> None:  # noqa: ANN401 - as above
        self._connection = connection
        self._timeout = timeout
        self._reactor = reactor

    async def search(self, request: SearchRequest, entries_wanted: int) -> Answer:
        """Search for several entries. Raises ServerFailure."""
        operation = Operation(
            requests.encode_search(request),
            self._reactor.seconds() + self._timeout,
            entries_wanted=entries_wanted,
        )
        return await self._connection.ask(operation)

    async def answer(
        self, dn: bytes, attributes: tuple[bytes, ...], written: bytes = ANYTHING
    ) -> Answer:
        """Search for the entry of this name. Raises ServerFailure."""
        return await self.search(SearchRequest(dn, Scope.BASE, attributes, written), 1)

    async def values(
        self, dn: bytes, attributes: tuple[bytes, ...], written: bytes = ANYTHING
    ) -> Values:
        """Give attributes of an entry; empty where it is not shown. Raises ServerFailure."""
        answer = await self.answer(dn, attributes, written)
        if not answer.entries:
            return {}
        wanted = frozenset(name.lower() for name in attributes)
        return responses.decode_entry(answer.entries[0], wanted).attributes


async def _missing(asked: Asked, dn: str) -> str | None:
    """Say why there is no entry of this name; None: there is."""
    answer = await asked.answer(dn.encode(), (requests.NO_ATTRIBUTES,))
    if answer.result.code == responses.SUCCESS and answer.entries:
        return None
    if answer.result.code in (responses.SUCCESS, responses.NO_SUCH_OBJECT):
        return "there is no such entry, or the service account may not see it"
    return f"{answer.result.diagnostic} ({answer.result.code})"


async def _recognised(asked: Asked, options: DirectoryOptions) -> Found:
    """Ask a server what it is; its schema too, where that says more than Active Directory's."""
    root = await asked.values(b"", ROOT_ATTRIBUTES)
    found = recognise(root, options.search_base)
    if found.kind == "389" and found.suffix is not None:
        told = await asked.values(found.suffix.encode(), (b"info",))
        if is_freeipa(told):
            found = replace(found, kind="freeipa", title=f"FreeIPA on {found.title}")
    if found.kind == "active-directory":
        return found
    places = root.get(b"subschemasubentry", [])
    definitions: list[bytes] = []
    if places:
        schema = await asked.values(places[0], (b"attributeTypes",), _SUBSCHEMA)
        definitions = schema.get(b"attributetypes", [])
    return replace(found, unknown=unknown_attributes(_configured(options), definitions))


def _configured(options: DirectoryOptions) -> set[str]:
    """Give the attributes that the configuration names."""
    names = {options.user_filter.first_attribute, options.user_name}
    names |= {*options.sent}
    if options.nt_hash is not None:
        names.add(options.nt_hash)
    if isinstance(options.groups, GroupsByAttribute):
        names.add(options.groups.attribute)
    elif isinstance(options.groups, GroupsBySearch):
        names.add(options.groups.filter.first_attribute)
    return names
