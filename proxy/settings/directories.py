"""Where people and their passwords are."""

from typing import Literal

from pydantic import Field

from proxy.settings.addresses import LdapServerUrl
from proxy.settings.realms import RealmText
from proxy.settings.secrets import SecretText
from proxy.settings.section import Section
from proxy.settings.values import Duration, FilePath, duration


class GroupsSettings(Section):
    """
    How a person's groups are found: exactly one of four ways.

    `{attribute: memberOf}`, or `{search_base: DN, filter: (member={dn})}`, or the same with
    `nested: walk`, or `{nested: active-directory}`.
    """

    attribute: str | None = None
    """The attribute of a person's entry that holds the DNs of the groups."""
    search_base: str | None = Field(default=None, examples=["ou=groups,dc=example,dc=org"])
    """DN under which groups are searched, together with `filter`."""
    filter: str | None = Field(default=None, examples=["(member={dn})"])
    """Filter of a person's groups; {dn} stands for the person's, escaped."""
    nested: Literal["active-directory", "walk"] | None = Field(
        default=None, examples=["active-directory"]
    )
    """Groups in groups: by Active Directory's matching rule in chain; or, together with
    `search_base` and `filter`, by searching for the groups of groups, at most 16 levels deep."""


class DirectorySection(Section):
    """What a directory of every kind has."""

    domains: tuple[RealmText, ...] = Field(default=(), examples=[["CORP", "corp.example.org"]])
    r"""Realms of which this directory is asked, and no other: `CORP\alice` and
    `alice@corp.example.org` are asked for as `alice`. A directory that lists any is asked for no
    name with another realm."""
    upn_suffixes: tuple[RealmText, ...] = Field(default=(), examples=[["example.org"]])
    """The same for what stands behind an `@`, with the name asked for as it was typed: for
    directories whose `user_filter` finds it so, as Active Directory's userPrincipalName."""


class LdapDirectorySettings(DirectorySection):
    """One LDAP directory."""

    type: Literal["ldap"]
    """The kind of directory."""
    servers: tuple[LdapServerUrl, ...] = Field(min_length=1)
    """In order: the first that works is asked. ldaps://, or ldap:// with `start_tls`."""
    start_tls: bool = False
    """StartTLS on ldap:// servers."""
    allow_cleartext: bool = False
    """Passwords may cross the network in the clear (ldap:// without `start_tls`)."""
    ca_certificates: FilePath | None = None
    """PEM: the CAs that may vouch for the servers; host names are always checked. Left out: the
    system's."""
    bind_dn: str | None = None
    """DN of the service account that searches. Left out: anonymous."""
    bind_password: SecretText | None = None
    """Its password."""
    search_base: str
    """DN under which people are searched, the whole subtree."""
    user_filter: str
    """Filter that finds a person; {username} stands for what was typed, always escaped."""
    user_name: str | None = None
    """The attribute whose value names the account. Left out: the first one of `user_filter`."""
    groups: GroupsSettings | None = None
    """How groups are found. Left out: nobody is in any."""
    mail_attribute: str = "mail"
    """The attribute with a person's mail address, for `mail`."""
    timeout: Duration = duration("5s", "100ms", "1m")
    """Time limit of everything that is asked of a server."""


DirectorySettings = LdapDirectorySettings
"""A directory of any kind; `type` says which."""
