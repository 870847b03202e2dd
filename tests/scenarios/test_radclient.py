"""FreeRADIUS's radclient judges our reading of its requests and our replies to them."""

import shutil
import socket
import subprocess

import pytest

from proxy.radius.attributes import Attributes
from proxy.radius.integrity import check_request, sign_reply
from proxy.radius.packet import ACCESS_ACCEPT, USER_NAME, USER_PASSWORD, decode
from proxy.radius.password import reveal_password
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]

SECRET = "a shared secret of more than 32 octets"
SHARED = SharedSecret(Secret(SECRET.encode()))
REQUEST = 'User-Name=alice,User-Password="correct horse battery",Message-Authenticator=0x00\n'


ATTRIBUTES = Attributes()
REPLY = [
    ("Reply-Message", "Welcome", None, b""),
    ("Service-Type", "Framed-User", None, b""),
    ("Framed-IPv6-Prefix", "2001:db8::/64", None, b""),
    ("Tunnel-Type", "VLAN", 1, b""),
    ("Tunnel-Private-Group-Id", "100", 1, b""),
    ("Tunnel-Password", "swordfish", 3, b"\x80\x01"),
    ("Tunnel-Password", "a password of more than one block of octets", 4, b"\x80\x02"),
]


def answer(octets: bytes, signing: SharedSecret) -> bytes:
    """Read radclient's request under the right secret; accept it, signed under another or not."""
    packet = decode(octets)
    check_request(
        packet, octets, SHARED, require_message_authenticator=True, limit_proxy_state=True
    )
    hidden = packet.first(USER_PASSWORD)
    assert hidden is not None
    assert packet.first(USER_NAME) == b"alice"
    assert reveal_password(hidden, SHARED, packet.authenticator) == b"correct horse battery"
    body = b"".join(
        ATTRIBUTES.encode(name, value, tag).write(SHARED, packet.authenticator, salt)
        for name, value, tag, salt in REPLY
    )
    return sign_reply(ACCESS_ACCEPT, packet.identifier, packet.authenticator, body, signing)


def ask(signing: SharedSecret) -> tuple[int, str]:
    """Let radclient ask us; give its exit status and what it told."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with subprocess.Popen(
            ["radclient", "-x", "-r", "1", "-t", "1", address, "auth", SECRET],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as radclient:
            assert radclient.stdin is not None
            radclient.stdin.write(REQUEST)
            radclient.stdin.close()
            octets, nas = server.recvfrom(4096)
            server.sendto(answer(octets, signing), nas)
            assert radclient.stdout is not None
            told = radclient.stdout.read()
        return radclient.returncode, told


def test_radclient_believes_and_reads_our_reply():
    """Both signatures are right for it, and values, tags and salted values are as we meant them."""
    status, told = ask(SHARED)
    assert status == 0, told
    received = told.split("Received ")[1]
    assert received.splitlines()[1].strip().startswith("Message-Authenticator = 0x")
    for line in (
        'Reply-Message = "Welcome"',
        "Service-Type = Framed-User",
        "Framed-IPv6-Prefix = 2001:db8::/64",
        "Tunnel-Type:1 = VLAN",
        'Tunnel-Private-Group-Id:1 = "100"',
        'Tunnel-Password:3 = "swordfish"',
        'Tunnel-Password:4 = "a password of more than one block of octets"',
    ):
        assert line in received


def test_radclient_does_not_believe_another_secret():
    """The judge can say no: a reply signed under another secret is no reply."""
    status, told = ask(SharedSecret(Secret(b"another secret")))
    assert status != 0, told
