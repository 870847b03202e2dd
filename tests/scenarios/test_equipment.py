"""FreeRADIUS's radclient reads, by its own dictionaries, what equipment would be sent."""

import shutil
import socket
import subprocess
import threading

import pytest

from proxy.radius.attributes import Attributes
from proxy.radius.integrity import sign_reply
from proxy.radius.packet import ACCESS_ACCEPT, decode
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers.equipment import RENAMED, REPLIES, UNKNOWN

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]

SECRET = "a shared secret of this story"
SHARED = SharedSecret(Secret(SECRET.encode()))
ATTRIBUTES = Attributes()


def serve_once(server, reply):
    octets, peer = server.recvfrom(4096)
    packet = decode(octets)
    body = b"".join(
        ATTRIBUTES.encode(name, value).write(SHARED, packet.authenticator, b"")
        for name, value in reply
    )
    answer = sign_reply(ACCESS_ACCEPT, packet.identifier, packet.authenticator, body, SHARED)
    server.sendto(answer, peer)


@pytest.mark.parametrize("vendor", REPLIES)
def test_radclient_reads_it(vendor):
    """Each attribute under FreeRADIUS's name, with its value."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        answering = threading.Thread(target=serve_once, args=(server, REPLIES[vendor]))
        answering.start()
        told = subprocess.run(
            ["radclient", "-x", f"127.0.0.1:{server.getsockname()[1]}", "auth", SECRET],
            input="User-Name=alice,User-Password=secret,Message-Authenticator=0x00\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
        answering.join()
    assert "Received Access-Accept" in told
    for name, value in REPLIES[vendor]:
        if name in UNKNOWN:
            assert "Attr-26.3845.16" in told
            continue
        lines = [line.strip().lower() for line in told.splitlines()]
        wanted = RENAMED.get(name, name).lower()
        values = {line.partition(" = ")[2].strip('"') for line in lines if line.startswith(wanted)}
        assert values, (name, told)
        if name != "Class":  # octets, in hexadecimal digits
            assert value.lower() in values or ATTRIBUTES.find(name).numbers, (name, told)
