"""A switch asks about a device by its MAC, as real ones write it: radclient as the switch."""

import json
import re
import shutil

import pytest

from tests.peers.daemon import Daemon, client
from tests.peers.slapd import Slapd, needs_slapd
from tests.scenarios.test_radclient_logins import radclient

pytestmark = [
    pytest.mark.scenario,
    needs_slapd,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]

DEVICES = {
    "Cisco IOS": "User-Name=0010a42319c0,User-Password=0010a42319c0,Service-Type=Call-Check,"
    "Calling-Station-Id=00-10-A4-23-19-C0,NAS-Port-Type=Ethernet",
    "Aruba": "User-Name=0010a42319c0,User-Password=0010a42319c0,Service-Type=Login-User,"
    "Calling-Station-Id=0010a42319c0,NAS-Port-Type=Wireless-802.11",
    "MikroTik": 'User-Name="00:10:A4:23:19:C0",User-Password="",'
    'Calling-Station-Id="00-10-A4-23-19-C0",Called-Station-Id="00-10-A4-23-19-C1:corp"',
    "hostapd": "User-Name=0010a42319c0,User-Password=0010a42319c0,"
    "Calling-Station-Id=00-10-A4-23-19-C0,Called-Station-Id=00-10-A4-23-19-C1:corp",
    "HP, by CHAP": "User-Name=0010a4-2319c0,CHAP-Password=0010a4-2319c0,"
    "Calling-Station-Id=00-10-a4-23-19-c0,Service-Type=Framed-User",
    "a secret for all devices": "User-Name=0010.a423.19c0,User-Password=devices,"
    "Calling-Station-Id=0010.a423.19c0,Service-Type=Call-Check",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """One that notes what it is asked."""
    with Slapd(tmp_path_factory.mktemp("slapd"), told="stats") as running:
        yield running


@pytest.fixture(scope="module")
def switch(directory, tmp_path_factory):
    """A daemon that asks no directory about a device, even where no second factor is wanted."""
    running = Daemon(
        tmp_path_factory.mktemp("switch"),
        directory.directory_settings(),
        {"switch": client("127.0.0.1")},
        [{"name": "all", "clients": ["switch"], "directory": "corp", "factors": []}],
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.mark.parametrize("device", DEVICES)
def test_a_device_is_refused(switch, directory, device):
    """For what it is: the log says so, and the directory hears nothing."""
    told = radclient(switch, f"{DEVICES[device]},Message-Authenticator=0x00")
    assert "Received Access-Reject" in told
    assert switch.said("refused-mac-authentication: 0010a42319c0")
    assert "bad-credentials" not in switch.text()
    heard = directory.log.read_text()
    assert not any(mac in heard for mac in ("0010a42319c0", "00:10:A4", "0010.a423", "0010a4-"))


def test_a_device_that_asks_on_and_on_hurts_nobody(switch):
    """Its refusals are no wrong passwords: the shield takes no notice, others come in."""
    many = [f"{DEVICES['Cisco IOS']},Message-Authenticator=0x00"] * 20
    assert 20 == radclient(switch, "\n\n".join(many)).count("Received Access-Reject")
    told = radclient(
        switch,
        "User-Name=alice,User-Password=alice-password,"
        "Calling-Station-Id=00-10-A4-23-19-C0,Message-Authenticator=0x00",
    )
    assert "Received Access-Accept" in told
    switch.stop()
    counts = re.findall(r'"counts":({[^}]*})', switch.text())[-1]
    assert 20 <= json.loads(counts)["refused-mac-authentication"]
    assert "shield" not in counts
    switch.start()


def test_a_person_whose_name_is_like_a_mac(switch, directory):
    """Nobody has this one, so the password is wrong; it was asked about as any other."""
    told = radclient(
        switch,
        "User-Name=0010a42319c0,User-Password=secret,Calling-Station-Id=192.0.2.1,"
        "Message-Authenticator=0x00",
    )
    assert "Received Access-Reject" in told
    assert switch.said("bad-credentials")
    assert "uid=0010a42319c0" in directory.log.read_text()
