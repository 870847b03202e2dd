"""A device comes onto the Wi-Fi: wpa_supplicant's EAP against the daemon, by eapol_test."""

import re
import threading
import time

import pytest

from tests.peers.authority import Authority
from tests.peers.daemon import Daemon, client
from tests.peers.eapol import connect, needs_eapol_test, network
from tests.scenarios.conftest import Someone
from tests.scenarios.test_codes import code

pytestmark = [
    pytest.mark.scenario,
    needs_eapol_test,
]

VERSIONS = {
    "1.2": 'phase1="tls_disable_tlsv1_3=1"',
    "1.3": 'phase1="' + " ".join(f"tls_disable_tlsv1_{n}={int(n < 3)}" for n in range(4)) + '"',
}
GTC = {"TTLS": "autheap=GTC", "PEAP": "auth=GTC"}
METHODS = pytest.mark.parametrize("method", GTC)
BOTH = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture(scope="module")
def wifi(slapd, authority, tmp_path_factory):
    """A daemon whose client is an access point; that it may be challenged counts for nothing."""
    certificate, key = authority.issue("radius.example.org")
    factors = ["push", "totp", "recovery"]
    running = Daemon(
        tmp_path_factory.mktemp("wifi"),
        slapd.directory_settings(),
        {
            "wifi": client(
                "127.0.0.1", eap=["ttls", "peap"], append_code=True, challenge=True, wait="30s"
            )
        },
        [{"name": "wifi", "clients": ["wifi"], "directory": "corp", "factors": factors}],
        eap={"certificate": str(certificate), "private_key": str(key)},
        push={"lifetime": "2m"},
    )
    try:
        yield running.start()
        assert "Traceback" not in running.text()
        assert "-password" not in running.text(), "a password stands in the log"
    finally:
        running.stop()


@pytest.fixture
def device(wifi, names):
    return Someone(wifi, next(names))


def profile_of(device, authority, version="1.3", **changed):
    changed = {"password": device.password, **changed}
    return network(device.name, ca=authority.file, more=VERSIONS[version], **changed)


@BOTH
def test_a_push_brings_the_device_in(wifi, device, authority, tmp_path, version):
    """The password inside the tunnel, then one push; the keys of both ends match."""
    device.enrol_phone()
    device.answer_soon()
    found = connect(tmp_path, profile_of(device, authority, version), wifi.radius_port)
    assert found.passed, found.told[-3000:]
    assert found.keys_match


@BOTH
def test_a_code_behind_the_password(wifi, device, authority, tmp_path, version):
    """What the person stores is good once; the second connection needs another code."""
    seed = device.enrol_totp()
    profile = profile_of(device, authority, version, password=f"{device.password},{code(seed)}")
    found = connect(tmp_path, profile, wifi.radius_port)
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    assert not connect(tmp_path, profile, wifi.radius_port).passed


def test_a_denied_push_keeps_it_out(wifi, device, authority, tmp_path):
    """EAP-Failure at once."""
    device.enrol_phone()
    device.answer_soon("deny")
    found = connect(tmp_path, profile_of(device, authority), wifi.radius_port)
    assert not found.passed
    assert "CTRL-EVENT-EAP-FAILURE" in found.told


def test_a_wrong_password_sends_no_push(wifi, device, authority, tmp_path):
    """Nobody is asked."""
    device.enrol_phone()
    found = connect(tmp_path, profile_of(device, authority, password="wrong"), wifi.radius_port)
    assert not found.passed
    assert [] == device.shown()


def test_a_method_that_is_not_spoken(wifi, device, authority, tmp_path):
    """A device that can do MD5 alone is refused before TLS begins."""
    profile = profile_of(device, authority, method="MD5", phase2="auth=GTC")
    assert not connect(tmp_path, profile, wifi.radius_port, seconds=15).passed
    assert wifi.said("refused-eap-no-common-method")


def test_a_device_that_trusts_another_authority(wifi, device, tmp_path):
    """It says no to our certificate; the log says why it did not come in."""
    other = Authority(tmp_path, "other")
    device.enrol_phone()
    found = connect(tmp_path, profile_of(device, other), wifi.radius_port, seconds=15)
    assert not found.passed
    assert wifi.said("unknown ca")
    assert [] == device.shown()


@BOTH
@METHODS
def test_a_code_is_asked_for_inside(wifi, device, authority, tmp_path, version, method):
    """The password, then the code, as two questions on the device."""
    seed = device.enrol_totp()
    profile = profile_of(
        device, authority, version, password=None, method=method, phase2=GTC[method]
    )
    answers = [device.password, lambda _: code(seed)]
    found = connect(tmp_path, profile, wifi.radius_port, answers=answers)
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    assert len(found.asked) == 2
    assert "code" in found.asked[1]


@METHODS
def test_the_number_is_typed_on_the_phone(wifi, device, authority, tmp_path, method):
    """The device shows it; the person types it on the phone, then continues on the device."""
    device.enrol_phone()

    def approve(text):
        number = re.search(r"[0-9]{6}", text)[0]
        thread, _ = device.answer_soon("approve", number)
        thread.join()
        return "ok"

    profile = profile_of(device, authority, password=None, method=method, phase2=GTC[method])
    answers = [device.password, approve]
    found = connect(tmp_path, profile, wifi.radius_port, answers=answers)
    assert found.passed, found.told[-3000:]
    assert found.keys_match


def test_a_wrong_code_is_asked_again_in_peap(wifi, device, authority, tmp_path):
    """Supplicants bear more questions there."""
    seed = device.enrol_totp()
    profile = profile_of(device, authority, password=None, method="PEAP", phase2=GTC["PEAP"])
    answers = [device.password, "000000", lambda _: code(seed)]
    found = connect(tmp_path, profile, wifi.radius_port, answers=answers)
    assert found.passed, found.told[-3000:]
    assert len(found.asked) == 3


def test_a_wrong_code_ends_it_in_ttls(wifi, device, authority, tmp_path):
    """They discard a third question there; the failure comes at once."""
    device.enrol_totp()
    profile = profile_of(device, authority, password=None, method="TTLS", phase2=GTC["TTLS"])
    answers = [device.password, "000000"]
    found = connect(tmp_path, profile, wifi.radius_port, answers=answers, seconds=20)
    assert not found.passed
    assert "CTRL-EVENT-EAP-FAILURE" in found.told


@METHODS
def test_a_wrong_password_inside_eap(wifi, device, authority, tmp_path, method):
    """No question follows."""
    device.enrol_totp()
    profile = profile_of(device, authority, password="wrong", method=method, phase2=GTC[method])
    found = connect(tmp_path, profile, wifi.radius_port, seconds=20)
    assert not found.passed
    assert "CTRL-EVENT-EAP-FAILURE" in found.told


WIRELESS = "61:d:19"


def approve_after(device, seconds):
    """Let the person take their time."""

    def answer():
        device.asked(20)
        time.sleep(seconds)
        device.phone.answer(device.asked(5), "approve")

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_a_device_is_kept_patient(wifi, device, authority, tmp_path):
    """Approved after 33 seconds, when a device alone has given up: no packet of the NAS came twice."""
    device.enrol_phone()
    thread = approve_after(device, 33)
    profile = profile_of(device, authority)
    found = connect(tmp_path, profile, wifi.radius_port, attributes=[WIRELESS], seconds=90)
    thread.join()
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    assert "Resending RADIUS message" not in found.told


def test_a_device_that_leaves_is_noticed(wifi, device, authority, tmp_path):
    """It is switched off while the phone rings: the request disappears from the phone."""
    device.enrol_phone()
    profile = profile_of(device, authority)
    connect(tmp_path, profile, wifi.radius_port, attributes=[WIRELESS], seconds=4)
    ends_at = time.monotonic() + 15
    while device.shown():
        assert time.monotonic() < ends_at
        time.sleep(0.1)
