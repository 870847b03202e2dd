"""What the TLS of EAP-TLS is made of; what it refuses is in tests/eap/test_tls.py."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from proxy.frontends.radius.eap_certificates import (
    BadRevocationList,
    certificates_context,
    read_revocation_lists,
)
from proxy.frontends.radius.eap_tls import BadCertificate
from tests.peers.authority import Authority


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def test_lists_in_pem_and_der(authority, tmp_path):
    """Authorities publish either; several lists may stand in one file of PEM."""
    certificate, _ = authority.person()
    pem = authority.revocation_list(certificate)
    (listed,) = read_revocation_lists(pem)
    assert listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    der = tmp_path / "revoked.crl"
    der.write_bytes(listed.public_bytes(Encoding.DER))
    assert read_revocation_lists(der) == [listed]
    pem.write_bytes(b"text before\n" + pem.read_bytes() * 2)
    assert read_revocation_lists(pem) == [listed, listed]


@pytest.mark.parametrize("octets", [b"", b"nothing", b"-----BEGIN X509 CRL-----\nAAAA\n"])
def test_what_is_no_list(tmp_path, octets):
    """It is named."""
    file = tmp_path / "revoked.pem"
    file.write_bytes(octets)
    with pytest.raises(BadRevocationList, match=f"no certificate revocation list in {file}"):
        read_revocation_lists(file)


def test_a_list_that_is_not_there(tmp_path):
    """It is named."""
    with pytest.raises(BadRevocationList, match="cannot read"):
        read_revocation_lists(tmp_path / "revoked.pem")


def test_authorities_that_are_none(authority, tmp_path):
    """A file without certificates lets nobody in, so nothing begins with it."""
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    with pytest.raises(BadCertificate, match="wanted PEM certificates of authorities"):
        certificates_context(*authority.issue("radius.example.org"), empty, ())


def test_a_list_without_anything(authority):
    """An authority that has revoked nothing says so too."""
    listed = authority.revocation_list()
    assert isinstance(read_revocation_lists(listed)[0], x509.CertificateRevocationList)
    certificates_context(*authority.issue("radius.example.org"), authority.file, [listed])
