"""The listener's side of TLS: 1.2 or newer, a certificate chain and its key from PEM files."""

from pathlib import Path
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import CertificateOptions, TLSVersion
from zope.interface import implementer


class BadCertificate(Exception):  # noqa: N818 - it names what was found
    """Certificate or key that cannot serve; says which file and why."""


class _Context(CertificateOptions):
    """Serves a chain and key that OpenSSL read from their files itself."""

    def __init__(self, certificate: Path, private_key: Path) -> None:
        super().__init__(raiseMinimumTo=TLSVersion.TLSv1_2)
        self._files = (certificate, private_key)
        self.getContext()

    def _makeContext(self) -> Any:  # type: ignore[override]  # noqa: ANN401, N802
        context: Any = super()._makeContext()
        certificate, private_key = self._files
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(private_key))
        context.check_privatekey()
        return context


@implementer(IOpenSSLServerConnectionCreator)
class Certificates:
    """What new connections are shown; exchanged by setting `context`, connections keep theirs."""

    def __init__(self, context: CertificateOptions) -> None:
        self.context = context

    def serverConnectionForTLS(self, tlsProtocol: Any) -> Any:  # noqa: ANN401, N802, N803 - Twisted's
        """Begin TLS on a connection."""
        return self.context.serverConnectionForTLS(tlsProtocol)


def server_context(certificate: Path, private_key: Path) -> CertificateOptions:
    """
    Read certificate and key.

    Raises:
        BadCertificate: a file is missing or unreadable, or the two do not belong together.
    """
    for path in (certificate, private_key):
        try:
            path.read_bytes()
        except OSError as error:
            raise BadCertificate(f"{path}: {error.strerror}") from None
    try:
        return _Context(certificate, private_key)
    except SSL.Error:
        raise BadCertificate(
            f"{certificate} and {private_key}: wanted a PEM certificate chain and its own key"
        ) from None
