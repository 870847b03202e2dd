"""What `check` says of the certificate that devices see."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from proxy.settings.check import check
from tests.peers.authority import Authority

NOW = datetime.datetime.now(datetime.UTC)
SERVER = [ExtendedKeyUsageOID.SERVER_AUTH]
NAMES = ["radius.example.org"]


def curve():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def big():
    return rsa.generate_private_key(65537, 4096)


def certify(subject, key, issuer, issuer_key, *, days=90, usage=SERVER, names=NAMES):
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=30))
        .not_valid_after(NOW + datetime.timedelta(days=days))
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
    if names:
        names = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@pytest.fixture
def findings(config, tmp_path):
    """Write a chain and a key, and give what is said of them."""

    def give(chain, key):
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in chain)
        (config.path.parent / "c.pem").write_bytes(pem)
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (config.path.parent / "k.pem").write_bytes(octets)
        told = "eap: {certificate: c.pem, private_key: k.pem}\ndirectories:"
        found = check(config.good(("directories:", told)))
        return [str(one).removeprefix(f"{config.path}:") for one in found]

    return give


def test_a_short_chain_is_good(findings):
    """P-256 with one intermediate draws no warning."""
    own, middle, root = curve(), curve(), curve()
    chain = [
        certify("radius", own, "middle", middle),
        certify("middle", middle, "root", root),
    ]
    assert findings(chain, own) == []


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"days": -1}, "it expired on"),
        ({"days": 5}, "it expires on"),
        ({"usage": []}, "it lacks the extended key usage serverAuth"),
        ({"usage": [ExtendedKeyUsageOID.CLIENT_AUTH]}, "it lacks the extended key usage"),
        ({"names": []}, "it has no DNS name"),
    ],
)
def test_what_devices_refuse(findings, terms, said):
    """Each is told at the certificate's line."""
    own = curve()
    (found,) = findings([certify("radius", own, "ca", curve(), **terms)], own)
    assert found.startswith(f"4: warning: eap.certificate: {said}")


def test_a_key_that_devices_do_not_know(findings):
    """P-384 and Ed25519 are refused by many."""
    own = ec.generate_private_key(ec.SECP384R1())
    (found,) = findings([certify("radius", own, "ca", curve())], own)
    assert "neither P-256 nor RSA" in found


def test_what_may_be_left_out(findings):
    """A root, and what belongs to another chain."""
    own, root, other = curve(), curve(), curve()
    chain = [
        certify("radius", own, "root", root),
        certify("other", other, "root", root),
        certify("root", root, "root", root),
    ]
    found = findings(chain, own)
    assert [
        "4: warning: eap.certificate: CN=other is no issuer of CN=radius: it may be left out",
        "4: warning: eap.certificate: CN=root is a root, which devices have: it may be left out",
    ] == found


def test_a_chain_that_costs_round_trips(findings, big):
    """Three certificates of RSA 4096."""
    chain = [
        certify("radius", big, "one", big),
        certify("one", big, "two", big),
        certify("two", big, "three", big),
    ]
    (found,) = findings(chain, big)
    assert "its chain of 3 has" in found
    assert "takes 5 packets of ours and 4 round trips more" in found


def test_another_certificates_key(findings):
    """Nothing starts with it."""
    own = curve()
    (found,) = findings([certify("radius", own, "ca", curve())], curve())
    assert found.startswith("4: eap.private_key: ")
    assert "is not the key of CN=radius" in found


@pytest.mark.parametrize("octets", [None, b"none"])
def test_a_key_that_is_none(findings, config, octets):
    """It is missing, or no key; that stands at its line."""
    certificate, key = Authority(config.path.parent).issue("radius.example.org")
    (config.path.parent / "server.key").unlink()
    if octets is not None:
        key.write_bytes(octets)
    told = f"eap: {{certificate: {certificate}, private_key: {key}}}\ndirectories:"
    found = [str(one) for one in check(config.good(("directories:", told)))]
    (fault,) = [one for one in found if "warning" not in one]
    assert "eap.private_key: " in fault
