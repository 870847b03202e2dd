"""Directories that are other RADIUS servers: as the rooms take them, and what does not fit."""

from collections.abc import Callable, Iterator

from proxy.firstfactor.upstream import sent_numbers
from proxy.firstfactor.upstream_options import UpstreamAddress, UpstreamOptions
from proxy.radius.attributes import Attributes
from proxy.radius.packet import NAS_IDENTIFIER
from proxy.radius.passing import PassRule
from proxy.radius.values import BadAttribute
from proxy.settings.directories import RadiusDirectorySettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.schema import Settings


def upstream_options(settings: Settings) -> list[UpstreamOptions]:
    """Give the directories that are RADIUS servers."""
    return [
        _upstream(name, one)
        for name, one in settings.directories.items()
        if isinstance(one, RadiusDirectorySettings)
    ]


def _upstream(name: str, one: RadiusDirectorySettings) -> UpstreamOptions:
    return UpstreamOptions(
        name=name,
        servers=tuple(UpstreamAddress(server.host, server.port) for server in one.servers),
        secret=one.secret,
        timeout=one.timeout,
        retransmit=one.retransmit,
        require_message_authenticator=one.require_message_authenticator,
        status_server=one.status_server,
        user_name=one.user_name,
        send=one.send,
        own=((NAS_IDENTIFIER, one.nas_identifier.encode()),),
        attributes=one.attributes,
    )


def upstream_faults(
    name: str, one: RadiusDirectorySettings, known: Attributes | None, document: Document
) -> Iterator[Finding]:
    """Give the faults of one; *known* as `combination_faults` has it."""
    place = ("directories", name)
    if len(set(one.servers)) < len(one.servers):
        yield document.fault((*place, "servers"), "found a server twice, wanted each once")
    if one.retransmit > one.timeout:
        message = "found more than timeout, wanted less: a request is sent more than once"
        yield document.fault((*place, "retransmit"), message)
    if one.upn_suffixes and one.user_name == "typed":
        message = "found with user_name: typed, which takes no name with a realm; wanted domains, "
        message += "which are cut off, or user_name: returned"
        yield document.fault((*place, "upn_suffixes"), message)
    if known is None:
        return
    options = _upstream(name, one)
    made: dict[str, Callable[[], object]] = {
        "send": lambda: sent_numbers(options, known),
        "attributes": lambda: PassRule(known, options.attributes),
    }
    for key, make in made.items():
        try:
            make()
        except BadAttribute as error:
            yield document.fault((*place, key), str(error))


def upstream_warnings(
    name: str, one: RadiusDirectorySettings, document: Document
) -> Iterator[Finding]:
    """Warn of answers that can be forged, and of waits that no NAS has."""
    place = ("directories", name)
    if not one.require_message_authenticator:
        message = "false lets answers be forged (CVE-2024-3596); update the server"
        yield document.warning((*place, "require_message_authenticator"), message)
