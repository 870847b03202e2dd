"""What the access point is told when a device comes in: the same in every way that it may come."""

import re

import pytest

from tests.peers.daemon import Daemon, client
from tests.peers.eapol import connect, needs_eapol_test, network
from tests.peers.slapd import ADMINS, VPN_USERS
from tests.scenarios.conftest import Someone
from tests.scenarios.test_codes import code

pytestmark = [
    pytest.mark.scenario,
    needs_eapol_test,
]

CORP, GUESTS, HASTY = (f"30:s:00-10-A4-23-19-C0:{ssid}" for ssid in ("corp", "Gäste", "hasty"))


@pytest.fixture(scope="module")
def wifi(slapd, authority, tmp_path_factory):
    """A daemon whose policies go by the name of the network."""
    certificate, key = authority.issue("radius.example.org")
    staff = {
        "clients": ["wifi"],
        "directory": "corp",
        "factors": ["push", "totp"],
        "reply": [
            {"attribute": "Class", "value": "staff"},
            {"attribute": "Class", "value": "vpn", "groups": [VPN_USERS]},
        ],
        "vlan": "staff",
        "session": "8h",
        "remember": "1h",
    }
    guests = {
        "clients": ["wifi"],
        "directory": "corp",
        "factors": ["totp"],
        "reply": [{"vlan": 20, "groups": [VPN_USERS]}, {"vlan": 30, "groups": [ADMINS]}],
        "session": "1h",
        "reauthenticate": False,
    }
    running = Daemon(
        tmp_path_factory.mktemp("wifi"),
        slapd.directory_settings(),
        {
            "wifi": client(
                "127.0.0.1", eap=["ttls", "peap", "tls"], append_code=True, caller_is="device"
            )
        },
        [
            {"name": "hasty", "ssids": ["hasty"], "wait": "3s", **staff},
            {"name": "staff", "ssids": ["corp"], **staff},
            {"name": "guests", "ssids": ["Gäste"], **guests},
        ],
        eap={
            "certificate": str(certificate),
            "private_key": str(key),
            "client_ca": str(authority.file),
        },
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.fixture
def device(wifi, names):
    return Someone(wifi, next(names))


@pytest.fixture
def come(wifi, authority, tmp_path):
    """Connect as a device does."""

    def connected(someone, at=CORP, *, password=None, station="02:00:00:00:00:01", **more):
        kept = {key: more.pop(key) for key in ("answers", "again") if key in more}
        stored = None if "answers" in kept else password or someone.password
        profile = network(someone.name, ca=authority.file, password=stored, **more)
        kept |= {"station": station, "attributes": [at], "seconds": 30}
        return connect(tmp_path, profile, wifi.radius_port, **kept)

    return connected


STAFF = {
    "25": [b"staff".hex()],  # Class
    "64": ["0000000d"],  # Tunnel-Type: VLAN, no tag
    "65": ["00000006"],  # Tunnel-Medium-Type: IEEE-802
    "81": [b"staff".hex()],  # Tunnel-Private-Group-Id
    "27": ["28800"],  # Session-Timeout
    "29": ["1"],  # Termination-Action: RADIUS-Request
}
METHODS = pytest.mark.parametrize(
    ("method", "phase2"), [("TTLS", "autheap=GTC"), ("PEAP", "auth=GTC")]
)


def granted(found):
    """Give what the access point is told, beside what belongs to EAP itself."""
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    values = {}
    for kind, value in found.granted:
        values.setdefault(kind, []).append(value)
    return {kind: values[kind] for kind in values if kind not in ("1", "26", "79", "80")}


def test_a_push(device, come):
    """With the password alone in the tunnel."""
    device.enrol_phone().answer_soon()
    assert STAFF == granted(come(device))


@METHODS
def test_a_push_with_a_number(device, come, method, phase2):
    """Two questions on the device."""
    device.enrol_phone()

    def approve(text):
        device.answer_soon("approve", re.search(r"[0-9]{6}", text)[0])[0].join()
        return "ok"

    answers = [device.password, approve]
    assert STAFF == granted(come(device, answers=answers, method=method, phase2=phase2))


@METHODS
def test_a_code(device, come, method, phase2):
    """As the answer to the second question."""
    seed = device.enrol_totp()
    answers = [device.password, lambda _: code(seed)]
    assert STAFF == granted(come(device, answers=answers, method=method, phase2=phase2))


def test_a_code_behind_the_password(device, come):
    """In one field."""
    seed = device.enrol_totp()
    assert STAFF == granted(come(device, password=f"{device.password},{code(seed)}"))


def test_a_late_approval(device, come):
    """The device had given up; its next try needs no other push."""
    device.enrol_phone()
    assert not come(device, HASTY).passed
    device.phone.answer(device.asked(5), "approve")
    assert STAFF == granted(come(device, HASTY))
    assert [] == device.shown()


def test_remembered(device, come):
    """The device comes again, as it does when its session is over: nobody is asked."""
    device.enrol_phone().answer_soon()
    station = "02:00:00:00:00:07"
    first = granted(come(device, station=station))
    assert STAFF == first == granted(come(device, station=station))
    assert [] == device.shown()


def test_a_session_that_is_resumed(device, come):
    """The device comes a second time with its TLS session instead of a password."""
    device.enrol_phone().answer_soon()
    found = come(device, station="02:00:00:00:00:08", again=1)
    assert "Handshake finished - resumed=1" in found.told
    assert STAFF == granted(found)


def test_a_certificate(device, authority, come):
    """EAP-TLS, and a push."""
    device.enrol_phone().answer_soon()
    certificate, key, _ = authority.device("laptop", device.name)
    more = f'client_cert="{certificate}"\n private_key="{key}"'
    assert STAFF == granted(come(device, method="TLS", more=more))


def test_a_group_has_its_own(wifi, come):
    """Of two VLANs for two groups the first counts; the guests' network throws devices off."""
    alice, bob = Someone(wifi, "alice"), Someone(wifi, "bob")
    found = granted(come(bob, password=f"{bob.password},{code(bob.enrol_totp())}"))
    assert {**STAFF, "25": [b"staff".hex(), b"vpn".hex()]} == found
    password = f"{alice.password},{code(alice.enrol_totp())}"
    found = granted(come(alice, GUESTS, password=password))
    vlan = {"64": ["0000000d"], "65": ["00000006"], "81": [b"20".hex()]}
    assert {**vlan, "27": ["3600"]} == found


def test_a_network_that_no_policy_names(wifi, device, come):
    """Its name is written otherwise, or it is told by nobody: the login is refused."""
    seed = device.enrol_totp()
    for at in ("30:s:00-10-A4-23-19-C0:CORP", "30:s:00-10-A4-23-19-C0", "30:s:192.0.2.1"):
        assert not come(device, at, password=f"{device.password},{code(seed)}").passed
    assert wifi.said("not-allowed")
