"""
The TLS of EAP conversations: 1.2 or newer, nothing asked of the peer.

A session would outlive the second factor that it passed, so none is kept, except in a context that
one conversation has for itself (`stations`). The files are read once: what a certificate serves for
begins and ends with a reading of the configuration.
"""

from os import urandom
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL

_CIPHERS: Final = b"ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; those of 1.3 are all good."""
_OPTIONS: Final = SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION
"""Without tickets a session of TLS 1.3 too is one that we hold: what goes out only names it."""


class BadCertificate(Exception):  # noqa: N818 - it names what was found
    """Certificate or key that cannot serve."""


class EapCertificate:
    """
    A certificate chain and its key, and the contexts that are made of them.

    Raises:
        BadCertificate: the files do not hold a certificate chain and its own key.
    """

    def __init__(self, certificate: Path, private_key: Path) -> None:
        try:
            self._chain = x509.load_pem_x509_certificates(certificate.read_bytes())
            self._key: PrivateKeyTypes = load_pem_private_key(private_key.read_bytes(), None)
            self.context()
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm, SSL.Error):
            raise BadCertificate(
                f"{certificate} and {private_key}: wanted a PEM certificate chain and its own key"
            ) from None

    def context(self) -> SSL.Context:
        """Make what any number of conversations begin with; no session of theirs is kept."""
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_cipher_list(_CIPHERS)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(_OPTIONS)
        context.set_mode(SSL.MODE_RELEASE_BUFFERS)
        leaf, *others = self._chain
        context.use_certificate(leaf)
        for one in others:
            context.add_extra_chain_cert(one)
        context.use_privatekey(self._key)  # type: ignore[arg-type]
        context.check_privatekey()
        return context

    def context_of_one(self, seconds: float) -> SSL.Context:
        """Make one for a single conversation, whose session can be resumed for so long."""
        context = self.context()
        context.set_session_cache_mode(SSL.SESS_CACHE_SERVER)
        context.set_session_id(urandom(32))
        context.set_timeout(int(seconds))
        return context


def eap_context(certificate: Path, private_key: Path) -> SSL.Context:
    """Make what any number of conversations begin with, from files. Raises BadCertificate."""
    return EapCertificate(certificate, private_key).context()
