"""Which certificates are a server's."""

import pytest
from cryptography import x509
from OpenSSL import SSL
from twisted.internet.ssl import platformTrust

from proxy.firstfactor.trust import BadCertificates, Trust, tls_words, trust_root
from tests.peers.authority import Authority


@pytest.fixture
def shown(tmp_path):
    """Give certificates for names."""
    authority = Authority(tmp_path)

    def issue(*names):
        return x509.load_pem_x509_certificate(authority.issue(*names)[0].read_bytes())

    return issue


@pytest.mark.parametrize(
    ("host", "names", "accepted"),
    [
        ("dc1.example.org", ["dc1.example.org"], True),
        ("DC1.Example.ORG", ["dc1.example.org"], True),
        ("dc1.example.org", ["dc2.example.org", "dc1.example.org"], True),
        ("dc1.example.org", ["*.example.org"], True),
        ("a.dc1.example.org", ["*.example.org"], False),
        ("dc1.example.org", ["dc2.example.org"], False),
        ("dc1.example.org", ["192.0.2.1"], False),
        ("192.0.2.1", ["192.0.2.1"], True),
        ("192.0.2.1", ["192.0.2.2"], False),
        ("192.0.2.1", ["dc1.example.org"], False),
        ("2001:db8::1", ["2001:db8::1"], True),
        ("2001:db8::1", ["2001:db8::2"], False),
        ("bücher.example.org", ["xn--bcher-kva.example.org"], True),
    ],
)
def test_the_name_is_the_hosts(shown, host, names, accepted):
    """An address is compared as an address, a name as a name (RFC 6125 section 6)."""
    objection = Trust(host, platformTrust()).objection(shown(*names))
    assert (None if accepted else f"the certificate is not for {host}") == objection


@pytest.mark.parametrize("pem", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_certificates_that_cannot_be_read(pem):
    """Are a fault of the configuration."""
    with pytest.raises(BadCertificates):
        trust_root(pem)


def test_several_certificates(tmp_path):
    """All of a file's count."""
    first, second = Authority(tmp_path, "first"), Authority(tmp_path, "second")
    assert 2 == len(trust_root(first.pem + second.pem)._caCerts)


def test_what_ended_tls_in_words():
    """OpenSSL's own, or the name of what was raised."""
    error = SSL.Error([("SSL routines", "", "certificate verify failed")])
    assert "TLS failed: certificate verify failed" == tls_words(error)
    assert "ended" == tls_words(OSError("ended"))
    assert "ValueError" == tls_words(ValueError())
