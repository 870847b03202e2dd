"""
The demo's LDAP directory: ldaptor's server over a tree in memory, with TLS.

It is there to be asked by one daemon on the same machine. It keeps nothing and forbids little.
"""

from typing import Any

from ldaptor.inmemory import ReadOnlyInMemoryLDAPEntry
from ldaptor.interfaces import IConnectedLDAPEntry
from ldaptor.protocols.ldap.ldapserver import LDAPServer
from twisted.internet.protocol import ServerFactory
from twisted.python.components import registerAdapter

from proxy.cli.demo.people import CAST, SERVICE_DN, SUFFIX, Character


class DirectoryFactory(ServerFactory):
    """Makes a server for each connection, all over one tree."""

    protocol = LDAPServer
    noisy = False

    def __init__(self, root: Any) -> None:  # noqa: ANN401 - ldaptor's
        self.root = root


registerAdapter(  # type: ignore[no-untyped-call]
    lambda factory: factory.root, DirectoryFactory, IConnectedLDAPEntry
)


def tree(service_password: str) -> Any:  # noqa: ANN401 - ldaptor's
    """Make the tree: the service account, the people and their group."""
    root = ReadOnlyInMemoryLDAPEntry(SUFFIX, {"objectClass": ["domain"], "dc": ["example"]})
    units = {
        name: root.addChild(f"ou={name}", {"objectClass": ["organizationalUnit"], "ou": [name]})
        for name in ("services", "people", "groups")
    }
    service_name = SERVICE_DN.partition(",")[0]
    units["services"].addChild(
        service_name, {"objectClass": ["account"], "userPassword": [service_password]}
    )
    for character in CAST:
        units["people"].addChild(f"uid={character.name}", _entry(character))
    for dn in sorted({group for character in CAST for group in character.groups}):
        units["groups"].addChild(dn.partition(",")[0], {"objectClass": ["groupOfNames"]})
    return root


def _entry(character: Character) -> dict[str, list[str]]:
    entry = {
        "objectClass": ["inetOrgPerson"],
        "uid": [character.name],
        "cn": [character.name.capitalize()],
        "entryUUID": [character.stable_id],
        "userPassword": [character.password],
    }
    return entry | ({"memberOf": list(character.groups)} if character.groups else {})
