"""
What a directory is, what it wants in the configuration, and what there does not fit it.

A fault is what cannot work, a warning what finds less than it seems to. What each directory wants
is told in docs/directories.md at length.
"""

from collections.abc import Iterator, Sequence

from proxy.firstfactor.kinds import Found
from proxy.firstfactor.probe import Probed
from proxy.ldap.filters import compile_filter
from proxy.ldap.names import canonical_dn
from proxy.settings.directories import LdapDirectorySettings
from proxy.settings.finding import Finding
from proxy.settings.load import Loaded

_CHAIN = "{nested: active-directory}"
_WALK = '{search_base: DN, filter: "(member={dn})", nested: walk}'
_BY_NAME = "user_filter: (sAMAccountName={username})"
_WANTS = {
    "active-directory": f"{_BY_NAME}, user_name: sAMAccountName, groups: {_CHAIN}",
    "389": "user_filter: (uid={username}), groups: {attribute: memberOf} with the plugin MemberOf, "
    "which names groups in groups too",
    "freeipa": "search_base: cn=users,cn=accounts,SUFFIX, user_filter: (uid={username}), "
    "groups: {attribute: memberOf}",
    "openldap": "user_filter: (uid={username}), groups: {attribute: memberOf} with the overlay "
    f"memberof, or, where groups are in groups, {_WALK}",
}
_NAMES = ("samaccountname", "userprincipalname")
"""What Active Directory keeps unique."""


def fitting(name: str, probed: Sequence[Probed], loaded: Loaded) -> Iterator[Finding]:
    """Give the findings about one directory: each kind of server in it once."""
    directory = loaded.settings.directories[name]
    assert isinstance(directory, LdapDirectorySettings)
    told = set()
    for one in probed:
        found = one.found
        if found is None or found in told:
            continue
        told.add(found)
        if found.title:
            yield _note(name, one, found, loaded)
        for key, message in _misfits(directory, found):
            place = ("directories", name, *key)
            yield loaded.document.fault(place, f"{one.server}: {message}")
        yield from _unsent(name, one, found, loaded)
        for key, message in _doubts(directory, found):
            place = ("directories", name, *key)
            yield loaded.document.warning(place, f"{one.server}: {message}")


def _note(name: str, one: Probed, found: Found, loaded: Loaded) -> Finding:
    message = f"{one.server} is {found.title}"
    if found.suffix is not None:
        message += f", suffix {found.suffix}"
    if found.kind == "openldap" and not found.password_policy:
        message += ", without a password policy (the overlay ppolicy)"
    if found.kind in _WANTS:
        wants = _WANTS[found.kind].replace("SUFFIX", found.suffix or "SUFFIX")
        message += f"; set {wants}"
    return loaded.document.note(("directories", name), message)


def _unsent(name: str, one: Probed, found: Found, loaded: Loaded) -> Iterator[Finding]:
    """Give what policies would send of its people that it cannot have."""
    for index, policy in enumerate(loaded.settings.policies):
        for position, line in enumerate(policy.reply):
            source = (line.source or "").lower()
            if policy.directory == name and source in found.unknown:
                place = ("policies", index, "reply", position, "from")
                message = f"{one.server}: found {line.source}, which its schema does not have"
                yield loaded.document.fault(place, message)


def _misfits(
    directory: LdapDirectorySettings, found: Found
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give what cannot work: where, and why."""
    groups = directory.groups
    chained = groups is not None and groups.nested == "active-directory"
    if chained and found.kind not in ("active-directory", "other"):
        yield (
            ("groups",),
            f"{found.title} knows no {_CHAIN}; wanted {{attribute: memberOf}} or {_WALK}",
        )
    if found.kind == "active-directory" and directory.nt_hash is not None:
        message = (
            "Active Directory gives no NT hash to anybody; wanted a directory of type radius, "
        )
        yield ("nt_hash",), f"{message}such as NPS, which checks MSCHAPv2 itself"
    for key, attribute in _attributes(directory):
        if attribute in found.unknown:
            message = f"found {attribute}, which its schema does not have"
            if found.kind == "openldap" and attribute.lower() == "memberof":
                message += f"; load the overlay memberof, or set {_WALK}"
            yield key, message
    if found.kind == "freeipa" and ",cn=compat," in f",{canonical_dn(directory.search_base)},":
        message = "the compatibility tree has no ids that stay and no groups; wanted "
        yield ("search_base",), f"{message}cn=users,cn=accounts,{found.suffix}"


def _doubts(
    directory: LdapDirectorySettings, found: Found
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give what finds less than it seems to: where, and why."""
    if found.kind == "freeipa" and "cn=accounts," not in canonical_dn(directory.search_base):
        message = "people are there twice, in cn=accounts and cn=compat, and a name that finds two "
        message += f"finds nobody; wanted cn=users,cn=accounts,{found.suffix}"
        yield ("search_base",), message
    if found.kind != "active-directory":
        return
    first = compile_filter(directory.user_filter, "username").first_attribute
    name = directory.user_name or first
    if not any(unique in directory.user_filter.lower() for unique in _NAMES):
        message = f"{first} may be empty or not unique; wanted {_BY_NAME}"
        yield ("user_filter",), message
    if name.lower() not in _NAMES:
        key = "user_name" if directory.user_name else "user_filter"
        yield (key,), f"{name} names the account; wanted user_name: sAMAccountName"
    if directory.groups is not None and directory.groups.nested is None:
        yield ("groups",), f"finds direct groups alone; {_CHAIN} finds groups in groups too"
    elif directory.groups is not None and directory.groups.nested == "walk":
        yield ("groups",), f"takes a search for each level; {_CHAIN} takes one"


def _attributes(directory: LdapDirectorySettings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the attributes that the configuration names, and where."""
    first = compile_filter(directory.user_filter, "username").first_attribute
    yield ("user_filter",), first
    if directory.user_name is not None and directory.user_name != first:
        yield ("user_name",), directory.user_name
    if directory.nt_hash is not None:
        yield ("nt_hash",), directory.nt_hash
    if directory.groups is not None and directory.groups.attribute is not None:
        yield ("groups", "attribute"), directory.groups.attribute
    if directory.groups is not None and directory.groups.filter is not None:
        yield ("groups", "filter"), compile_filter(directory.groups.filter, "dn").first_attribute
