"""MSCHAPv2 inside EAP: wpa_supplicant's against the daemon, the hash in slapd or in FreeRADIUS."""

import threading
import time
from contextlib import ExitStack

import pytest

from proxy.radius.password import reveal_salted
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers import freeradius, mschap
from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.eapol import connect, needs_eapol_test, network
from tests.peers.freeradius import FreeRadius, needs_freeradius
from tests.peers.nas import ACCESS_ACCEPT, CALLING_STATION_ID, USER_NAME, request
from tests.peers.phone import payload_of
from tests.peers.slapd import PEOPLE
from tests.scenarios.conftest import Someone
from tests.scenarios.test_eap import VERSIONS, approve_after

pytestmark = [
    pytest.mark.scenario,
    needs_freeradius,
    needs_eapol_test,
]

WAYS = {
    "TTLS": ("TTLS", "auth=MSCHAPV2"),
    "TTLS-EAP": ("TTLS", "autheap=MSCHAPV2"),
    "PEAP": ("PEAP", "auth=MSCHAPV2"),
}
BOTH = pytest.mark.parametrize("version", VERSIONS)
EACH = pytest.mark.parametrize("way", WAYS)
WIRELESS = "61:d:19"
CHALLENGE, PEER = bytes(range(16)), bytes(range(16, 32))


@pytest.fixture(scope="module")
def radius(tmp_path_factory):
    with FreeRadius(tmp_path_factory.mktemp("freeradius")) as running:
        yield running


@pytest.fixture(scope="module")
def daemons(slapd, radius, authority, tmp_path_factory):
    """One daemon by the kind of directory: `ldap` gives hashes, `radius` is asked itself."""
    certificate, key = authority.issue("radius.example.org")
    told = {
        "ldap": slapd.directory_settings(nt_hash="sambaNTPassword"),
        "radius": {
            "type": "radius",
            "servers": [radius.address],
            "secret": freeradius.SECRET.decode(),
        },
    }
    more = {"ldap": {"mschapv2": True}, "radius": {"heartbeat": "notification"}}
    inner = {"ldap": ["gtc", "mschapv2", "pap"], "radius": ["mschapv2"]}
    with ExitStack() as stack:
        running = {}
        for kind, directory in told.items():
            rule = {"name": "wifi", "clients": ["wifi"], "directory": "corp"}
            wifi = client("127.0.0.1", eap=["ttls", "peap"], eap_inner=inner[kind], wait="30s")
            wifi |= more[kind]
            running[kind] = Daemon(
                tmp_path_factory.mktemp(kind),
                {},
                {"wifi": wifi},
                [rule | {"factors": ["push", "totp"]}],
                directories={"corp": directory},
                eap={"certificate": str(certificate), "private_key": str(key)},
                push={"lifetime": "2m"},
            )
            stack.callback(running[kind].stop)
            running[kind].start()
        yield running
        for one in running.values():
            text = one.text()
            assert "Traceback" not in text
            assert "-password" not in text, "a password stands in the log"
            assert "S=" not in text


@pytest.fixture
def wifi(daemons):
    return daemons["ldap"]


@pytest.fixture
def device(wifi, slapd, names):
    """Somebody whose NT hash is in the directory."""
    someone = Someone(wifi, next(names))
    store(slapd, someone, sambaNTPassword=nt_hash(someone.password))
    return someone


def nt_hash(password):
    return mschap.md4(password.encode("utf-16-le")).hex().upper()


def store(slapd, someone, **values):
    lines = [f"dn: uid={someone.name},{PEOPLE}", "changetype: modify"]
    lines += ["replace: objectClass", "objectClass: inetOrgPerson", "objectClass: sambaSamAccount"]
    for name, value in values.items():
        lines += ["-", f"replace: {name}", f"{name}: {value}"]
    slapd.change("\n".join(lines) + "\n")


def profile_of(device, authority, way="PEAP", version="1.3", **changed):
    method, phase2 = WAYS[way]
    changed = {"password": device.password, "method": method, "phase2": phase2, **changed}
    return network(device.name, ca=authority.file, more=VERSIONS[version], **changed)


@BOTH
@EACH
def test_a_push_brings_the_device_in(wifi, device, authority, tmp_path, version, way):
    """The response is checked by the hash, then the phone is asked; both ends are proved."""
    device.enrol_phone()
    device.answer_soon()
    found = connect(tmp_path, profile_of(device, authority, way, version), wifi.radius_port)
    assert found.passed, found.told[-3000:]
    assert found.keys_match


@EACH
def test_a_denied_push_keeps_it_out(wifi, device, authority, tmp_path, way):
    """A failure at once."""
    device.enrol_phone()
    device.answer_soon("deny")
    profile = profile_of(device, authority, way)
    found = connect(tmp_path, profile, wifi.radius_port, seconds=20)
    assert not found.passed
    assert "CTRL-EVENT-EAP-FAILURE" in found.told


@EACH
def test_a_wrong_password_sends_no_push(wifi, device, authority, tmp_path, way):
    """Nobody is asked, and the device is not invited to try again."""
    device.enrol_phone()
    profile = profile_of(device, authority, way, password="wrong")
    found = connect(tmp_path, profile, wifi.radius_port, seconds=20)
    assert not found.passed
    assert "CTRL-EVENT-EAP-FAILURE" in found.told
    assert [] == device.shown()


def test_a_locked_account(wifi, device, slapd, authority, tmp_path):
    """Which no bind has refused."""
    device.enrol_phone()
    store(slapd, device, sambaAcctFlags="[UL         ]")
    found = connect(tmp_path, profile_of(device, authority), wifi.radius_port, seconds=20)
    assert not found.passed
    assert [] == device.shown()


def test_somebody_without_a_hash(wifi, names, authority, tmp_path):
    """The directory has none of theirs; by PAP they come in."""
    someone = Someone(wifi, next(names))
    someone.enrol_phone()
    found = connect(tmp_path, profile_of(someone, authority), wifi.radius_port, seconds=20)
    assert not found.passed
    someone.answer_soon()
    profile = profile_of(someone, authority, method="TTLS", phase2="auth=PAP")
    assert connect(tmp_path, profile, wifi.radius_port).passed


def test_somebody_who_has_codes_alone(wifi, device, authority, tmp_path):
    """Nothing can be asked inside; the log says so."""
    device.enrol_totp()
    found = connect(tmp_path, profile_of(device, authority), wifi.radius_port, seconds=20)
    assert not found.passed
    assert wifi.said("nothing can be asked")


def test_a_domain_before_the_name(wifi, device, authority, tmp_path):
    """The response says it too, and it was not hashed; nobody has that name, though."""
    device.enrol_phone()
    profile = profile_of(device, authority).replace(
        f'identity="{device.name}"', f'identity="CORP\\{device.name}"', 1
    )
    assert not connect(tmp_path, profile, wifi.radius_port, seconds=20).passed
    assert [] == device.shown()


def test_a_device_is_kept_patient(wifi, device, authority, tmp_path):
    """Ten seconds of heartbeats between the response and its proof."""
    device.enrol_phone()
    thread = approve_after(device, 10)
    profile = profile_of(device, authority)
    found = connect(tmp_path, profile, wifi.radius_port, attributes=[WIRELESS], seconds=60)
    thread.join()
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    assert "Resending RADIUS message" not in found.told


def test_a_device_that_starts_anew_joins(wifi, device, authority, tmp_path):
    """Its response is another the second time; there is one push, and it lets the device in."""
    device.enrol_phone()
    profile = profile_of(device, authority)
    assert not connect(tmp_path, profile, wifi.radius_port, seconds=3).passed
    (first,) = device.shown()

    def approve():
        time.sleep(3)
        jws = device.asked(5)
        asked.append(payload_of(jws)["id"])
        device.phone.answer(jws, "approve")

    asked = []
    thread = threading.Thread(target=approve)
    thread.start()
    found = connect(tmp_path, profile, wifi.radius_port)
    thread.join()
    assert found.passed, found.told[-3000:]
    assert [first["id"]] == asked


def test_notifications_keep_it_patient_too(daemons, names, authority, tmp_path):
    """Between the response and its proof, in PEAP."""
    daemon = daemons["radius"]
    someone = Someone(daemon, next(names))
    someone.enrol_phone()
    thread = approve_after(someone, 6)
    profile = profile_of(someone, authority, password="right")
    found = connect(tmp_path, profile, daemon.radius_port, attributes=[WIRELESS])
    thread.join()
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    assert "CTRL-EVENT-EAP-NOTIFICATION" in found.told


def test_without_eap(wifi, device):
    """Where the client says so: what proves us, and the keys of the link, after the push."""
    device.enrol_phone()
    thread, _ = device.answer_soon()
    response = mschap.nt_response(CHALLENGE, PEER, device.name, device.password)
    attributes = [(USER_NAME, device.name.encode()), (CALLING_STATION_ID, b"192.0.2.77")]
    sent = request(SECRET, [*attributes, *mschap.attributes(CHALLENGE, PEER, response)])
    with device.nas("127.0.0.1") as nas:
        answer = nas.ask(sent, 20)
    thread.join()
    assert ACCESS_ACCEPT == answer.code
    (success,) = mschap.values(answer.attributes, 26)
    assert b"\x05" + mschap.success(CHALLENGE, PEER, device.name, device.password) == success
    shared = SharedSecret(Secret(SECRET))
    found = [
        reveal_salted(mschap.values(answer.attributes, kind)[0], shared, sent[4:20])
        for kind in (16, 17)
    ]
    assert list(mschap.keys(CHALLENGE, PEER, device.name, device.password)) == found


@EACH
def test_another_server_checks_it(daemons, names, authority, tmp_path, way):
    """FreeRADIUS is asked by MS-CHAPv2; its proof comes back through the tunnel."""
    daemon = daemons["radius"]
    someone = Someone(daemon, next(names))
    someone.enrol_phone()
    someone.answer_soon()
    profile = profile_of(someone, authority, way, password="right")
    found = connect(tmp_path, profile, daemon.radius_port)
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    profile = profile_of(someone, authority, way, password="wrong")
    began = time.monotonic()
    found = connect(tmp_path, profile, daemon.radius_port, seconds=20)
    assert not found.passed
    assert time.monotonic() - began < 10
