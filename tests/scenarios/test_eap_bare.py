"""EAP without TLS, as gateways of IKEv2 pass it on: wpa_supplicant's methods, by eapol_test."""

import pytest

from tests.peers.daemon import Daemon, client
from tests.peers.eapol import connect, needs_eapol_test, network
from tests.scenarios.conftest import Someone
from tests.scenarios.test_eap_mschapv2 import nt_hash, store

pytestmark = [
    pytest.mark.scenario,
    needs_eapol_test,
]

VIRTUAL, WIRELESS = "61:d:5", "61:d:19"


@pytest.fixture(scope="module")
def gateway(slapd, authority, tmp_path_factory):
    certificate, key = authority.issue("radius.example.org")
    running = Daemon(
        tmp_path_factory.mktemp("gateway"),
        slapd.directory_settings(nt_hash="sambaNTPassword"),
        {
            "gateway": client(
                "127.0.0.1", eap=["gtc", "mschapv2", "ttls"], eap_without_tls=True, wait="20s"
            )
        },
        [{"name": "vpn", "clients": ["gateway"], "directory": "corp", "factors": ["push"]}],
        eap={"certificate": str(certificate), "private_key": str(key)},
    )
    try:
        yield running.start()
        assert "Traceback" not in running.text()
        assert "-password" not in running.text(), "a password stands in the log"
    finally:
        running.stop()


@pytest.fixture
def device(gateway, names):
    one = Someone(gateway, next(names))
    one.enrol_phone()
    return one


def profile_of(device, authority, method="GTC", **changed):
    more = f'password="{device.password}"' if "password" not in changed else ""
    changed = {"password": None, **changed}
    made = network(device.name, authority.file, method=method, more=more, **changed)
    return made.replace("anonymous@example.org", device.name)  # there is no name but that in clear


def test_a_password_and_a_wrong_one(gateway, device, authority, tmp_path):
    """A wrong one is refused, and nobody is asked."""
    found = connect(
        tmp_path,
        profile_of(device, authority, password="wrong"),
        gateway.radius_port,
        attributes=[VIRTUAL],
        keys=False,
        seconds=20,
    )
    assert not found.passed
    assert "CTRL-EVENT-EAP-FAILURE" in found.told
    assert device.shown() == []


def test_nothing_without_tls_on_the_air(gateway, device, authority, tmp_path):
    """A device on the Wi-Fi that can do GTC alone is turned away: it is offered the tunnel."""
    profile = profile_of(device, authority)
    found = connect(tmp_path, profile, gateway.radius_port, attributes=[WIRELESS], seconds=20)
    assert not found.passed
    assert gateway.said("refused-eap-no-common-method")
    assert device.shown() == []


def test_a_peer_that_chooses_the_tunnel(gateway, device, authority, tmp_path):
    """Offered GTC, it asks for EAP-TTLS, and gets keys."""
    device.answer_soon()
    profile = profile_of(device, authority, method="TTLS")
    found = connect(tmp_path, profile, gateway.radius_port, attributes=[VIRTUAL])
    assert found.passed, found.told[-3000:]
    assert found.keys_match


def test_a_password_and_a_push(gateway, device, authority, tmp_path):
    """Success without keys, which a gateway of IKEv2 does not need; this peer bears no question."""
    device.answer_soon()
    found = connect(
        tmp_path,
        profile_of(device, authority),
        gateway.radius_port,
        attributes=[VIRTUAL],
        keys=False,
    )
    assert found.passed, found.told[-3000:]
    assert "MS-MPPE" not in found.told


def test_mschapv2_and_a_push(gateway, slapd, device, authority, tmp_path):
    """Chosen in place of GTC; the keys that come of the password's hash match those of the peer."""
    store(slapd, device, sambaNTPassword=nt_hash(device.password))
    profile = profile_of(device, authority, method="MSCHAPV2")
    device.answer_soon()
    found = connect(tmp_path, profile, gateway.radius_port, attributes=[VIRTUAL])
    assert found.passed, found.told[-3000:]
    assert found.keys_match


def test_mschapv2_and_a_denied_push(gateway, slapd, device, authority, tmp_path):
    """A failure that the peer acknowledges."""
    store(slapd, device, sambaNTPassword=nt_hash(device.password))
    profile = profile_of(device, authority, method="MSCHAPV2")
    device.answer_soon("deny")
    found = connect(tmp_path, profile, gateway.radius_port, attributes=[VIRTUAL], seconds=20)
    assert not found.passed
    assert "CTRL-EVENT-EAP-FAILURE" in found.told
