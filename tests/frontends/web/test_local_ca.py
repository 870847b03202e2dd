"""A certificate authority of this machine's own."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from proxy.frontends.web import local_ca
from proxy.frontends.web.tls import BadCertificate, server_context

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def certificate(files):
    return x509.load_pem_x509_certificate(files.certificate.read_bytes())


def names(files):
    extension = certificate(files).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [str(name.value) for name in extension.value]


def test_a_certificate_for_the_host(tmp_path):
    """Signed by the CA that is kept beside it."""
    files = local_ca.prepare(tmp_path, "mfa.example.org", NOW)
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    certificate(files).verify_directly_issued_by(ca)
    assert ["mfa.example.org"] == names(files)


def test_an_address_is_named_as_one(tmp_path):
    """Clients look for it there."""
    assert ["::1"] == names(local_ca.prepare(tmp_path, "::1", NOW))


def test_what_is_good_stays(tmp_path):
    """Phones keep the CA that they trusted."""
    before = local_ca.prepare(tmp_path, "a.example", NOW).certificate.read_bytes()
    assert before == local_ca.prepare(tmp_path, "a.example", NOW).certificate.read_bytes()


@pytest.mark.parametrize(("host", "days"), [("b.example", 0), ("a.example", 218)])
def test_another_host_or_a_near_end_makes_a_new_one(tmp_path, host, days):
    """Under the same CA."""
    files = local_ca.prepare(tmp_path, "a.example", NOW)
    before, ca = files.certificate.read_bytes(), files.ca.read_bytes()
    again = local_ca.prepare(tmp_path, host, NOW + timedelta(days=days))
    assert before != again.certificate.read_bytes()
    assert ca == again.ca.read_bytes()


def test_a_certificate_without_its_key_is_made_anew(tmp_path):
    """A crash between the writing of the two does not keep the daemon from starting for ever."""
    files = local_ca.prepare(tmp_path, "a.example", NOW)
    key = local_ca.prepare(tmp_path / "other", "a.example", NOW).private_key.read_bytes()
    files.private_key.write_bytes(key)
    local_ca.prepare(tmp_path, "a.example", NOW)
    assert server_context(files.certificate, files.private_key)


def test_keys_are_for_their_owner_alone(tmp_path):
    """Whoever reads the CA's key makes certificates that phones trust."""
    files = local_ca.prepare(tmp_path / "tls", "a.example", NOW)
    modes = {
        stat.S_IMODE(path.stat().st_mode) for path in (files.private_key, tmp_path / "tls/ca.key")
    }
    assert {0o600} == modes


def test_what_was_made_serves(tmp_path):
    """And what does not belong together does not."""
    one = local_ca.prepare(tmp_path / "one", "a.example")
    two = local_ca.prepare(tmp_path / "two", "a.example")
    assert server_context(one.certificate, one.private_key)
    with pytest.raises(BadCertificate, match="its own key"):
        server_context(one.certificate, two.private_key)
    with pytest.raises(BadCertificate, match="No such file"):
        server_context(tmp_path / "missing.pem", one.private_key)
