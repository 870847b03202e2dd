"""
Whom a device's certificate names, once TLS has verified it.

It names somebody by the first kind of name that it has, in a given order: a user principal name
(Active Directory), a mail address (RFC 5280 section 4.2.1.6), or the common name of its subject. Of
that kind it has exactly one: two names are nobody's.
"""

from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from proxy.eap.inner import MAX_NAME, Certified
from proxy.eap.terms import NameKind
from proxy.errors import PeerError

_UPN: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_UTF8_STRING: Final = 0x0C


class BadCertificate(PeerError):  # noqa: N818 - it names what was found
    """A certificate of our CA that lets nobody in."""

    reason = "certificate"


def named_by(certificate: x509.Certificate, order: Iterable[NameKind]) -> Certified:
    """
    Give whom a certificate names.

    Raises:
        BadCertificate: it is not for clients of TLS, names nobody in these ways, or two.
    """
    try:
        extensions = certificate.extensions
        _for_clients(extensions)
        for kind in order:
            names = _names(certificate, extensions, kind)
            if len(names) > 1:
                raise BadCertificate(f"found {len(names)} names of the kind {kind}, wanted one")
            if names:
                return Certified(_octets(names[0]))
    except ValueError as error:  # what cryptography finds wrong with an extension or a name
        raise BadCertificate(f"found a certificate that cannot be read: {error}") from None
    raise BadCertificate(f"found no name of a person, wanted one of {', '.join(order)}")


def _for_clients(extensions: x509.Extensions) -> None:
    """RFC 5216 section 5.3; one that does not say what it is for may be a server's."""
    try:
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([])
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise BadCertificate("found no extended key usage clientAuth")


def _names(certificate: x509.Certificate, extensions: x509.Extensions, kind: NameKind) -> list[str]:
    if kind == "cn":
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(one.value) for one in common]
    try:
        other = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    if kind == "email":
        return other.get_values_for_type(x509.RFC822Name)
    return [
        _utf8_string(one.value)
        for one in other.get_values_for_type(x509.OtherName)
        if one.type_id == _UPN
    ]


def _utf8_string(der: bytes) -> str:
    """Read a UTF8String of DER, of as many octets as a name may have. Raises ValueError."""
    head = 3 if der[1:2] == b"\x81" else 2
    if len(der) <= head or der[0] != _UTF8_STRING or der[head - 1] != len(der) - head:
        raise ValueError("found a user principal name that is no UTF8String of 1 to 255 octets")
    return der[head:].decode()


def _octets(name: str) -> bytes:
    octets = name.encode()
    if not 0 < len(octets) <= MAX_NAME:
        raise BadCertificate(f"found a name of {len(octets)} octets, wanted 1 to {MAX_NAME}")
    return octets
