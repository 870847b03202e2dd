"""
What is legal and yet unwise, as warnings; and files that the configuration names and are not there.

Nothing here reaches over the network: that is `connect`.
"""

import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from proxy.countries import BadCountries, Countries
from proxy.secret import Secret
from proxy.settings.addresses import Network
from proxy.settings.attribute_faults import set_aside_warnings
from proxy.settings.directories import LdapDirectorySettings, RadiusDirectorySettings
from proxy.settings.document import Document
from proxy.settings.eap_certificate import certificate_findings
from proxy.settings.eap_faults import eap_warnings, revocation_faults
from proxy.settings.finding import Finding, Place
from proxy.settings.load import Loaded
from proxy.settings.password_change_faults import password_change_warnings
from proxy.settings.patience import patience_findings
from proxy.settings.policy_warnings import policy_warnings
from proxy.settings.portal_faults import portal_warnings
from proxy.settings.realm_faults import realm_warnings
from proxy.settings.remember_warnings import remember_warnings
from proxy.settings.schema import Settings
from proxy.settings.shield_faults import shield_warnings
from proxy.settings.upstreams import upstream_warnings

SHORT_SECRET = 12  # octets; RFC 6614 and its successors advise more, 32 is supported by all
PROMPT_DELAY = 1.0  # seconds; below, guessing over RADIUS is not slowed


def check(loaded: Loaded) -> list[Finding]:
    """Give every finding beyond what `load` refuses, in the order of the file."""
    settings, document = loaded.settings, loaded.document
    return sorted(
        [
            *file_faults(loaded),
            *_readable_secrets(document),
            *_doors(settings, document),
            *portal_warnings(settings, document, time.time()),
            *_directories(settings, document),
            *_clients(settings, document),
            *realm_warnings(settings, document),
            *password_change_warnings(settings, document),
            *shield_warnings(settings, document),
            *policy_warnings(settings, document),
            *patience_findings(settings, document),
            *eap_warnings(settings, document, time.time()),
            *remember_warnings(settings, document),
            *certificate_findings(settings, document, datetime.now(UTC)),
            *set_aside_warnings(loaded.attributes),
        ]
    )


def file_faults(loaded: Loaded) -> list[Finding]:
    """Give the faults of files: certificates and countries, missing, unreadable, or none."""
    settings, document = loaded.settings, loaded.document
    files: list[tuple[Place, Path | None]] = [
        (("web", "certificate"), settings.web.certificate),
        (("web", "private_key"), settings.web.private_key),
        (("push", "ca_certificates"), settings.push.ca_certificates),
        (("eap", "certificate"), settings.eap.certificate if settings.eap else None),
        (("eap", "client_ca"), settings.eap.client_ca if settings.eap else None),
    ]
    for name, directory in settings.directories.items():
        if isinstance(directory, LdapDirectorySettings):
            files.append((("directories", name, "ca_certificates"), directory.ca_certificates))
    if settings.mail is not None:
        files.append((("mail", "ca_certificates"), settings.mail.ca_certificates))
    if settings.alerts.webhook is not None:
        webhook = settings.alerts.webhook
        files.append((("alerts", "webhook", "ca_certificates"), webhook.ca_certificates))
    faults = []
    for place, file in files:
        wrong = None if file is None else _pem_fault(file, is_key=place[-1] == "private_key")
        if wrong:
            faults.append(document.fault(place, wrong))
    faults += revocation_faults(settings, document)
    wrong = _countries_fault(settings.push.defence.geoip)
    if wrong:
        faults.append(document.fault(("push", "defence", "geoip"), wrong))
    return faults


def _countries_fault(file: Path | None) -> str | None:
    try:
        if file is not None:
            Countries(file)
    except OSError as error:
        return f"cannot read {file}: {error.strerror}"
    except BadCountries as error:
        return str(error)
    return None


def _pem_fault(file: Path, *, is_key: bool) -> str | None:
    try:
        octets = file.read_bytes()
        if is_key:
            return None if b" PRIVATE KEY-----" in octets else f"found no PEM key in {file}"
        load_pem_x509_certificates(octets)
    except OSError as error:
        return f"cannot read {file}: {error.strerror}"
    except ValueError:
        return f"found no PEM certificate in {file}"
    return None


def _readable_secrets(document: Document) -> Iterator[Finding]:
    for place, source in document.sources.items():
        if source.file is not None and _for_everyone(source.file):
            message = f"everyone can read {source.file}, wanted mode 0600 or 0640"
            yield document.warning(place, message)
    if _for_everyone(document.path):
        for place in _written_out(document.value, ()):
            if place not in document.sources:
                message = "a secret is written out in a file that everyone can read, wanted !file"
                yield document.warning(place, message)


def _written_out(value: object, place: Place) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"secret", "bind_password", "password", "master_key"} and isinstance(
                inner, str
            ):
                yield (*place, key)
            yield from _written_out(inner, (*place, key))


def _for_everyone(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _doors(settings: Settings, document: Document) -> Iterator[Finding]:
    if settings.radius.reject_delay < PROMPT_DELAY:
        message = "less than 1s lets passwords be guessed quickly"
        yield document.warning(("radius", "reject_delay"), message)
    for index, network in enumerate(settings.web.trusted_proxies):
        if network.prefixlen == 0:
            place = ("web", "trusted_proxies", index)
            message = f"{network} lets anyone say where a call came from"
            yield document.warning(place, message)
    if settings.push.ca_certificates is not None and not settings.push.services:
        message = "nothing needs it, push.services names none"
        yield document.warning(("push", "ca_certificates"), message)


def _directories(settings: Settings, document: Document) -> Iterator[Finding]:
    for name, directory in settings.directories.items():
        place = ("directories", name)
        if isinstance(directory, RadiusDirectorySettings):
            yield from upstream_warnings(name, directory, document)
            yield from _short_secret(place, directory.secret, document)
            continue
        for index, server in enumerate(directory.servers):
            if not (server.tls or directory.start_tls):
                here = (*place, "servers", index)
                message = f"{server}: passwords cross the network in the clear"
                yield document.warning(here, message)
        if directory.allow_cleartext and (
            directory.start_tls or all(server.tls for server in directory.servers)
        ):
            message = "nothing needs it, every server has TLS"
            yield document.warning((*place, "allow_cleartext"), message)


def _clients(settings: Settings, document: Document) -> Iterator[Finding]:
    if not settings.clients:
        yield document.warning((), "no clients, so nobody is answered")
    used = {name for policy in settings.policies for name in policy.clients}
    for name, client in settings.clients.items():
        place = ("clients", name)
        if name not in used:
            message = "no policy names this client, so each of its logins is refused"
            yield document.warning(place, message)
        yield from _short_secret(place, client.secret, document)
        if not client.require_message_authenticator:
            message = "false leaves answers open to forgery (CVE-2024-3596); update the NAS"
            yield document.warning((*place, "require_message_authenticator"), message)
    yield from _networks(settings, document)


def _short_secret(place: Place, secret: Secret, document: Document) -> Iterator[Finding]:
    if len(secret.reveal()) <= SHORT_SECRET:
        message = f"{SHORT_SECRET} octets or fewer, which can be guessed offline; "
        message += "`openssl rand -base64 32` makes a good one"
        yield document.warning((*place, "secret"), message)


def _networks(settings: Settings, document: Document) -> Iterator[Finding]:
    everyone = [
        (network, name) for name, client in settings.clients.items() for network in client.networks
    ]
    for name, client in settings.clients.items():
        for index, network in enumerate(client.networks):
            for wider, owner in everyone:
                if owner != name and wider != network and _holds(wider, network):
                    place = ("clients", name, "networks", index)
                    message = f"{network} lies in {wider} of client {owner}; the longer one decides"
                    yield document.warning(place, message)


def _holds(wider: Network, narrower: Network) -> bool:
    return (
        wider.version == narrower.version
        and wider.prefixlen <= narrower.prefixlen
        and narrower.network_address in wider
    )
