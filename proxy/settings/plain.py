"""The settings as the rooms take them: plain values, checked and compiled."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from proxy.accounts.account import fold_username
from proxy.firstfactor.options import (
    DirectoryOptions,
    Groups,
    GroupsByAttribute,
    GroupsBySearch,
    NestedActiveDirectory,
    Server,
    Tls,
)
from proxy.frontends.web.portal.ports import PortalTerms
from proxy.ldap.filters import compile_filter
from proxy.ldap.names import canonical_dn
from proxy.login.circumstances import CameAt, CameBy, CameFrom, CameOver, CameThrough, Circumstance
from proxy.login.fatigue import Defence
from proxy.login.hours import Hours
from proxy.login.places import Rules
from proxy.login.policy import Condition, Policy, Remember
from proxy.login.realm import Realms, fold_realm
from proxy.login.reply import FromDirectory, ReplyAttribute, ReplyLine
from proxy.login.request import PORTAL
from proxy.mail.options import SmtpOptions
from proxy.push.services import Service, Services, services
from proxy.radius.attributes import Attributes
from proxy.radius.clients import RadiusClient
from proxy.radius.occurrence import comes_once
from proxy.radius.shared_secret import SharedSecret
from proxy.settings.clients import ClientSettings
from proxy.settings.directories import (
    GroupsSettings,
    LdapDirectorySettings,
    RadiusDirectorySettings,
)
from proxy.settings.mail import MailSettings
from proxy.settings.policies import PolicySettings
from proxy.settings.replies import Line, comes_by_eap, lines_of, room_of
from proxy.settings.schema import Settings


def directory_options(settings: Settings) -> list[DirectoryOptions]:
    """Give the LDAP directories. Raises OSError where a CA file cannot be read."""
    return [
        replace(_directory(name, one), sent=_sent(settings, name))
        for name, one in settings.directories.items()
        if isinstance(one, LdapDirectorySettings)
    ]


def _sent(settings: Settings, directory: str) -> tuple[str, ...]:
    """Give the attributes of people that policies send, each once."""
    sources = {
        line.source.lower()
        for policy in settings.policies
        if policy.directory == directory
        for line in policy.reply
        if line.source is not None
    }
    return tuple(sorted(sources))


def realms(settings: Settings) -> Realms | None:
    """Give where typed names are looked up; None: nothing is configured about it."""
    domains: dict[str, str] = {}
    upn_suffixes: dict[str, str] = {}
    for name, directory in settings.directories.items():
        domains |= {fold_realm(realm): name for realm in directory.domains}
        upn_suffixes |= {fold_realm(realm): name for realm in directory.upn_suffixes}
    by_client = {
        name: client.directory
        for name, client in settings.clients.items()
        if client.directory is not None
    }
    if settings.web.portal.directories:
        by_client[PORTAL] = settings.web.portal.directories
    found = Realms(domains, upn_suffixes, settings.default_directory, by_client)
    plain = not (domains or upn_suffixes or by_client or settings.default_directory)
    return None if plain else found


def push_services(settings: Settings) -> Services:
    """
    Give which push services may be called.

    Raises:
        OSError: the file of their CAs cannot be read.
        ValueError: there is no certificate in it.
    """
    push = settings.push
    own = frozenset(Service(one.host, one.port) for one in push.services)
    return services(own, _octets(push.ca_certificates))


def defence(settings: Settings) -> Defence:
    """Give what keeps people from being worn down by pushes."""
    one = settings.push.defence
    quiet = None if one.quiet_hours is None else Hours(one.quiet_hours, one.time_zone)
    return Defence(
        first_wait=one.first_wait,
        longest_wait=one.longest_wait,
        denials=one.denials,
        unanswered=one.unanswered,
        places=Rules(one.new_client, one.new_country),
        quiet=quiet,
    )


def policies(settings: Settings, known: Attributes) -> list[Policy]:
    """Give the policies, in order; *known* is the dictionary that they were checked against."""
    return [_policy(one, known, settings) for one in settings.policies]


def portal_policies(settings: Settings) -> list[Policy]:
    """
    Give the rules of sign-ins at the portal: one for each directory whose people may.

    A push shows a number there always; nobody gets in by the password alone. Before each such rule
    come those for the people who may not enrol by themselves.
    """
    portal = settings.web.portal
    names = (portal.directories or tuple(settings.directories)) if portal.enabled else ()
    rules = []
    for name in names:
        rule = Policy(
            name=PORTAL,
            clients=frozenset({PORTAL}),
            directory=name,
            factors=("push", "totp", "recovery"),
            number_matching="required",
            challenge=True,
        )
        rules += [
            replace(rule, groups=_dns(one.groups), users=_folded(one.users), enrolment=False)
            for one in settings.policies
            if one.directory == name and not one.enrolment
        ]
        rules.append(rule)
    return rules


def portal_terms(settings: Settings) -> PortalTerms:
    """Give what the portal goes by."""
    web, portal = settings.web, settings.web.portal
    until = portal.first_login_until
    return PortalTerms(
        enabled=portal.enabled,
        networks=portal.networks,
        first_login_until=None if until is None else until.ends_at,
        trusted_proxies=web.trusted_proxies,
        window_steps=settings.totp.window_steps,
        synced_passkeys=settings.passkey.synced,
    )


def smtp_options(mail: MailSettings, tls: Any, own_name: str) -> SmtpOptions:  # noqa: ANN401
    """Give how mail is sent; *tls* makes the client's side, *own_name* is what EHLO says."""
    return SmtpOptions(
        host=mail.server,
        port=mail.port,
        starttls=mail.tls == "starttls",
        user=mail.user,
        password=mail.password,
        sender=mail.sender,
        tls=tls,
        own_name=own_name,
    )


def radius_clients(settings: Settings) -> list[RadiusClient]:
    """Give the NASes."""
    return [_client(name, one) for name, one in settings.clients.items()]


def _directory(name: str, one: LdapDirectorySettings) -> DirectoryOptions:
    user_filter = compile_filter(one.user_filter, "username")
    clear: Tls = "starttls" if one.start_tls else "none"
    return DirectoryOptions(
        name=name,
        servers=tuple(
            Server(server.host, server.port, "ldaps" if server.tls else clear)
            for server in one.servers
        ),
        ca_certificates=_octets(one.ca_certificates),
        bind_dn=one.bind_dn,
        bind_password=one.bind_password,
        search_base=one.search_base,
        user_filter=user_filter,
        user_name=one.user_name or user_filter.first_attribute,
        groups=_groups(one.groups),
        mail_attribute=one.mail_attribute,
        timeout=one.timeout,
        nt_hash=one.nt_hash,
    )


def _groups(one: GroupsSettings | None) -> Groups:
    if one is None:
        return None
    if one.attribute is not None:
        return GroupsByAttribute(one.attribute)
    if one.search_base is not None and one.filter is not None:
        by_dn = compile_filter(one.filter, "dn")
        return GroupsBySearch(one.search_base, by_dn, walk=one.nested == "walk")
    return NestedActiveDirectory()


def _policy(one: PolicySettings, known: Attributes, settings: Settings) -> Policy:
    lines = tuple(lines_of(one))
    names = {line.attribute for line in lines}
    directory = settings.directories[one.directory]
    return Policy(
        name=one.name,
        clients=frozenset(one.clients),
        directory=one.directory,
        factors=one.factors,
        when=_conditions(one.when, known),
        groups=_dns(one.groups),
        number_matching=one.number_matching,
        number_digits=one.number_digits,
        verify_user=one.verify_user,
        reply=tuple(_reply_line(line, known) for line in lines if not line.by_eap),
        reply_to_eap=tuple(_reply_line(line, known) for line in lines if line.by_eap),
        challenge=one.challenge,
        wait=one.wait,
        append_code=one.append_code,
        second_first=one.order == "second-first",
        app_codes=one.app_codes,
        picking=one.picking,
        allow=one.allow,
        users=_folded(one.users),
        circumstances=tuple(_circumstances(one)),
        enrolment=one.enrolment,
        once=frozenset(name for name in names if comes_once(known.find(name))),
        length=known.length,
        room=room_of(one, by_eap=comes_by_eap(one, settings.clients)),
        accounting_class=one.accounting_class,
        remember=None if one.remember is None else Remember(one.remember, one.remember_addresses),
        password_change=one.password_change,
        upstream=isinstance(directory, RadiusDirectorySettings),
        nt_hash=isinstance(directory, LdapDirectorySettings) and directory.nt_hash is not None,
    )


def _reply_line(line: Line, known: Attributes) -> ReplyLine:
    if line.source is None:
        return ReplyAttribute(line.attribute, line.value or "", line.groups, line.tag)
    octets = known.find(line.attribute).datatype == "octets"
    return FromDirectory(line.attribute, line.source.lower(), line.groups, line.tag, octets)


def _circumstances(one: PolicySettings) -> Iterator[Circumstance]:
    if one.methods is not None:
        yield CameBy(frozenset(one.methods))
    if one.networks is not None:
        yield CameFrom(one.networks)
    if one.times is not None:
        yield CameAt(Hours(one.times, one.time_zone))
    if one.ssids is not None:
        yield CameOver(frozenset(one.ssids))
    if one.access_points is not None:
        yield CameThrough(frozenset(one.access_points))


def _folded(users: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if users is None else frozenset(fold_username(user) for user in users)


def _conditions(when: Mapping[str, tuple[str, ...]], known: Attributes) -> tuple[Condition, ...]:
    return tuple(
        Condition(attribute, tuple(_as_read(attribute, value, known) for value in values))
        for attribute, values in when.items()
    )


def _as_read(attribute: str, value: str, known: Attributes) -> str:
    """Write a value as it is read from a request: `Virtual` for 5, an address in its usual form."""
    return value if "*" in value else known.canonical(attribute, value)


def _dns(groups: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if groups is None else frozenset(canonical_dn(group) for group in groups)


def _client(name: str, one: ClientSettings) -> RadiusClient:
    return RadiusClient(
        name=name,
        networks=one.networks,
        shared_secret=SharedSecret(one.secret),
        require_message_authenticator=one.require_message_authenticator,
        limit_proxy_state=one.limit_proxy_state,
        challenge=one.challenge,
        wait=one.wait,
        append_code=one.append_code,
        mschapv2=one.mschapv2,
        caller=one.caller,
        join=one.join,
        text_limit=one.text_limit,
        caller_is=one.caller_is,
        remember_group=one.remember_group,
    )


def _octets(path: Path | None) -> bytes | None:
    return None if path is None else path.read_bytes()
