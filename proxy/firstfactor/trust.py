"""
Which servers' certificates are accepted: signed by the CAs given, and for the very host asked.

Twisted verifies both in the handshake. The name is verified once more when it is over, because
Twisted lets a certificate pass whose alternative names cannot be read.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL.SSL import Error as TlsError
from service_identity import VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from service_identity.exceptions import CertificateError
from twisted.internet.ssl import (
    Certificate,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)


class BadCertificates(Exception):  # noqa: N818 - it names what was found
    """A file of CA certificates that cannot be read; the message says why."""


def trust_root(pem: bytes | None) -> Any:  # noqa: ANN401 - Twisted's IOpenSSLTrustRoot
    """
    Give what optionsForClientTLS trusts: every certificate in *pem*, or the system's.

    Raises:
        BadCertificates: there is no certificate in it, or one that cannot be read.
    """
    if pem is None:
        return platformTrust()
    try:
        certificates: Sequence[x509.Certificate] = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise BadCertificates(f"found no certificates in PEM: {error}") from error
    return trustRootFromCertificates(
        [Certificate.load(found.public_bytes(Encoding.DER)) for found in certificates]
    )


class Trust:
    """What one host must show."""

    def __init__(self, host: str, root: Any) -> None:  # noqa: ANN401 - from `trust_root`
        self.creator: Any = optionsForClientTLS(host, root)
        """Makes the client's side of TLS; serves any number of connections."""
        self._host = host

    def objection(self, certificate: x509.Certificate) -> str | None:
        """Say why a certificate is not this host's; None: it is."""
        try:
            if _is_address(self._host):
                verify_certificate_ip_address(certificate, self._host)
            else:
                verify_certificate_hostname(certificate, _ascii(self._host))
        except (VerificationError, CertificateError, ValueError):
            return f"the certificate is not for {self._host}"
        return None


def tls_words(error: BaseException) -> str:
    """Put what ended a TLS connection into words."""
    if isinstance(error, VerificationError):
        return "the certificate is for another host"
    if isinstance(error, TlsError) and error.args and isinstance(error.args[0], list):
        return "TLS failed: " + ", ".join(str(part[-1]) for part in error.args[0])
    return str(error) or type(error).__name__


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")
