"""Everything about a directory that is configured, as values: checked and compiled before."""

from dataclasses import dataclass
from typing import Literal

from proxy.ldap.filters import FilterTemplate
from proxy.secret import Secret

Tls = Literal["ldaps", "starttls", "none"]

DEFAULT_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where one server listens."""

    host: str
    """A name or an IP address without brackets; its certificate must hold just that."""
    port: int
    tls: Tls

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ldaps' if self.tls == 'ldaps' else 'ldap'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class GroupsByAttribute:
    """An attribute of the person's entry holds the DNs of the groups (memberOf)."""

    attribute: str


@dataclass(frozen=True, slots=True)
class GroupsBySearch:
    """A search finds the groups that name the person."""

    search_base: str
    filter: FilterTemplate
    place: Literal["dn", "username"] = "dn"
    """What fills the filter's place: the entry's DN, or its user name (posixGroup's memberUid)."""
    walk: bool = False
    """Whether the groups that these groups are in are searched too, and so on (by their DNs)."""


@dataclass(frozen=True, slots=True)
class NestedActiveDirectory:
    """Groups in groups, by Active Directory's matching rule in chain, in the whole domain."""


Groups = GroupsByAttribute | GroupsBySearch | NestedActiveDirectory | None
"""How a person's groups are found; None: nobody is in any."""


@dataclass(frozen=True, slots=True)
class DirectoryOptions:
    """One LDAP directory."""

    name: str
    servers: tuple[Server, ...]
    """In order: the first that works is asked."""
    ca_certificates: bytes | None
    """PEM, one or more; None: the system's."""
    bind_dn: str | None
    """The account that searches; None: searches are anonymous."""
    bind_password: Secret | None
    search_base: str
    user_filter: FilterTemplate
    user_name: str
    """The attribute whose value names the account."""
    groups: Groups = None
    mail_attribute: str = "mail"
    """The attribute with a person's mail address."""
    timeout: float = DEFAULT_TIMEOUT
    """Seconds for each operation, the making of its connection included."""
    sent: tuple[str, ...] = ()
    """Attributes of a person that policies send to NASes."""
    nt_hash: str | None = None
    """The attribute with the password's NT hash, for MS-CHAPv2; None: it is not read."""
