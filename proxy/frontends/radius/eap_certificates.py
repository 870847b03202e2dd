"""
The TLS of EAP-TLS: certificates of devices are asked for and verified, revocation included.

The authorities are those of the configuration, never the system's. Where there are revocation
lists, each authority of a chain has one that is valid now; else nobody comes in.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from cryptography import x509
from OpenSSL import SSL, crypto

from proxy.frontends.radius.eap_tls import BadCertificate, eap_context

DEEPEST: Final = 5
"""Certificates of authorities between a device's and the root."""
_PEM: Final = b"-----BEGIN X509 CRL-----"
_PEM_END: Final = b"-----END X509 CRL-----"

_WHY: Final[Mapping[int, str]] = {
    2: "the certificate is of another authority",
    3: "there is no revocation list of its authority",
    8: "the revocation list has a wrong signature",
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    11: "the revocation list is not valid yet",
    12: "the revocation list has expired",
    18: "the certificate is signed by itself",
    19: "the certificate is of another authority",
    20: "the certificate is of another authority",
    21: "the certificate is of another authority",
    22: "the chain of certificates is too long",
    23: "the certificate is revoked",
    26: "the certificate is not for clients of TLS",
    33: "there is no revocation list of its authority",
    44: "the revocation list is for other certificates",
    79: "an authority of the chain is none",
}
"""X509_V_ERR of OpenSSL's x509_vfy.h; others are told by their number."""


class BadRevocationList(Exception):  # noqa: N818 - it names what was found
    """A file that holds no certificate revocation list."""


def certificates_context(
    certificate: Path, private_key: Path, authorities: Path, revoked: Iterable[Path]
) -> SSL.Context:
    """
    Make what conversations by EAP-TLS begin with.

    Args:
        certificate: ours, and its chain.
        authorities: PEM: those whose certificates let in.
        revoked: files with revocation lists; none: revocation is not looked at.

    Raises:
        BadCertificate: a file holds no certificate or key.
        BadRevocationList: a file holds no revocation list.
    """
    context = eap_context(certificate, private_key)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # a resumed session verifies nothing
    context.set_options(SSL.OP_NO_TICKET)
    try:
        context.load_verify_locations(str(authorities))
        context.load_client_ca(str(authorities).encode())
    except SSL.Error:
        message = f"{authorities}: wanted PEM certificates of authorities"
        raise BadCertificate(message) from None
    store = context.get_cert_store()
    assert store is not None
    lists = [one for file in revoked for one in read_revocation_lists(file)]
    for one in lists:
        store.add_crl(one)
    if lists:
        store.set_flags(crypto.X509StoreFlags.CRL_CHECK | crypto.X509StoreFlags.CRL_CHECK_ALL)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _verified)
    context.set_verify_depth(DEEPEST)
    return context


def _verified(
    connection: SSL.Connection,
    certificate: crypto.X509,  # noqa: ARG001 - OpenSSL's signature
    error: int,
    depth: int,  # noqa: ARG001
    ok: int,
) -> bool:
    """Believe OpenSSL; note why it does not want a certificate."""
    if not ok:
        connection.set_app_data(_WHY.get(error, f"the certificate is not good (error {error})"))
    return bool(ok)


def read_revocation_lists(file: Path) -> list[x509.CertificateRevocationList]:
    """Read a file with one list in DER, or any number in PEM. Raises BadRevocationList."""
    try:
        octets = file.read_bytes()
        if _PEM not in octets:
            return [x509.load_der_x509_crl(octets)]
        return [
            x509.load_pem_x509_crl(one + _PEM_END) for one in octets.split(_PEM_END) if _PEM in one
        ]
    except OSError as error:
        raise BadRevocationList(f"cannot read {file}: {error.strerror}") from None
    except ValueError:
        raise BadRevocationList(f"found no certificate revocation list in {file}") from None
