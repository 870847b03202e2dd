"""What can be wrong with a directory's keys before it is asked anything."""

from collections.abc import Iterator

from ldap3.core.exceptions import LDAPInvalidDnError, LDAPInvalidFilterError
from ldap3.operation.search import parse_filter
from ldap3.utils.dn import parse_dn

from proxy.settings.directories import DirectorySettings, GroupsSettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place


def directory_faults(
    name: str, directory: DirectorySettings, document: Document
) -> Iterator[Finding]:
    """Give the faults of one directory."""
    place = ("directories", name)

    yield from _servers(place, directory, document)
    if (directory.bind_dn is None) != (directory.bind_password is None):
        there = "bind_password" if directory.bind_dn is None else "bind_dn"
        yield document.fault(
            (*place, there), "found without the other, wanted bind_dn and bind_password, or neither"
        )
    if directory.bind_dn is not None:
        yield from dn_faults((*place, "bind_dn"), directory.bind_dn, document)
    yield from dn_faults((*place, "search_base"), directory.search_base, document)
    yield from filter_faults(
        (*place, "user_filter"), directory.user_filter, ("username",), document
    )
    if directory.groups is not None:
        yield from _groups((*place, "groups"), directory.groups, document)


def _servers(place: Place, directory: DirectorySettings, document: Document) -> Iterator[Finding]:
    for index, server in enumerate(directory.servers):
        here = (*place, "servers", index)
        if not (server.tls or directory.start_tls or directory.allow_cleartext):
            message = f"found {server}, wanted ldaps://, or start_tls: true (or, where passwords "
            message += "may cross this network in the clear, allow_cleartext: true)"
            yield document.fault(here, message)
        if server.tls and directory.start_tls:
            message = f"found {server} with start_tls, wanted one of the two kinds of TLS"
            yield document.fault(here, message)


def _groups(place: Place, groups: GroupsSettings, document: Document) -> Iterator[Finding]:
    given = [key for key in GroupsSettings.model_fields if getattr(groups, key) is not None]
    if given not in (["attribute"], ["search_base", "filter"], ["nested"]):
        wanted = "attribute, or search_base with filter, or nested, and nothing else"
        text = " and ".join(given) or "none of its keys"
        yield document.fault(place, f"found {text}, wanted {wanted}")
    if groups.search_base is not None:
        yield from dn_faults((*place, "search_base"), groups.search_base, document)
    if groups.filter is not None:
        names = ("dn", "username")
        yield from filter_faults((*place, "filter"), groups.filter, names, document)


def filter_faults(
    place: Place, text: str, names: tuple[str, ...], document: Document
) -> Iterator[Finding]:
    """Give the fault of a filter that does not parse, or has none of the placeholders *names*."""
    probe = text
    for name in names:
        probe = probe.replace(f"{{{name}}}", "x")
    wanted = " or ".join(f"{{{name}}}" for name in names)
    if probe == text:
        yield document.fault(place, f"found {text!r} without {wanted}")
        return
    if "{" in probe or "}" in probe:
        message = f"found {text!r} with braces around something else, wanted {wanted}"
        yield document.fault(place, message)
        return
    try:
        parse_filter(
            probe,
            schema=None,
            auto_escape=False,
            auto_encode=False,
            validator=None,
            check_names=False,
        )
    except LDAPInvalidFilterError as error:
        yield document.fault(place, f"found {text!r}, no LDAP filter: {error}")


def dn_faults(place: Place, text: str, document: Document) -> Iterator[Finding]:
    """Give the fault of a text that is no distinguished name."""
    try:
        parse_dn(text)
    except LDAPInvalidDnError:
        wanted = "a distinguished name such as ou=people,dc=example,dc=org"
        yield document.fault(place, f"found {text!r}, wanted {wanted}")
