"""
A certificate authority of this machine's own, for a trial: kept beside the store.

It signs one certificate, for the host of `web.url`. Who trusts its certificate (`ca.pem`) trusts
whoever reads `ca.key`; a real installation names a certificate of its own in the configuration.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS: Final = 3650
CERTIFICATE_DAYS: Final = 397
RENEWED_BEFORE: Final = timedelta(days=180)
"""It is renewed only when the daemon starts, which may run for months."""
_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Files:
    """Where the certificates are."""

    ca: Path
    """What phones and browsers must trust."""
    certificate: Path
    private_key: Path


def prepare(folder: Path, host: str, now: datetime | None = None) -> Files:
    """
    Make what is missing, near its end or for another host; give the files.

    Raises:
        OSError: the folder cannot be written.
    """
    moment = now or datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = Files(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    ca_key, ca = _authority(folder, files.ca, moment)
    if not _is_good(files, ca, host, moment):
        _issue(files, ca_key, ca, host, moment)
    return files


def _authority(
    folder: Path, ca_file: Path, now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key_file = folder / "ca.key"
    if ca_file.exists() and key_file.exists():
        key = load_pem_private_key(key_file.read_bytes(), None)
        ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
        if isinstance(key, ec.EllipticCurvePrivateKey) and ca.not_valid_after_utc > now:
            return key, ca
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Countersign local CA")])
    ca = (
        _builder(name, name, key.public_key(), now, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, SHA256())
    )
    _write_key(key_file, key)
    _write(ca_file, ca.public_bytes(Encoding.PEM), 0o644)
    return key, ca


def _issue(
    files: Files,
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    host: str,
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    certificate = (
        _builder(name, ca.subject, key.public_key(), now, CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, SHA256())
    )
    _write_key(files.private_key, key)
    _write(files.certificate, certificate.public_bytes(Encoding.PEM), 0o644)


def _is_good(files: Files, ca: x509.Certificate, host: str, now: datetime) -> bool:
    if not (files.certificate.exists() and files.private_key.exists()):
        return False
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        certificate.verify_directly_issued_by(ca)
        key = load_pem_private_key(files.private_key.read_bytes(), None)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 - whatever is wrong with it, a new one is made
        return False
    return (
        certificate.public_key() == key.public_key()  # they differ after a crash between the two
        and certificate.not_valid_after_utc - RENEWED_BEFORE > now
        and _general_name(host) in names
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(path, octets, 0o600)


def _write(path: Path, octets: bytes, mode: int) -> None:
    """Replace a file at once, never readable by more than *mode* says."""
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(octets)
    partial.replace(path)
