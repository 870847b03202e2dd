"""Faults that no key shows alone: names that point nowhere, keys that need each other."""

from collections.abc import Iterator

from proxy.radius.attributes import Attributes
from proxy.settings.addresses import Network
from proxy.settings.alerts import alert_faults
from proxy.settings.attribute_faults import caller_faults, policy_attribute_faults
from proxy.settings.defence import defence_faults
from proxy.settings.directories import RadiusDirectorySettings
from proxy.settings.directory_faults import directory_faults, dn_faults
from proxy.settings.document import Document
from proxy.settings.eap_faults import eap_faults
from proxy.settings.eap_relay_faults import eap_relay_faults
from proxy.settings.finding import Finding, Place
from proxy.settings.mschapv2_faults import mschapv2_faults
from proxy.settings.order_faults import order_faults
from proxy.settings.password_change_faults import password_change_faults
from proxy.settings.policies import PolicySettings
from proxy.settings.portal_faults import mail_faults, portal_faults
from proxy.settings.realm_faults import realm_faults
from proxy.settings.reply_faults import reply_faults
from proxy.settings.schema import Settings
from proxy.settings.shield_faults import shield_faults
from proxy.settings.upstreams import upstream_faults


def combination_faults(
    settings: Settings, known: Attributes | None, document: Document
) -> list[Finding]:
    """
    Give every fault between keys that are each right.

    Args:
        known: the dictionary; None: a site's file has faults, without which each attribute that is
            named would be a fault too, so none is looked at.
    """
    faults = [*_web(settings, document), *_clients(settings, known, document)]
    faults += mschapv2_faults(settings, document)
    faults += shield_faults(settings, document)
    faults += order_faults(settings, document)
    for name, directory in settings.directories.items():
        if isinstance(directory, RadiusDirectorySettings):
            faults += upstream_faults(name, directory, known, document)
        else:
            faults += directory_faults(name, directory, document)
    faults += eap_faults(settings, document)
    faults += realm_faults(settings, document)
    faults += eap_relay_faults(settings, document)
    faults += password_change_faults(settings, document)
    seen: set[str] = set()
    for index, policy in enumerate(settings.policies):
        place = ("policies", index)
        if policy.name in seen:
            message = f"found {policy.name!r} again, wanted another"
            faults.append(document.fault((*place, "name"), message))
        seen.add(policy.name)
        faults += _policy(index, policy, settings, document)
        if known is not None:
            faults += policy_attribute_faults(place, policy, known, document)
        faults += reply_faults(place, policy, settings.clients, known, document)
    return faults


def _web(settings: Settings, document: Document) -> Iterator[Finding]:
    web = settings.web
    if (web.certificate is None) != (web.private_key is None):
        there, absent = "certificate", "private_key"
        if web.certificate is None:
            there, absent = absent, there
        yield document.fault(("web", there), f"found without web.{absent}, wanted both")
    yield from portal_faults(settings, document)
    yield from mail_faults(settings, document)
    yield from alert_faults(settings.alerts, document, mail=settings.mail is not None)
    yield from defence_faults(settings.push.defence, document)


def _clients(settings: Settings, known: Attributes | None, document: Document) -> Iterator[Finding]:
    owner: dict[Network, str] = {}
    for name, client in settings.clients.items():
        for index, network in enumerate(client.networks):
            place = ("clients", name, "networks", index)
            if network in owner:
                message = f"found {network}, which client {owner[network]} has already"
                yield document.fault(place, message)
            owner.setdefault(network, name)
        if known is not None:
            yield from caller_faults(("clients", name, "caller"), client.caller, known, document)


def _policy(
    index: int, policy: PolicySettings, settings: Settings, document: Document
) -> Iterator[Finding]:
    place: Place = ("policies", index)
    for position, client in enumerate(policy.clients):
        if client not in settings.clients:
            known = ", ".join(settings.clients) or "none is configured"
            message = f"found {client!r}, wanted the name of a client: {known}"
            yield document.fault((*place, "clients", position), message)
    directory = settings.directories.get(policy.directory)
    if directory is None:
        known = ", ".join(settings.directories)
        message = f"found {policy.directory!r}, wanted the name of a directory: {known}"
        yield document.fault((*place, "directory"), message)
    elif isinstance(directory, RadiusDirectorySettings):
        yield from _not_told(place, policy, document)
    elif directory.groups is None and _groups_of(policy):
        message = f"found groups, but directory {policy.directory} has no key `groups` to read them"
        yield document.fault((*place, "groups"), message)
    yield from _keys(place, policy, document)
    for position, group in enumerate(policy.groups or ()):
        yield from dn_faults((*place, "groups", position), group, document)
    for position, line in enumerate(policy.reply):
        for number, group in enumerate(line.groups or ()):
            here = (*place, "reply", position, "groups", number)
            yield from dn_faults(here, group, document)


def _keys(place: Place, policy: PolicySettings, document: Document) -> Iterator[Finding]:
    """Give the faults between a policy's own keys."""
    if policy.allow and "factors" not in policy.model_fields_set:
        yield document.fault((*place, "factors"), "missing, wanted a value")
    if len(set(policy.factors)) < len(policy.factors):
        yield document.fault((*place, "factors"), "found a factor twice, wanted each once")
    if policy.time_zone is not None and policy.times is None:
        yield document.fault((*place, "time_zone"), "found without times, wanted both")
    if "reauthenticate" in policy.model_fields_set and policy.session is None:
        yield document.fault((*place, "reauthenticate"), "found without session, wanted both")


def _not_told(place: Place, policy: PolicySettings, document: Document) -> Iterator[Finding]:
    """Give the faults of a policy that wants to know what a RADIUS server does not tell."""
    told = f"found {{}}, but directory {policy.directory} is a RADIUS server"
    if _groups_of(policy):
        yield document.fault((*place, "groups"), f"{told.format('groups')}, which tells none")
    if policy.remember is not None:
        message = f"{told.format('remember')}, which does not show when a password was changed"
        yield document.fault((*place, "remember"), message)
    for position, line in enumerate(policy.reply):
        if line.source is not None:
            message = f"{told.format('from')}; what it sends passes by its key `attributes`"
            yield document.fault((*place, "reply", position, "from"), message)


def _groups_of(policy: PolicySettings) -> bool:
    return bool(policy.groups) or any(line.groups for line in policy.reply)
