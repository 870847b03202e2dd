"""
What one reading of the configuration makes: everything that the next reading exchanges.

It is built whole or not at all, and away from the event loop: files, parsing and cryptography take
their time. Nothing here listens or connects. Whatever cannot be had is told by file and line.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from twisted.internet.ssl import CertificateOptions
from twisted.web.client import BrowserLikePolicyForHTTPS

from proxy.countries import BadCountries, Countries
from proxy.eap.terms import Certificates, Heartbeat
from proxy.eap.terms import Terms as EapTerms
from proxy.firstfactor.directories import Directories, UpstreamParts
from proxy.firstfactor.trust import BadCertificates, Trust, trust_root
from proxy.firstfactor.upstream_sockets import ConnectedSocket
from proxy.frontends.radius.eap_certificates import BadRevocationList, certificates_context
from proxy.frontends.radius.eap_tls import BadCertificate as BadEapCertificate
from proxy.frontends.radius.eap_tls import EapCertificate
from proxy.frontends.radius.reading import Reader
from proxy.frontends.radius.relay_terms import RelayTerms
from proxy.frontends.radius.stations import LONGEST
from proxy.frontends.radius.terms import Terms
from proxy.frontends.radius.writing import Writer
from proxy.frontends.web import local_ca
from proxy.frontends.web.tls import BadCertificate, server_context
from proxy.login.fatigue import Defence
from proxy.login.policy import Policy
from proxy.login.realm import Realms
from proxy.mail.options import Mailing
from proxy.push.services import Services
from proxy.radius.clients import Clients
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.sealing import MasterKey
from proxy.settings.check import file_faults
from proxy.settings.clients import ClientSettings
from proxy.settings.eap import EapSettings
from proxy.settings.finding import ConfigurationFaults, Finding, Place
from proxy.settings.load import Loaded
from proxy.settings.plain import (
    defence,
    directory_options,
    policies,
    portal_policies,
    push_services,
    radius_clients,
    realms,
    smtp_options,
)
from proxy.settings.schema import Settings
from proxy.settings.upstreams import upstream_options
from proxy.webhook.options import Webhook

PATIENCE: Final = 60.0
"""Seconds: `eap.patience`, where EAP is relayed and there is no section that says another."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings, and what was made of them; replaced as a whole."""

    loaded: Loaded
    policies: tuple[Policy, ...]
    realms: Realms | None
    directories: Directories
    terms: Terms
    certificate: CertificateOptions
    push_services: Services
    mailing: Mailing | None
    """None: nobody is told by mail."""
    defence: Defence
    countries: Countries | None
    """None: countries are not looked at."""
    webhook: Webhook | None
    """None: no machine is told of alerts."""

    @property
    def settings(self) -> Settings:
        """Give the settings."""
        return self.loaded.settings


class Making:
    """
    Makes what is in force; what stays as long as the daemon runs is given once.

    Args:
        settings: as they were at the start: store and `web.url` stay.
        folder: where the store is; a local CA is kept beside it.
        join_key, request_key: as `Reader` wants them.
        master: seals what upstream servers say.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        reactor: Any,  # noqa: ANN401 - a reactor
        *,
        join_key: bytes,
        request_key: bytes,
        master: MasterKey,
    ) -> None:
        self._store = settings.store
        self._url = settings.web.url
        self._folder = folder
        self._reactor = reactor
        self._seals = UpstreamSeals(master)
        self._opens = partial(ConnectedSocket, reactor)
        self._join_key = join_key
        self._request_key = request_key

    def make(self, loaded: Loaded, before: InForce | None = None) -> InForce:
        """
        Make everything of a configuration; may be called on any thread.

        Args:
            before: what is in force; directories that are configured as they were are taken over.

        Raises:
            ConfigurationFaults: a file that it names cannot be used.
        """
        faults = file_faults(loaded)
        if faults:
            raise ConfigurationFaults(faults)
        settings = loaded.settings
        rules = (*policies(settings, loaded.attributes), *portal_policies(settings))
        directories = self._directories(loaded, before)
        return InForce(
            loaded,
            rules,
            realms(settings),
            directories,
            self._terms(loaded, rules, directories),
            self._certificate(loaded),
            self._push_services(loaded),
            self._mailing(loaded),
            defence(settings),
            self._countries(loaded),
            self._webhook(loaded),
        )

    def wants_restart(self, loaded: Loaded, master_keys: Collection[str]) -> list[Finding]:
        """
        Tell what is configured otherwise now and cannot be changed while the daemon runs.

        Args:
            master_keys: the marks of those that the store is sealed under.
        """
        settings, changed = loaded.settings, list[Place]()
        if settings.store != self._store:
            changed.append(("store",))
        key = settings.master_key.key
        if key is None or key.mark not in master_keys:
            changed.append(("master_key",))
        if settings.web.url != self._url:
            changed.append(("web", "url"))
        message = "changed, which wants a restart; the one before holds until then"
        return [loaded.document.warning(place, message) for place in changed]

    def _directories(self, loaded: Loaded, before: InForce | None) -> Directories:
        older = None if before is None else before.directories
        try:
            return Directories(
                directory_options(loaded.settings),
                self._reactor,
                older,
                upstream_options(loaded.settings),
                UpstreamParts(loaded.attributes, self._seals, self._opens),
            )
        except OSError as error:  # it went after it was looked at
            message = f"cannot read {error.filename}: {error.strerror}"
        except BadCertificates as error:
            message = str(error)
        raise _fault(loaded, ("directories",), message)

    def _push_services(self, loaded: Loaded) -> Services:
        try:
            return push_services(loaded.settings)
        except (OSError, ValueError) as error:
            place = ("push", "ca_certificates")
            raise _fault(loaded, place, f"cannot be used: {error}") from None

    def _terms(self, loaded: Loaded, rules: tuple[Policy, ...], directories: Directories) -> Terms:
        attributes = loaded.attributes
        clients = Clients(radius_clients(loaded.settings))
        reader = Reader(
            attributes,
            clients.all,
            rules,
            join_key=self._join_key,
            request_key=self._request_key,
        )
        writer = Writer(attributes, self._url, self._seals.open_attributes)
        relayed = _relayed(loaded.settings, directories)
        return Terms(clients, reader, writer, {**_eap(loaded), **relayed})

    def _mailing(self, loaded: Loaded) -> Mailing | None:
        mail = loaded.settings.mail
        if mail is None:
            return None
        # Imported here, off the loop: it asks DNS for this machine's name, which may take long.
        from proxy.mail.smtp import send  # noqa: PLC0415

        pem = None
        try:
            if mail.ca_certificates is not None:
                pem = mail.ca_certificates.read_bytes()
            tls = Trust(mail.server, trust_root(pem)).creator
        except OSError as error:
            message = f"cannot read {error.filename}: {error.strerror}"
            raise _fault(loaded, ("mail", "ca_certificates"), message) from None
        except BadCertificates as error:
            raise _fault(loaded, ("mail", "ca_certificates"), str(error)) from None
        own_name = urlsplit(self._url).hostname or "localhost"
        return Mailing(smtp_options(mail, tls, own_name), send, loaded.settings.alerts.mail_to)

    def _countries(self, loaded: Loaded) -> Countries | None:
        file = loaded.settings.push.defence.geoip
        if file is None:
            return None
        try:
            return Countries(file)
        except OSError as error:
            message = f"cannot read {file}: {error.strerror}"
        except BadCountries as error:
            message = str(error)
        raise _fault(loaded, ("push", "defence", "geoip"), message)

    def _webhook(self, loaded: Loaded) -> Webhook | None:
        one = loaded.settings.alerts.webhook
        if one is None:
            return None
        try:
            pem = None if one.ca_certificates is None else one.ca_certificates.read_bytes()
            root = trust_root(pem)
        except OSError as error:
            message = f"cannot read {error.filename}: {error.strerror}"
        except BadCertificates as error:
            message = str(error)
        else:
            tls: Any = BrowserLikePolicyForHTTPS(root)  # type: ignore[no-untyped-call]
            return Webhook(one.url, one.secret, tls)
        raise _fault(loaded, ("alerts", "webhook", "ca_certificates"), message)

    def _certificate(self, loaded: Loaded) -> CertificateOptions:
        web = loaded.settings.web
        certificate, private_key = web.certificate, web.private_key
        try:
            if certificate is None or private_key is None:
                files = local_ca.prepare(self._folder / "tls", urlsplit(self._url).hostname or "")
                certificate, private_key = files.certificate, files.private_key
            return server_context(certificate, private_key)
        except BadCertificate as error:
            raise _fault(loaded, ("web", "certificate"), str(error)) from None
        except OSError as error:
            message = f"a local CA cannot be kept: {error.filename}: {error.strerror}"
            raise _fault(loaded, ("web",), message) from None


def _heartbeat(client: ClientSettings, patience: float) -> Heartbeat | None:
    """Give how devices of a client are kept patient; None: they are not."""
    if client.heartbeat == "off":
        return None
    return Heartbeat(client.heartbeat_every, patience, client.heartbeat == "notification")


def _eap(loaded: Loaded) -> dict[str, EapTerms]:
    """Give how each client that may speaks EAP. Raises ConfigurationFaults."""
    eap = loaded.settings.eap
    if eap is None:
        return {}
    try:
        certificate = EapCertificate(eap.certificate, eap.private_key)
    except BadEapCertificate as error:
        raise _fault(loaded, ("eap", "certificate"), str(error)) from None
    context = certificate.context()
    fresh = partial(certificate.context_of_one, LONGEST)
    certificates = _certificates(loaded, eap)
    return {
        name: EapTerms(
            context,
            client.eap,
            heartbeat=_heartbeat(client, eap.patience),
            bare_asks=client.challenge,
            certificates=certificates,
            fresh=fresh,
            inner=client.eap_inner,
        )
        for name, client in loaded.settings.clients.items()
        if client.eap
    }


def _certificates(loaded: Loaded, eap: EapSettings) -> Certificates | None:
    """Give which certificates of devices let in; None: none does. Raises ConfigurationFaults."""
    if eap.client_ca is None:
        return None
    try:
        context = certificates_context(
            eap.certificate, eap.private_key, eap.client_ca, eap.client_crl
        )
    except BadEapCertificate as error:
        raise _fault(loaded, ("eap", "client_ca"), str(error)) from None
    except BadRevocationList as error:
        raise _fault(loaded, ("eap", "client_crl"), str(error)) from None
    return Certificates(context, eap.client_name)


def _relayed(settings: Settings, directories: Directories) -> dict[str, RelayTerms]:
    """Give how EAP of each client is relayed that wants it so."""
    patience = PATIENCE if settings.eap is None else settings.eap.patience
    return {
        name: RelayTerms(directories.eap(client.eap_relay), _heartbeat(client, patience))
        for name, client in settings.clients.items()
        if client.eap_relay is not None
    }


def changed_keys(old: Settings, new: Settings) -> list[str]:
    """Give the top-level keys whose values differ; the master key is not looked at."""
    return [
        key
        for key in Settings.model_fields
        if key != "master_key" and getattr(old, key) != getattr(new, key)
    ]


def _fault(loaded: Loaded, place: Place, message: str) -> ConfigurationFaults:
    return ConfigurationFaults([loaded.document.fault(place, message)])
