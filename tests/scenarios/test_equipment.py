"""
FreeRADIUS's radclient judges, by its own dictionaries, what equipment is sent and sends.

It writes a request with a vendor's attributes, which we read; it reads our reply with the same ones.
"""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from proxy.radius.attributes import Attributes
from proxy.radius.definitions import VENDORS, read_definitions
from proxy.radius.integrity import sign_reply
from proxy.radius.packet import ACCESS_ACCEPT, decode
from proxy.radius.replies import SALTED
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers.equipment import NAMED, REPLIES, TOLD_AS

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]

SECRET = "a shared secret of this story"
FREERADIUS = Path("/usr/share/freeradius")
SHARED = SharedSecret(Secret(SECRET.encode()))
ATTRIBUTES = Attributes()
CREDENTIALS = "User-Name=alice,User-Password=secret,Message-Authenticator=0x00"
SAMPLES = {
    "string": "a text: with; signs",
    "octets": "0x00ff10",
    "integer": "7",
    "ipaddr": "192.0.2.7",
    "ipv6addr": "2001:db8::7",
}
"""A value of each type that ours have."""


@pytest.fixture
def with_vpn3000(tmp_path):
    """FreeRADIUS's dictionaries and the VPN 3000's, which is there and commented out in its list."""
    (tmp_path / "dictionary").write_text(
        f"$INCLUDE {FREERADIUS}/dictionary\n$INCLUDE {FREERADIUS}/dictionary.cisco.vpn3000\n"
    )
    return tmp_path


def exchange(attributes, asked, reply, dictionaries=FREERADIUS):
    """Let radclient ask with *asked* as it writes them; give that, and what it read of *reply*."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with subprocess.Popen(
            ["radclient", "-D", dictionaries, "-xr1", "-t10", address, "auth", SECRET],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as radclient:
            assert radclient.stdin is not None
            radclient.stdin.write(",".join([CREDENTIALS, *asked]) + "\n")
            radclient.stdin.close()
            octets, nas = server.recvfrom(4096)
            packet = decode(octets)
            body = b"".join(
                attributes.encode(name, value, tag).write(SHARED, packet.authenticator, salt)
                for (name, value, tag), salt in zip(reply, salts(), strict=False)
            )
            answer = sign_reply(
                ACCESS_ACCEPT, packet.identifier, packet.authenticator, body, SHARED
            )
            server.sendto(answer, nas)
            assert radclient.stdout is not None
            told = radclient.stdout.read()
        assert radclient.returncode == 0, told
    received = told.split("Received Access-Accept")[1]
    return packet, [line.strip() for line in received.splitlines()[2:] if " = " in line]


def salts():
    for number in range(0x8000, 0x9000):
        yield number.to_bytes(2, "big")


def written(name, value):
    """Write an attribute as radclient does and tells it."""
    datatype = ATTRIBUTES.find(name).datatype
    shown = f'"{value}"' if datatype == "string" else ATTRIBUTES.canonical(name, value)
    return shown if datatype != "octets" else value


@pytest.mark.parametrize("vendor", REPLIES)
def test_radclient_and_we_mean_the_same(with_vpn3000, vendor):
    """Each attribute under FreeRADIUS's name with its value, several of one name in order."""
    reply = REPLIES[vendor]
    dictionaries = with_vpn3000 if vendor == "cisco.vpn3000" else FREERADIUS
    asked = [f"{NAMED.get(name, name)}={written(name, value)}" for name, value in reply]
    untagged = [(name, value, None) for name, value in reply]
    packet, told = exchange(ATTRIBUTES, asked, untagged, dictionaries)
    wanted = {}
    for name, value in reply:
        wanted.setdefault(name, []).append(ATTRIBUTES.canonical(name, value))
    assert ATTRIBUTES.select(wanted).read(packet.attributes) == {
        name: tuple(values) for name, values in wanted.items()
    }
    # A tag of 0 is no tag (RFC 2868 section 3.1), and radclient tells it.
    lines = [line.replace(":0 = ", " = ") for line in told]
    assert lines == [
        f"{TOLD_AS.get(name, NAMED.get(name, name))} = {written(name, value)}"
        for name, value in reply
    ]


@pytest.mark.parametrize("vendor", [name for name in REPLIES if name != "standard"])
def test_radclient_writes_what_we_read(with_vpn3000, vendor):
    """Every attribute that we know of a vendor, not only those of its reply."""
    ours = read_definitions(VENDORS.parent / vendor)
    # What is salted comes in replies alone (RFC 2868 section 3.5, RFC 2548 section 2.4).
    values = {name: SAMPLES[one.datatype] for name, one in ours.items() if one.hiding != SALTED}
    asked = [f"{NAMED.get(name, name)}={written(name, value)}" for name, value in values.items()]
    packet, _ = exchange(ATTRIBUTES, asked, [], with_vpn3000)
    assert ATTRIBUTES.select(values).read(packet.attributes) == {
        name: (ATTRIBUTES.canonical(name, value),) for name, value in values.items()
    }


def test_a_sites_own_dictionary(tmp_path):
    """Tagged, salted and several attributes of a site's file are for radclient what we meant."""
    file = tmp_path / "erx"
    file.write_text(
        "VENDOR ERX 4874\nBEGIN-VENDOR ERX\n"
        "ATTRIBUTE ERX-Service-Activate 65 string has_tag\n"
        "ATTRIBUTE ERX-Med-Dev-Handle 59 octets encrypt=2\n"
        "ATTRIBUTE ERX-LI-Action 58 integer encrypt=2\n"
        "VALUE ERX-LI-Action on 1\n"
        "END-VENDOR ERX\n"
    )
    reply = [
        ("ERX-Service-Activate", "video", 1),
        ("ERX-Service-Activate", "voice", 2),
        ("ERX-Med-Dev-Handle", "0x" + "5a" * 40, None),
        ("ERX-LI-Action", "on", None),
    ]
    packet, told = exchange(Attributes(file), ['ERX-Service-Activate:3="data"'], reply)
    found = Attributes(file).select(["ERX-Service-Activate"]).read(packet.attributes)
    assert found == {"ERX-Service-Activate": ("data",)}
    assert told == [
        'ERX-Service-Activate:1 = "video"',
        'ERX-Service-Activate:2 = "voice"',
        f"ERX-Med-Dev-Handle = 0x{'5a' * 40}",
        "ERX-LI-Action = on",
    ]
