"""The certificate of [radius_server_eap], which is PEAP with GTC inside there as here."""

from pathlib import Path

from proxy.cli.authproxy.cfg import Section
from proxy.cli.authproxy.remarks import Notes


def eap_of(section: Section, folder: Path, notes: Notes) -> dict[str, object]:
    """Give the section `eap`; empty: its files are not here, and nobody can speak EAP yet."""
    notes.take(section, "certs", "pkey")
    certificate, private_key = (folder / section.text(key, "?") for key in ("certs", "pkey"))
    if certificate.is_file() and private_key.is_file():
        return {
            "certificate": str(certificate.absolute()),
            "private_key": str(private_key.absolute()),
        }
    message = f"{section.name}: its certificate and key are not on this machine; write `eap` with "
    message += "them, and `eap: [peap]` at its clients"
    notes.say(section.line_of("certs"), "to do", message)
    return {}
