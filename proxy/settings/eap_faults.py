"""What of EAP cannot work together, and what of it is unwise."""

from collections.abc import Iterator
from datetime import UTC, datetime

from proxy.eap.terms import BARE
from proxy.frontends.radius.eap_certificates import BadRevocationList, read_revocation_lists
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.schema import Settings


def eap_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults between the section `eap` and the clients that speak it."""
    eap = settings.eap
    for name, client in settings.clients.items():
        place = ("clients", name, "eap")
        if len(set(client.eap)) < len(client.eap):
            yield document.fault(place, "found a method twice, wanted each once")
        bare = [one for one in client.eap if one in BARE]
        if bare and not client.eap_without_tls:
            message = f"found {', '.join(bare)} without eap_without_tls: true, wanted both"
            yield document.fault(place, message)
        if client.eap and eap is None:
            message = "found without the section `eap`, wanted its certificate and private_key"
            yield document.fault(place, message)
        elif "tls" in client.eap and eap is not None and eap.client_ca is None:
            message = "found tls without eap.client_ca, wanted the authorities of the devices"
            yield document.fault(place, message)
        if client.heartbeat == "notification" and "peap" not in client.eap:
            message = "found notification, wanted peap in the client's eap: other methods bear none"
            yield document.fault(("clients", name, "heartbeat"), message)
    if eap is None:
        return
    if eap.client_crl and eap.client_ca is None:
        yield document.fault(("eap", "client_crl"), "found without eap.client_ca, wanted both")
    if len(set(eap.client_name)) < len(eap.client_name):
        yield document.fault(("eap", "client_name"), "found a name twice, wanted each once")


def revocation_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults of the files with revocation lists."""
    for index, file in enumerate(settings.eap.client_crl if settings.eap else ()):
        try:
            read_revocation_lists(file)
        except BadRevocationList as error:
            yield document.fault(("eap", "client_crl", index), str(error))


def eap_warnings(settings: Settings, document: Document, now: float) -> Iterator[Finding]:
    """
    Give what is legal and yet unwise.

    Args:
        now: seconds since the epoch.
    """
    yield from _bare_warnings(settings, document)
    eap = settings.eap
    if eap is None or eap.client_ca is None:
        return
    if not any("tls" in client.eap for client in settings.clients.values()):
        yield document.warning(("eap", "client_ca"), "nothing needs it, no client's `eap` has tls")
    elif not eap.client_crl:
        message = "without client_crl a certificate that was revoked serves until it expires"
        yield document.warning(("eap", "client_ca"), message)
    for index, file in enumerate(eap.client_crl):
        try:
            lists = read_revocation_lists(file)
        except BadRevocationList:
            continue  # a fault, which is told
        for one in lists:
            ends = one.next_update_utc
            if ends is not None and ends <= datetime.fromtimestamp(now, UTC):
                message = f"expired on {ends:%Y-%m-%d %H:%M} UTC: nobody comes in by EAP-TLS"
                yield document.warning(("eap", "client_crl", index), message)


def _bare_warnings(settings: Settings, document: Document) -> Iterator[Finding]:
    for name, client in settings.clients.items():
        place = ("clients", name, "eap_without_tls")
        if not client.eap_without_tls:
            continue
        if BARE.isdisjoint(client.eap):
            yield document.warning(place, "nothing needs it, `eap` has no method without TLS")
        if "gtc" in client.eap:
            message = "gtc: whoever sees the packets between NAS and server reads the passwords"
            yield document.warning(place, message)
        if "mschapv2" in client.eap:
            message = "mschapv2: whoever sees the packets between NAS and server can guess the "
            yield document.warning(place, f"{message}passwords from them at leisure")
