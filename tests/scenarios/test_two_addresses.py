"""Two addresses of one daemon are two servers to a NAS, whatever its port and Identifier."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.peers import nas
from tests.peers.door import SECRET

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]

SECOND_IPV6 = "fd00::2"
IN_A_NAMESPACE = (
    "unshare --net sh -c "
    f"'ip link set lo up && ip -6 address add {SECOND_IPV6}/128 dev lo nodad && exec "
)


@contextmanager
def door(host: str, *, before: str = "", after: str = "") -> Iterator[tuple[int, int]]:
    """Run the accept-all door on a wildcard address; give its process id and port."""
    command = f"{before}{sys.executable} -m tests.peers.accepting_door {host}{after}"
    process = subprocess.Popen(f"exec {command}", shell=True, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=10)


def radclient(server: str, *, inside: tuple[str, ...] = (), source: str | None = None) -> str:
    """Send one login with radclient, which takes no reply from another address than it sent to."""
    request = "User-Name=alice,User-Password=secret,Message-Authenticator=0x00"
    if source is not None:
        request += f",Packet-Src-IPv6-Address={source}"
    ran = subprocess.run(
        [*inside, "radclient", "-x", "-r", "1", "-t", "3", server, "auth", SECRET.decode()],
        input=request,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="a second IPv6 address needs root")
def test_radclient_hears_from_a_second_ipv6_address():
    """A request from ::1 to a second address of an IPv6 wildcard listener is answered from there."""
    with door("::", before=IN_A_NAMESPACE, after="'") as (pid, port):
        shown = radclient(
            f"[{SECOND_IPV6}]:{port}", inside=("nsenter", "-t", str(pid), "-n"), source="::1"
        )
    assert "Received Access-Accept" in shown
    assert SECOND_IPV6 in shown.partition("Received")[2]


def test_two_addresses_are_two_servers():
    """One NAS port, one packet, two of our addresses: each is answered from its own."""
    sent = nas.request(SECRET, [(nas.USER_NAME, b"alice")], password=b"secret")
    with door("0.0.0.0") as (_, port):
        for server in ("127.0.0.1", "127.0.0.2"):
            with nas.Nas(SECRET, (server, port), source="127.0.0.3") as peer:
                reply = peer.ask(sent)
            assert reply is not None
            assert reply.code == nas.ACCESS_ACCEPT
