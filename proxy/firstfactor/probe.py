"""What `check --connect` asks of a directory: each server once, all its steps, nothing kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proxy.deadlines import Deadlines
from proxy.firstfactor.connection import Connection
from proxy.firstfactor.directories import openings
from proxy.firstfactor.failures import ServerFailure
from proxy.firstfactor.operation import Operation
from proxy.firstfactor.options import DirectoryOptions, Server
from proxy.ldap import requests, responses
from proxy.ldap.requests import Scope, SearchRequest


@dataclass(frozen=True, slots=True)
class Probed:
    """What one server had to say."""

    server: Server
    trouble: str | None
    """Why it cannot be used: no connection, its certificate, the service account; None: it can."""
    missing: dict[str, str]
    """The DNs that it does not have (or not show to the service account), each with its words."""


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
    probed = []
    wanted = dict.fromkeys([options.search_base, *dns])
    for server, opening in zip(
        options.servers, openings(options, reactor, Deadlines(reactor)), strict=True
    ):
        missing: dict[str, str] = {}
        trouble = None
        try:
            connection = await opening.searching()
            for dn in wanted:
                words = await _missing(connection, dn, reactor.seconds() + options.timeout)
                if words is not None:
                    missing[dn] = words
            connection.close()
            await connection.gone
        except ServerFailure as failure:
            trouble = str(failure)
        probed.append(Probed(server, trouble, missing))
    return probed


async def _missing(connection: Connection, dn: str, deadline: float) -> str | None:
    """Say why there is no entry of this name; None: there is."""
    request = SearchRequest(dn.encode(), Scope.BASE, (requests.NO_ATTRIBUTES,))
    operation = Operation(requests.encode_search(request), deadline, entries_wanted=1)
    answer = await connection.ask(operation)
    if answer.result.code == responses.SUCCESS and answer.entries:
        return None
    if answer.result.code in (responses.SUCCESS, responses.NO_SUCH_OBJECT):
        return "there is no such entry, or the service account may not see it"
    return f"{answer.result.diagnostic} ({answer.result.code})"
