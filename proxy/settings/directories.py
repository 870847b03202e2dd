"""Where people and their passwords are."""

from typing import Annotated, Literal

from pydantic import Field

from proxy.settings.addresses import LdapServerUrl, RadiusServerText
from proxy.settings.attribute_names import AttributeNames
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
    nt_hash: str | None = Field(default=None, examples=["sambaNTPassword"])
    """The attribute with the NT hash of a person's password, as 32 hexadecimal digits or 16 octets:
    it is what MSCHAPv2 can be checked by. It is as good as the password, so it is read over TLS
    alone, by the service account, for each login anew. Left out: MSCHAPv2 is not checked here."""
    mail_attribute: str = "mail"
    """The attribute with a person's mail address, for `mail`."""
    timeout: Duration = duration("5s", "100ms", "1m")
    """Time limit of everything that is asked of a server."""


class RadiusDirectorySettings(DirectorySection):
    """
    Another RADIUS server that checks the first factor, or several that stand for each other.

    A login is let in when the server accepted it and the second factor passed.
    """

    type: Literal["radius"] = Field(examples=["radius"])
    """The kind of directory."""
    servers: tuple[RadiusServerText, ...] = Field(
        min_length=1, max_length=16, examples=[["192.0.2.20", "192.0.2.21:1812"]]
    )
    """In order: the first that answers is asked. IP addresses, at port 1812 unless they say."""
    secret: SecretText = Field(examples=["!file nps.secret"])
    """Shared with all of them."""
    timeout: Duration = duration("10s", "1s", "2m", example="10s")
    """How long each is asked, retransmissions included, before it counts as silent."""
    retransmit: Duration = duration("2s", "500ms", "10s", example="2s")
    """How long the first transmission waits for an answer before the second; then twice as long
    each time, up to 16s (RFC 5080 section 2.2.1)."""
    require_message_authenticator: bool = Field(default=True, examples=[True])
    """Drop answers without a Message-Authenticator, which can be forged (CVE-2024-3596). false is
    for servers that cannot be updated, and `check` warns of it."""
    status_server: bool = Field(default=True, examples=[True])
    """The servers answer Status-Server (RFC 5997), which tells whether one lives. false for those
    that do not, as Microsoft's NPS."""
    user_name: Literal["typed", "returned"] = Field(default="typed", examples=["typed"])
    """What names the account. typed: the name as typed, without regard to letter case; only plain
    names can log in, without a realm or domain and in ASCII, because other spellings might be the
    same person. returned: the User-Name of the Access-Accept, which must be in each."""
    send: AttributeNames = Field(
        default=(
            "NAS-IP-Address",
            "NAS-IPv6-Address",
            "NAS-Identifier",
            "NAS-Port",
            "NAS-Port-Id",
            "NAS-Port-Type",
            "Service-Type",
            "Framed-Protocol",
            "Called-Station-Id",
            "Calling-Station-Id",
        ),
        examples=[["NAS-Identifier", "Calling-Station-Id"]],
    )
    """Attributes of the NAS's request that go on to the server: names, all, or none."""
    nas_identifier: str = Field(
        default="countersign", min_length=1, max_length=63, examples=["countersign"]
    )
    """NAS-Identifier of requests in which no attribute of the NAS's own names it."""
    attributes: AttributeNames = Field(default=(), examples=[["Class", "Filter-Id"]])
    """Attributes of the server's Access-Accept that go on to the NAS: names, all, or none. What the
    policy's `reply` sets itself does not come from the server."""


DirectorySettings = Annotated[
    LdapDirectorySettings | RadiusDirectorySettings, Field(discriminator="type")
]
"""A directory of any kind; `type` says which."""
