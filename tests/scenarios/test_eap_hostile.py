"""What no station may bring about over EAP, and what no log may hold, against a real daemon."""

import base64
import re
from pathlib import Path

import pytest

from tests.peers.authority import Authority
from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.eapol import connect, needs_eapol_test, network
from tests.peers.nas import CALLING_STATION_ID, EAP_MESSAGE, USER_NAME, Nas, request
from tests.scenarios.conftest import Someone
from tests.scenarios.test_codes import code
from tests.scenarios.test_eap import GTC, VERSIONS

pytestmark = [
    pytest.mark.scenario,
    needs_eapol_test,
]

LENIENT = "127.0.0.2"
IDENTITY = b"\x02\x01\x00\x0a\x01alice"
"""An EAP-Response/Identity."""


@pytest.fixture(scope="module")
def wifi(slapd, authority, tmp_path_factory):
    """A daemon that writes down all that it ever would."""
    certificate, key = authority.issue("radius.example.org")
    methods = ["ttls", "peap", "tls"]
    running = Daemon(
        tmp_path_factory.mktemp("hostile"),
        slapd.directory_settings(),
        {
            "wifi": client("127.0.0.1", eap=methods, append_code=True, challenge=True, wait="30s"),
            "lenient": client(LENIENT, eap=methods, require_message_authenticator=False),
        },
        [
            {
                "name": "wifi",
                "clients": ["wifi", "lenient"],
                "directory": "corp",
                "factors": ["push", "totp"],
            }
        ],
        eap={
            "certificate": str(certificate),
            "private_key": str(key),
            "client_ca": str(authority.file),
        },
        log={"level": "debug"},
    )
    try:
        yield running.start()
        assert running.faults() == []
    finally:
        running.stop()


@pytest.fixture
def device(wifi, names):
    return Someone(wifi, next(names))


def profile_of(device, authority, method, version):
    """Give a profile by one method, and what the person is to be asked at the device."""
    more = VERSIONS[version]
    if method == "TTLS/PAP":
        return network(device.name, authority.file, password=f"{device.password},", more=more)
    outer = method.partition("/")[0]
    return network(device.name, authority.file, method=outer, phase2=GTC[outer], more=more)


def secrets_of(told):
    """Give every key and ticket that the device wrote down, as octets."""
    kinds = r"MPPE|PMK|[Kk]ey|MSK|master secret|[Tt]icket"
    found = re.findall(rf"(?:{kinds})[^\n]*hexdump\(len=(\d+)\): ([0-9a-f ]+)$", told, re.MULTILINE)
    return {bytes.fromhex(octets) for length, octets in found if int(length) >= 16}


def in_words(octets):
    """Give the forms in which octets could stand in a line of JSON."""
    head = octets[:12]
    yield head.hex()
    yield base64.b64encode(head).decode()
    yield repr(head)[2:-1]
    yield head.hex(" ")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("method", ["TTLS/PAP", "TTLS/GTC", "PEAP/GTC", "TLS"])
def test_no_secret_in_any_log(wifi, device, authority, tmp_path, method, version):
    """Password, code, keys of the link and of TLS, tickets: not even at the level debug."""
    seed, answers = device.enrol_totp(), []
    now = code(seed)
    if method == "TLS":
        device.enrol_phone()
        device.answer_soon()
        certificate, key, _ = authority.device("device", device.name)
        more = f'client_cert="{certificate}"\n private_key="{key}"\n {VERSIONS[version]}'
        profile = network("anonymous", authority.file, method="TLS", more=more)
    else:
        profile = profile_of(device, authority, method, version).replace(",", f",{now}", 1)
        answers = [] if method == "TTLS/PAP" else [device.password, now]
    found = connect(tmp_path, profile, wifi.radius_port, answers=answers)
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    keys = secrets_of(found.told)
    assert len(keys) >= 2
    log = wifi.text()
    assert device.name in log
    assert device.password not in log
    assert not re.search(rf"(?<![0-9a-f]){now}(?![0-9a-f])", log)
    for octets in keys:
        for words in in_words(octets):
            assert words not in log


def test_eap_without_message_authenticator(wifi, device):
    """It is dropped at the socket, from a client that need not send one for anything else."""
    with Nas(SECRET, wifi.server(), LENIENT) as nas:
        attributes = [(USER_NAME, b"alice"), (EAP_MESSAGE, IDENTITY)]
        nas.send(request(SECRET, attributes, signed=False))
        assert nas.receive(1.0) is None
        assert nas.ask(request(SECRET, attributes, identifier=2)) is not None
        assert nas.ask(device.packet("wrong", signed=False)) is not None
    assert wifi.said("message-authenticator-missing")


def resident(daemon):
    """Give the daemon's memory, in octets."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024


def test_a_device_among_thirteen_thousand_that_go_no_further(wifi, device, authority, tmp_path):
    """More are begun than are kept, and an honest device behind the same access point gets in."""
    device.enrol_phone()
    before = resident(wifi)
    with Nas(SECRET, wifi.server(), "127.0.0.1") as nas:
        for number in range(13_000):
            station = b"02-00-00-01-%02X-%02X" % divmod(number, 256)
            attributes = [(USER_NAME, b"x"), (CALLING_STATION_ID, station), (EAP_MESSAGE, IDENTITY)]
            nas.send(request(SECRET, attributes, identifier=number % 256))
            assert nas.receive() is not None
    device.answer_soon()
    found = connect(
        tmp_path, network(device.name, authority.file, password=device.password), wifi.radius_port
    )
    assert found.passed
    assert "eap-evicted" in wifi.text()
    assert resident(wifi) - before < 120e6


def test_a_new_certificate_by_a_reload(wifi, device, authority, tmp_path):
    """A device that trusts the new authority alone comes in after it, and none before."""
    (tmp_path / "new").mkdir()
    new = Authority(tmp_path / "new")
    device.enrol_phone()
    profile = network(device.name, new.file, password=device.password)
    assert not connect(tmp_path, profile, wifi.radius_port, seconds=15).passed
    before = dict(wifi.configuration["eap"])
    certificate, key = new.issue("radius.example.org")
    wifi.configuration["eap"] |= {"certificate": str(certificate), "private_key": str(key)}
    wifi.reload()
    device.answer_soon()
    assert connect(tmp_path, profile, wifi.radius_port).passed
    wifi.configuration["eap"] = before
    wifi.reload()
