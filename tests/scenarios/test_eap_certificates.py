"""A device with a certificate comes onto the Wi-Fi: wpa_supplicant's EAP-TLS, by eapol_test."""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.peers.authority import Authority, upn
from tests.peers.daemon import Daemon, client
from tests.peers.eapol import connect, needs_eapol_test, network
from tests.peers.slapd import PEOPLE, person
from tests.scenarios.conftest import Someone
from tests.scenarios.test_eap import BOTH, VERSIONS

pytestmark = [
    pytest.mark.scenario,
    needs_eapol_test,
]


@pytest.fixture(scope="module")
def wifi(slapd, authority, tmp_path_factory):
    certificate, key = authority.issue("radius.example.org")
    running = Daemon(
        tmp_path_factory.mktemp("wifi"),
        slapd.directory_settings(),
        {"wifi": client("127.0.0.1", eap=["tls", "ttls"], wait="30s")},
        [{"name": "wifi", "clients": ["wifi"], "directory": "corp", "factors": ["push"]}],
        eap={
            "certificate": str(certificate),
            "private_key": str(key),
            "client_ca": str(authority.file),
            "client_crl": [str(authority.revocation_list())],
        },
    )
    try:
        yield running.start()
        assert "Traceback" not in running.text()
    finally:
        running.stop()


@pytest.fixture
def device(wifi, names):
    return Someone(wifi, next(names))


@pytest.fixture
def attempt(wifi, authority, tmp_path):
    """Connects with a certificate; gives what came of it."""

    def tried(made, version="1.3", seconds=20):
        certificate, key, _ = made
        more = f'client_cert="{certificate}"\n private_key="{key}"\n {VERSIONS[version]}'
        profile = network("anonymous", authority.file, method="TLS", more=more)
        return connect(tmp_path, profile, wifi.radius_port, seconds=seconds)

    return tried


@BOTH
def test_a_certificate_and_a_push(device, authority, attempt, version):
    """The certificate names the person, the phone is asked; the keys of both ends match."""
    device.enrol_phone()
    device.answer_soon()
    found = attempt(authority.device("good", device.name), version)
    assert found.passed, found.told[-3000:]
    assert found.keys_match


@BOTH
def test_a_certificate_and_a_denied_push(device, authority, attempt, version):
    """EAP-Failure at once, which a device believes that was never told that it passed."""
    device.enrol_phone()
    device.answer_soon("deny")
    assert turned_away(attempt(authority.device("denied", device.name), version))


def test_a_name_of_active_directory(device, authority, attempt):
    """The user principal name decides, whatever the subject is called."""
    device.enrol_phone()
    device.answer_soon()
    assert attempt(authority.device("upn", "Laptop 7", names=[upn(device.name)])).passed


def turned_away(found):
    """Say whether a device was told that it does not come in, at once."""
    return not found.passed and "CTRL-EVENT-EAP-FAILURE" in found.told


def test_a_certificate_that_was_revoked(wifi, device, authority, attempt):
    """From the reload on that reads the list again; the log says why, and nobody is asked."""
    device.enrol_phone()
    made = authority.device("gone", device.name)
    authority.revocation_list(made[-1])
    wifi.read_again()
    assert all(turned_away(attempt(made, version)) for version in VERSIONS)
    assert "the certificate is revoked" in wifi.said("refused-eap-tls-failed")
    assert device.shown() == []


def test_a_revocation_list_that_has_expired(wifi, device, authority, attempt):
    """Nobody comes in, until there is a new one."""
    device.enrol_phone()
    made = authority.device("unlisted", device.name)
    authority.revocation_list(days=-1)
    wifi.read_again()
    assert turned_away(attempt(made))
    authority.revocation_list()
    wifi.read_again()
    device.answer_soon()
    assert attempt(made).passed


@BOTH
@pytest.mark.parametrize("said", [{"days": -1}, {"usage": [ExtendedKeyUsageOID.SERVER_AUTH]}])
def test_certificates_that_tls_refuses(device, authority, attempt, version, said):
    """Expired, or made for servers."""
    device.enrol_phone()
    assert turned_away(attempt(authority.device("bad", device.name, **said), version))
    assert device.shown() == []


def test_a_certificate_of_two_people(wifi, device, authority, attempt):
    """It is nobody's, and the log says so."""
    device.enrol_phone()
    names = [x509.RFC822Name(name) for name in ("a@example.org", "b@example.org")]
    made = authority.device("two", device.name, names=names)
    assert all(turned_away(attempt(made, version)) for version in VERSIONS)
    assert "found 2 names of the kind email" in wifi.said("refused-eap-certificate")


def test_a_certificate_of_another_authority(device, attempt, tmp_path):
    """Its name is worth nothing."""
    device.enrol_phone()
    assert turned_away(attempt(Authority(tmp_path, "other").device("foreign", device.name)))
    assert device.shown() == []


def test_nobody_of_that_name(wifi, authority, attempt):
    """A good certificate, and no such person in the directory."""
    assert turned_away(attempt(authority.device("nobody", "nobody-at-all")))
    assert wifi.faults() == []


def test_a_person_whom_the_directory_locked(wifi, slapd, authority, attempt):
    """A password would be refused, so a certificate is."""
    slapd.change(person("barred"))
    locked = f"dn: uid=barred,{PEOPLE}\nchangetype: modify\nadd: pwdAccountLockedTime\n"
    slapd.change(f"{locked}pwdAccountLockedTime: 000001010000Z\n")
    one = Someone(wifi, "barred").enrol_phone()
    assert turned_away(attempt(authority.device("barred", "barred")))
    assert one.shown() == []


def test_a_device_without_a_certificate_chooses_a_tunnel(wifi, device, authority, tmp_path):
    """Offered EAP-TLS, it asks for EAP-TTLS."""
    device.enrol_phone()
    device.answer_soon()
    profile = network(device.name, authority.file, password=device.password)
    found = connect(tmp_path, profile, wifi.radius_port)
    assert found.passed, found.told[-3000:]
    assert found.keys_match
