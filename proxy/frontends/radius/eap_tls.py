"""The TLS of EAP conversations: 1.2 or newer, nothing resumed, nothing asked of the peer."""

from pathlib import Path
from typing import Final

from OpenSSL import SSL

_CIPHERS: Final = b"ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; those of 1.3 are all good."""


class BadCertificate(Exception):  # noqa: N818 - it names what was found
    """Certificate or key that cannot serve."""


def eap_context(certificate: Path, private_key: Path) -> SSL.Context:
    """
    Make what every conversation begins with.

    A session would outlive the second factor that it passed, so none is kept.

    Raises:
        BadCertificate: the files do not hold a certificate chain and its own key.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(_CIPHERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    try:
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(private_key))
        context.check_privatekey()
    except SSL.Error:
        raise BadCertificate(
            f"{certificate} and {private_key}: wanted a PEM certificate chain and its own key"
        ) from None
    return context
