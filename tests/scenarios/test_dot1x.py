"""A device on a switch with 802.1X: wpa_supplicant and hostapd, the daemon behind; packets are counted."""

import time

import pytest

from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.dot1x import Device, Switch, needs_dot1x
from tests.peers.eapol import network
from tests.peers.gateway import pushes
from tests.peers.namespace import Namespace
from tests.peers.tap import Tap
from tests.scenarios.conftest import Someone
from tests.scenarios.test_codes import code
from tests.scenarios.test_eap_mschapv2 import nt_hash, store

pytestmark = [pytest.mark.scenario, needs_dot1x]

PATIENT, HELD, NOTICED, KNOWN = (f"127.0.0.{last}" for last in range(80, 84))
"""Kept patient by heartbeats; held, for a short time; kept patient by notifications; remembered."""
FIRST, SECOND, SILENT = "127.0.0.1", "127.0.0.2", "127.0.0.9"
"""Addresses of RADIUS servers, as the switches have them."""
ETHERNET = b"\0\0\0\x0f"
NAS_PORT_TYPE = 61
GTC = {"TTLS": "autheap=GTC", "PEAP": "auth=GTC"}


@pytest.fixture(scope="module")
def link(slapd, authority, tmp_path_factory):
    """The daemon that the switches ask."""
    certificate, key = authority.issue("radius.example.org")
    clients = {
        "patient": client(PATIENT, eap=["ttls", "peap"]),
        "held": client(HELD, eap=["ttls", "peap"], heartbeat="off", wait="7s"),
        "noticed": client(
            NOTICED, eap=["peap"], eap_inner=["mschapv2", "gtc"], heartbeat="notification"
        ),
        "known": client(KNOWN, eap=["ttls", "peap"], caller_is="device"),
    }
    factors = ["push", "totp", "recovery"]
    policies = [
        {"name": name, "clients": [name], "directory": "corp", "factors": factors}
        for name in clients
    ]
    policies[2]["number_matching"] = "off"
    policies[3]["remember"] = "1h"
    running = Daemon(
        tmp_path_factory.mktemp("link"),
        slapd.directory_settings(nt_hash="sambaNTPassword"),
        clients,
        policies,
        eap={"certificate": str(certificate), "private_key": str(key)},
    )
    try:
        yield running.start()
        assert [] == running.faults()
        assert "-password" not in running.text(), "a password stands in the log"
    finally:
        running.stop()


@pytest.fixture(scope="module")
def rooms():
    """Where the switches are, and where the device is."""
    with Namespace() as one, Namespace() as other, Namespace() as desk:
        yield one, other, desk


@pytest.fixture(scope="module")
def cables(rooms):
    """From the device to each switch: the name of either end."""
    one, other, desk = rooms
    return [
        one.join(desk, "10.99.20.1", "10.99.20.2"),
        other.join(desk, "10.99.21.1", "10.99.21.2"),
    ]


@pytest.fixture(scope="module")
def carrying(rooms, link):
    """What carries the first switch's RADIUS to the daemon."""
    with Tap(rooms[0], link.server(), PATIENT, SECRET) as tap:
        yield tap


@pytest.fixture(scope="module")
def switch(rooms, cables, carrying, tmp_path_factory):
    folder = tmp_path_factory.mktemp("switch") / "hostapd"
    peer = Switch(folder, rooms[0], cables[0][0], SECRET, "one", [FIRST])
    with peer.serving():
        yield peer


@pytest.fixture
def another(rooms, cables, link, tmp_path):
    """Another switch, and what carries its RADIUS to the same address of the daemon."""
    peer = Switch(tmp_path / "hostapd", rooms[1], cables[1][0], SECRET, "other", [FIRST])
    with Tap(rooms[1], link.server(), PATIENT, SECRET) as tap, peer.serving():
        yield peer, tap


@pytest.fixture
def silent(rooms):
    """The address of a server that takes whatever comes and says nothing."""
    with rooms[1].bind(SILENT, 1812):
        yield SILENT


@pytest.fixture
def tap(carrying, switch):
    """The same, with nothing heard yet; the client's devices are kept patient."""
    carrying.listen(PATIENT)
    return carrying


@pytest.fixture
def laptop(rooms, tmp_path):
    return Device(tmp_path / "laptop", rooms[2])


@pytest.fixture
def person(link, names):
    return Someone(link, next(names))


_stations = (f"02:00:00:00:01:{number:02x}" for number in range(256))


@pytest.fixture
def station():
    """An address that no other story's device has."""
    return next(_stations)


@pytest.fixture
def profile(person, authority):
    """The password is stored; it goes through the tunnel by PAP."""
    return network(person.name, authority.file, password=person.password)


def asking(person, authority, method):
    """Nothing is stored: the person is asked at the device."""
    return network(person.name, authority.file, phase2=GTC[method], method=method)


def once(heard):
    """Say whether no request came twice."""
    return len({(one.identifier, one.authenticator) for one in heard}) == len(heard)


@pytest.mark.parametrize("seconds", [2, 20, 60])
def test_a_push_that_takes_its_time(laptop, cables, switch, tap, person, station, profile, seconds):
    """The device gets onto the network; no packet was sent twice, the phone was asked once."""
    person.enrol_phone()
    with laptop.connecting(profile, cables[0][1], station) as connection:
        jws = person.asked(20)
        time.sleep(seconds)
        person.phone.answer(jws, "approve")
        connection.connected(5)
        assert switch.authorized(station)
    assert 1 == pushes(person)
    assert once(tap.heard)
    assert {ETHERNET} == {one.values(NAS_PORT_TYPE)[0] for one in tap.heard}
    assert len(tap.heard) >= 4 + seconds // 3


def test_notifications_keep_it_patient(laptop, cables, switch, tap, person, station, authority):
    """In PEAP: the device shows each, and none is a round of the method."""
    tap.listen(NOTICED)
    person.enrol_phone()
    with laptop.connecting(asking(person, authority, "PEAP"), cables[0][1], station) as connection:
        connection.asked()
        connection.answer(person.password)
        jws = person.asked(20)
        for _ in range(3):
            connection.wait("CTRL-EVENT-EAP-NOTIFICATION Approve the login on your phone")
        person.phone.answer(jws, "approve")
        connection.connected(5)
        assert switch.authorized(station)
    assert 1 == pushes(person)
    assert once(tap.heard)


def test_notifications_beside_mschapv2(
    laptop, cables, switch, tap, person, station, authority, slapd
):
    """Its result is said only when the phone has answered: until then it bears them too."""
    tap.listen(NOTICED)
    store(slapd, person, sambaNTPassword=nt_hash(person.password))
    person.enrol_phone()
    inside = {"method": "PEAP", "phase2": "auth=MSCHAPV2", "password": person.password}
    profile = network(person.name, authority.file, **inside)
    with laptop.connecting(profile, cables[0][1], station) as connection:
        jws = person.asked(20)
        for _ in range(2):
            connection.wait("CTRL-EVENT-EAP-NOTIFICATION Approve the login on your phone")
        person.phone.answer(jws, "approve")
        connection.connected(5)
        assert switch.authorized(station)
    assert 1 == pushes(person)
    assert once(tap.heard)


def test_a_device_that_is_asked_again_is_remembered(
    laptop, cables, switch, tap, person, station, profile
):
    """It resumes its TLS session: no push, no password, and fewer packets."""
    tap.listen(KNOWN)
    person.enrol_phone()
    with laptop.connecting(profile, cables[0][1], station, resumes=True) as connection:
        person.phone.answer(person.asked(20), "approve")
        connection.wait("CTRL-EVENT-EAP-SUCCESS")
        full = len(tap.heard)
        connection.command("REAUTHENTICATE")
        connection.wait("CTRL-EVENT-EAP-SUCCESS")
        assert switch.authorized(station)
        assert len(tap.heard) - full < full
    assert 1 == pushes(person)
    assert once(tap.heard)


def test_a_push_that_is_denied(laptop, cables, switch, tap, person, station, profile):
    """It stays outside."""
    person.enrol_phone()
    with laptop.connecting(profile, cables[0][1], station) as connection:
        person.phone.answer(person.asked(20), "deny")
        connection.refused(5)
        assert not switch.authorized(station)


@pytest.mark.parametrize("method", GTC)
def test_a_code_that_is_typed_at_the_device(
    laptop, cables, switch, tap, person, station, authority, method
):
    """The password, then the code, over the supplicant's control interface."""
    seed = person.enrol_totp()
    with laptop.connecting(asking(person, authority, method), cables[0][1], station) as connection:
        connection.asked()
        connection.answer(person.password)
        assert "code" in connection.asked()
        connection.answer(code(seed))
        connection.connected()
        assert switch.authorized(station)


def test_a_wrong_code_is_asked_for_again_in_peap(
    laptop, cables, switch, tap, person, station, authority
):
    """The right one lets the device in."""
    seed = person.enrol_totp()
    with laptop.connecting(asking(person, authority, "PEAP"), cables[0][1], station) as connection:
        for text in (person.password, "000000", code(seed)):
            connection.asked()
            connection.answer(text)
        connection.connected()
        assert switch.authorized(station)


def test_a_wrong_code_ends_it_in_ttls(laptop, cables, switch, tap, person, station, authority):
    """The device is refused at once."""
    person.enrol_totp()
    with laptop.connecting(asking(person, authority, "TTLS"), cables[0][1], station) as connection:
        for text in (person.password, "000000"):
            connection.asked()
            connection.answer(text)
        connection.refused()
        assert not switch.authorized(station)


def test_a_switch_that_sends_its_request_again(
    laptop, cables, switch, tap, person, station, profile
):
    """Nothing keeps it patient: its repeats are one login, and a lost answer is given again."""
    tap.listen(HELD)
    person.enrol_phone()
    with laptop.connecting(profile, cables[0][1], station) as connection:
        jws = person.asked(20)
        before = len(tap.heard)
        tap.wait_for(before + 1)
        assert not once(tap.heard)
        tap.lost = 1
        person.phone.answer(jws, "approve")
        connection.connected()
        assert switch.authorized(station)
    assert 0 == tap.lost
    assert 1 == pushes(person)


def test_a_device_that_is_switched_off(laptop, cables, switch, tap, person, station, profile):
    """It is noticed three seconds after its next heartbeat: the request leaves the phone."""
    person.enrol_phone()
    with laptop.connecting(profile, cables[0][1], station) as connection:
        person.asked(20)
        connection.kill()
        gone_at = time.monotonic()
        while person.shown():
            assert time.monotonic() < gone_at + 8
            time.sleep(0.1)
        assert time.monotonic() >= gone_at + 2.5


def test_a_device_that_starts_anew_joins_its_push(
    laptop, cables, switch, tap, person, station, profile
):
    """A new EAPOL-Start, a new Identity, the password again: the one request serves."""
    person.enrol_phone()
    with laptop.connecting(profile, cables[0][1], station) as connection:
        jws = person.asked(20)
        before = len(tap.heard)
        connection.start_anew()
        tap.wait_for(before + 6)
        assert [jws] == person.phone.approvals()
        person.phone.answer(jws, "approve")
        connection.connected()
        assert switch.authorized(station)
    assert 1 == pushes(person)


def test_a_device_that_moves_to_another_switch(
    laptop, cables, switch, tap, another, person, station, profile
):
    """Its push is pending: it joins it from there, and is let in there alone."""
    person.enrol_phone()
    other, carrying = another
    with laptop.connecting(profile, cables[0][1], station):
        jws = person.asked(20)
        with laptop.connecting(profile, cables[1][1], station) as moved:
            carrying.wait_for(7)
            assert [jws] == person.phone.approvals()
            person.phone.answer(jws, "approve")
            moved.connected()
            assert other.authorized(station)
            assert not switch.authorized(station)
    assert 1 == pushes(person)


def test_an_approval_that_comes_too_late_serves_the_next_try(
    laptop, cables, tap, another, person, station, profile
):
    """Once: the try after that asks the phone. A switch holds off whom it refused for a minute."""
    other, carrying = another
    tap.listen(HELD)
    carrying.listen(HELD)
    person.enrol_phone()
    with laptop.connecting(profile, cables[0][1], station) as connection:
        jws = person.asked(20)
        connection.refused()
    person.phone.answer(jws, "approve")
    with laptop.connecting(profile, cables[1][1], station) as connection:
        connection.connected()
        assert other.authorized(station)
        assert 1 == pushes(person)
        connection.start_anew()
        person.asked(20)
    assert 2 == pushes(person)


def test_a_server_that_is_silent(
    rooms, laptop, cables, silent, link, person, station, profile, tmp_path
):
    """The switch turns to the daemon's second address after 45 s: one push, and the device is in."""
    person.enrol_phone()
    servers = [silent, SECOND]
    peer = Switch(tmp_path / "hostapd", rooms[1], cables[1][0], SECRET, "other", servers)
    with (
        Tap(rooms[1], link.server(SECOND), PATIENT, SECRET, inside=SECOND) as carrying,
        peer.serving(),
        laptop.connecting(profile, cables[1][1], station) as connection,
    ):
        jws = person.asked(70)
        time.sleep(4)
        person.phone.answer(jws, "approve")
        connection.connected()
        assert peer.authorized(station)
        assert once(carrying.heard)
    assert 1 == pushes(person)
    assert "failover" in peer.said()
