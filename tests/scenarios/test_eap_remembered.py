"""A device comes onto the Wi-Fi again: without a push, without its password, in fewer packets."""

import re

import pytest

from tests.peers.between import Between
from tests.peers.daemon import Daemon, client
from tests.peers.eapol import connect, needs_eapol_test, network
from tests.peers.gateway import pushes
from tests.peers.radius_server import attributes_of
from tests.peers.slapd import Slapd, person
from tests.scenarios.conftest import Someone
from tests.scenarios.test_eap import VERSIONS, WIRELESS, approve_after

pytestmark = [
    pytest.mark.scenario,
    needs_eapol_test,
]

LAPTOP, TABLET = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
CORP, GUESTS = ("30:s:AA-BB-CC-DD-EE-FF:corp", "30:s:AA-BB-CC-DD-EE-FF:guests")
PAP, GTC = ("TTLS", "auth=PAP"), ("PEAP", "auth=GTC")
BOTH = pytest.mark.parametrize("version", VERSIONS)
VLAN = [{"attribute": "Tunnel-Private-Group-Id", "value": "42"}]
PEOPLE = [f"r{number:02d}" for number in range(20)]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """One that writes down every search."""
    with Slapd(tmp_path_factory.mktemp("directory") / "slapd", told="stats") as running:
        running.change("\n".join(person(name) for name in PEOPLE))
        yield running


@pytest.fixture(scope="module")
def wifi(directory, authority, tmp_path_factory):
    """A daemon with a certificate and its authority's, two packets together, as sites have them."""
    certificate, key = authority.issue("radius.example.org")
    certificate.write_bytes(certificate.read_bytes() + authority.pem)
    policy = {"name": "wifi", "clients": ["wifi"], "directory": "corp", "factors": ["push"]}
    policy |= {"remember": "1h", "number_matching": "off", "reply": VLAN}
    running = Daemon(
        tmp_path_factory.mktemp("wifi"),
        directory.directory_settings(),
        {"wifi": client("127.0.0.1", eap=["ttls", "peap"], wait="30s", caller_is="device")},
        [policy],
        eap={"certificate": str(certificate), "private_key": str(key)},
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def people():
    return iter(PEOPLE)


@pytest.fixture
def device(wifi, people):
    return Someone(wifi, next(people)).enrol_phone()


def profile_of(device, authority, version="1.3", method=PAP):
    return network(
        device.name,
        ca=authority.file,
        password=device.password,
        method=method[0],
        phase2=method[1],
        more=VERSIONS[version],
    )


def searches(directory, device):
    """Say how often the directory was asked for a person."""
    return directory.log.read_text().count(f"(uid={device.name})")


def again(folder, device, authority, wifi, then=None, *, version="1.3", method=PAP, **more):
    """Connect, and once more at once; give what came of it and what went through."""
    more = {"station": LAPTOP, "attributes": [CORP, WIRELESS], "seconds": 40, **more}
    with Between(wifi.radius_port, then) as between:
        profile = profile_of(device, authority, version, method)
        found = connect(folder, profile, between.port, again=1, **more)
    return found, between


@BOTH
@pytest.mark.parametrize("method", [PAP, GTC], ids=["TTLS-PAP", "PEAP-GTC"])
def test_it_comes_again(wifi, directory, device, authority, tmp_path, version, method):
    """The push is answered after 3 seconds; then: no push, no search, two round trips fewer."""
    counted = []
    thread = approve_after(device, 3)
    found, between = again(
        tmp_path,
        device,
        authority,
        wifi,
        lambda: counted.append(searches(directory, device)),
        version=version,
        method=method,
    )
    thread.join()
    assert found.passed, found.told[-3000:]
    assert re.search(r"MPPE keys OK: 2  mismatch: 0", found.told)
    full, resumed, _ = between.rounds
    assert full - resumed >= 2, between.rounds
    assert counted == [searches(directory, device)]
    assert 1 == directory.binds_sent(device.name)
    assert [] == device.shown()
    first, second = (
        [pair for pair in attributes_of(b"\0" * 20 + one) if pair[0] == 81]
        for one in between.accepts
    )
    assert first
    assert first == second


def test_no_key_and_no_ticket_in_the_log(wifi, device, authority, tmp_path):
    """Of what the device knows, the daemon has written down nothing."""
    device.answer_soon()
    found, _ = again(tmp_path, device, authority, wifi)
    assert found.passed, found.told[-3000:]
    keys = re.findall(
        r"(?:Derived \w+|MS-MPPE-\S+ \(\w+\)) - hexdump\(len=\d+\): (\S.*)", found.told
    )
    tickets = re.findall(r"Message - hexdump\(len=57\): (04 00 00 35 .*)", found.told)
    assert keys
    assert len(tickets) >= 3
    told = wifi.text().lower()
    for octets in [*keys, *(one[3 * 24 :] for one in tickets)]:
        assert octets.replace(" ", "")[:32] not in told


def report(device):
    """Say "not me" about somebody else's try."""
    with device.nas("127.0.0.1") as nas:
        nas.send(device.packet(caller=b"02-00-00-00-00-99"))
        device.phone.answer(device.asked(10), "report")
        assert nas.receive(10) is not None


ENDINGS = {
    "not me": report,
    "blocked": lambda device: device.daemon.command("account", "block", device.name),
    "the phone is revoked": lambda device: device.daemon.command(
        "device", "revoke", device.daemon.json("device", "list", device.name)[0]["id"]
    ),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_what_ends_it_ends_the_session(wifi, device, authority, tmp_path, ending):
    """At once: TLS is not resumed, and the login in full is refused."""
    device.answer_soon()
    found, between = again(tmp_path, device, authority, wifi, lambda: ending(device))
    assert not found.passed
    assert 1 == len(between.accepts)
    assert between.rounds[1] >= between.rounds[0]


def test_a_device_that_was_forgotten_asks_the_phone_again(wifi, device, authority, tmp_path):
    """In the same try: none is lost."""
    device.answer_soon()

    def then():
        device.daemon.command("account", "forget", device.name)
        device.answer_soon()

    found, between = again(tmp_path, device, authority, wifi, then)
    assert found.passed, found.told[-3000:]
    assert re.search(r"MPPE keys OK: 2  mismatch: 0", found.told)
    assert between.rounds[1] >= between.rounds[0]
    assert 2 == pushes(device)


def test_a_reload_ends_sessions_and_no_more(wifi, directory, device, authority, tmp_path):
    """The password is asked for and the directory searched, and no phone."""
    device.answer_soon()
    counted = []

    def then():
        counted.append(searches(directory, device))
        wifi.reload()

    found, _ = again(tmp_path, device, authority, wifi, then)
    assert found.passed, found.told[-3000:]
    assert re.search(r"MPPE keys OK: 2  mismatch: 0", found.told)
    assert searches(directory, device) > counted[0]
    assert [] == device.shown()


def test_another_device_or_network_asks_the_phone(wifi, device, authority, tmp_path):
    """What is remembered serves at its place alone."""
    profile = profile_of(device, authority)
    for station, network_of in ((LAPTOP, CORP), (TABLET, CORP), (LAPTOP, GUESTS)):
        thread, answered = device.answer_soon()
        found = connect(
            tmp_path, profile, wifi.radius_port, station=station, attributes=[network_of]
        )
        thread.join()
        assert found.passed, found.told[-3000:]
        assert 1 == len(answered)
    found = connect(tmp_path, profile, wifi.radius_port, station=LAPTOP, attributes=[CORP])
    assert found.passed
    assert [] == device.shown()
