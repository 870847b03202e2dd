"""What can be wrong with a directory's keys before it is asked anything."""

import re
from collections.abc import Iterator

from proxy.ldap.filters import BadFilter, compile_filter
from proxy.ldap.names import BadName, canonical_dn
from proxy.settings.directories import GroupsSettings, LdapDirectorySettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place

ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}(;[A-Za-z0-9-]{1,64})*")
"""RFC 4512 section 2.5."""
_WAYS = (
    ["attribute"],
    ["search_base", "filter"],
    ["search_base", "filter", "nested: walk"],
    ["nested: active-directory"],
)
"""What may be given together, to find a person's groups."""


def directory_faults(
    name: str, directory: LdapDirectorySettings, document: Document
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
    yield from filter_faults((*place, "user_filter"), directory.user_filter, "username", document)
    if not ATTRIBUTE.fullmatch(directory.mail_attribute):
        message = f"found {directory.mail_attribute!r}, wanted the name of an attribute: mail"
        yield document.fault((*place, "mail_attribute"), message)
    if directory.nt_hash is not None:
        yield from _nt_hash((*place, "nt_hash"), directory.nt_hash, directory, document)
    if directory.groups is not None:
        yield from _groups((*place, "groups"), directory.groups, document)


def _servers(
    place: Place, directory: LdapDirectorySettings, document: Document
) -> Iterator[Finding]:
    for index, server in enumerate(directory.servers):
        here = (*place, "servers", index)
        if not (server.tls or directory.start_tls or directory.allow_cleartext):
            message = f"found {server}, wanted ldaps://, or start_tls: true (or, where passwords "
            message += "may cross this network in the clear, allow_cleartext: true)"
            yield document.fault(here, message)
        if server.tls and directory.start_tls:
            message = f"found {server} with start_tls, wanted one of the two kinds of TLS"
            yield document.fault(here, message)


def _nt_hash(
    place: Place, attribute: str, directory: LdapDirectorySettings, document: Document
) -> Iterator[Finding]:
    """Give the faults of what would send hashes over the network for anybody to read."""
    if not ATTRIBUTE.fullmatch(attribute):
        message = f"found {attribute!r}, wanted the name of an attribute: sambaNTPassword"
        yield document.fault(place, message)
    for server in directory.servers:
        if not (server.tls or directory.start_tls):
            message = f"found {server}, wanted TLS: an NT hash is as good as the password"
            yield document.fault(place, message)
    if directory.bind_dn is None:
        message = "found without bind_dn, wanted a service account: nobody else may read NT hashes"
        yield document.fault(place, message)


def _groups(place: Place, groups: GroupsSettings, document: Document) -> Iterator[Finding]:
    given = [key for key in GroupsSettings.model_fields if getattr(groups, key) is not None]
    if groups.nested is not None:
        given[-1] = f"nested: {groups.nested}"
    if given not in _WAYS:
        wanted = "attribute, or search_base with filter (and nested: walk), or "
        wanted += "nested: active-directory, and nothing else"
        text = " and ".join(given) or "none of its keys"
        yield document.fault(place, f"found {text}, wanted {wanted}")
    if groups.search_base is not None:
        yield from dn_faults((*place, "search_base"), groups.search_base, document)
    if groups.filter is not None:
        yield from filter_faults((*place, "filter"), groups.filter, "dn", document)


def filter_faults(place: Place, text: str, word: str, document: Document) -> Iterator[Finding]:
    """Give the fault of a filter that does not parse, or has no {*word*} where it must."""
    try:
        compile_filter(text, word)
    except BadFilter as error:
        yield document.fault(place, f"found {text!r}: {error}")


def dn_faults(place: Place, text: str, document: Document) -> Iterator[Finding]:
    """Give the fault of a text that is no distinguished name."""
    try:
        canonical_dn(text)
    except BadName as error:
        wanted = "a distinguished name such as ou=people,dc=example,dc=org"
        yield document.fault(place, f"found {text!r}, wanted {wanted} ({error})")
