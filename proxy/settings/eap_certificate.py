"""
What devices will make of the certificate of `eap`: whether it serves, and what its chain costs.

A chain travels in packets of a kilobyte, and each packet more is one more round trip between device
and server. Nothing is said where the files cannot be read or hold no certificate: that is told as
such.
"""

import datetime
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from proxy.eap.terms import FRAGMENT
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.schema import Settings

SOON = datetime.timedelta(days=14)
"""Certificates are renewed some weeks before."""
MOST_PACKETS = 3
"""A certificate and one intermediate of P-256 fit."""
_REST_OF_FLIGHT = 400
"""Octets of TLS 1.3 beside certificates and signature: hello, extensions, Finished, records."""
_SIGNATURE_OF_EC = 80


def certificate_findings(
    settings: Settings, document: Document, now: datetime.datetime
) -> Iterator[Finding]:
    """Give faults and warnings about certificate and key of `eap`."""
    if settings.eap is None:
        return
    chain = _chain(settings.eap.certificate)
    if not chain:
        return
    wrong = _key_fault(settings.eap.private_key, chain[0])
    if wrong:
        yield document.fault(("eap", "private_key"), wrong)
    for message in (*_of_leaf(chain[0], now), *_of_chain(chain)):
        yield document.warning(("eap", "certificate"), message)


def _chain(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return []


def _key_fault(file: Path, leaf: x509.Certificate) -> str | None:
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        return f"cannot read {file}: {error.strerror}"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return f"found no PEM key without a passphrase in {file}"
    if key.public_key() != leaf.public_key():
        return (
            f"{file} is not the key of {_named(leaf)}, the first certificate of eap.certificate; "
            "wanted the server's own certificate first, then its chain"
        )
    return None


def _of_leaf(leaf: x509.Certificate, now: datetime.datetime) -> Iterator[str]:
    key = leaf.public_key()
    good = isinstance(key, rsa.RSAPublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    )
    if not good:
        yield "its key is neither P-256 nor RSA, which many devices refuse"
    until = leaf.not_valid_after_utc
    if until <= now:
        yield f"it expired on {until:%Y-%m-%d}, so that no device connects"
    elif until <= now + SOON:
        yield f"it expires on {until:%Y-%m-%d}; devices that check it refuse it from then on"
    if leaf.not_valid_before_utc > now:
        yield f"it is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}"
    if not _for_servers(leaf):
        yield "it lacks the extended key usage serverAuth: Windows and Apple refuse it"
    if not _dns_names(leaf):
        yield "it has no DNS name as subjectAltName, so that devices cannot be told which to expect"


def _for_servers(leaf: x509.Certificate) -> bool:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.SERVER_AUTH in usage


def _dns_names(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return names.get_values_for_type(x509.DNSName)


def _of_chain(chain: list[x509.Certificate]) -> Iterator[str]:
    needed = [chain[0]]
    for one in chain[1:]:
        if one.subject == one.issuer:
            yield f"{_named(one)} is a root, which devices have: it may be left out"
        elif one.subject != needed[-1].issuer:
            yield f"{_named(one)} is no issuer of {_named(needed[-1])}: it may be left out"
        else:
            needed.append(one)
    octets = sum(len(one.public_bytes(Encoding.DER)) + 5 for one in chain)
    packets = packets_for(octets, chain[0])
    if packets > MOST_PACKETS:
        yield (
            f"its chain of {len(chain)} has {octets:,} octets, so that every handshake takes "
            f"{packets} packets of ours and {packets - 1} round trips more than one packet would; "
            "a P-256 certificate with one intermediate takes 2 or 3"
        )


def packets_for(octets: int, leaf: x509.Certificate) -> int:
    """Give the packets that a server's flight takes with a chain of so many octets."""
    key = leaf.public_key()
    signature = key.key_size // 8 if isinstance(key, rsa.RSAPublicKey) else _SIGNATURE_OF_EC
    flight = octets + signature + _REST_OF_FLIGHT
    return -(-flight // (FRAGMENT - 5))


def _named(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "a certificate without a subject"
