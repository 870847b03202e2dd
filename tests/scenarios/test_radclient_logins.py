"""FreeRADIUS's radclient as the NAS."""

import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.peers.daemon import SECRET
from tests.peers.nas import PROXY_STATE, STATUS_SERVER, USER_NAME, Nas, request
from tests.peers.slapd import VPN_USERS
from tests.scenarios.conftest import HELD, PAM, PLAIN
from tests.scenarios.test_codes import code

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]


def radclient(daemon, attributes, *, secret=SECRET, kind="auth", tries=1, seconds=5):
    """Send one request from 127.0.0.1; give what radclient printed."""
    server = f"127.0.0.1:{daemon.radius_port}"
    ran = subprocess.run(
        ["radclient", "-x", "-r", str(tries), "-t", str(seconds), server, kind, secret.decode()],
        input=attributes,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ran.stdout + ran.stderr


def wanted(name, password, more=""):
    return f"User-Name={name},User-Password={password},Message-Authenticator=0x00{more}"


@pytest.fixture(scope="module")
def near(daemon):
    """The client at 127.0.0.1, which can show a challenge: for as long as these stories take."""
    daemon.configuration["clients"]["asked"]["networks"].append("127.0.0.1/32")
    daemon.stop()
    daemon._write()
    yield daemon.start()
    daemon.configuration["clients"]["asked"]["networks"].pop()
    daemon.stop()
    daemon._write()
    daemon.start()


def test_a_challenge_round_trip(near, someone):
    """Password, State, code: accepted."""
    seed = someone.enrol_totp()
    told = radclient(near, wanted(someone.name, someone.password))
    assert "Received Access-Challenge" in told
    state = re.search(r"State = (0x[0-9a-f]+)", told)[1]
    told = radclient(near, wanted(someone.name, code(seed), f",State={state}"))
    assert "Received Access-Accept" in told


def test_a_wrong_password(near, someone):
    """Rejected; radclient verifies the reply."""
    assert "Received Access-Reject" in radclient(near, wanted(someone.name, "wrong"))


def test_password_alone(near):
    """PAP is accepted with what the policy grants, where the first factor alone is asked."""
    told = radclient(near, wanted("alice", "alice-password", f",Packet-Src-IP-Address={PLAIN}"))
    assert "Received Access-Accept" in told
    assert 'Filter-Id = "vpn"' in told
    told = radclient(near, wanted("alice", "wrong", f",Packet-Src-IP-Address={PLAIN}"))
    assert "Received Access-Reject" in told


def test_it_repeats_itself_while_the_phone_is_awaited(near, someone):
    """The same packet every second; one push, one Access-Accept."""
    someone.enrol_phone()
    more = f",Packet-Src-IP-Address={HELD},Calling-Station-Id=192.0.2.77"
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(
            radclient, near, wanted(someone.name, someone.password, more), tries=6, seconds=1
        )
        jws = someone.asked()
        time.sleep(2.2)
        assert [jws] == someone.phone.approvals()
        assert 204 == someone.phone.answer(jws)
        told = asking.result(timeout=30)
    assert told.count("Sent Access-Request") > 1
    assert told.count("Received Access-Accept") == 1


def test_a_wrong_secret_is_silence(near, someone):
    """So is a request without Message-Authenticator."""
    told = radclient(near, wanted(someone.name, someone.password), secret=b"another", seconds=1)
    assert "No reply" in told
    told = radclient(near, f"User-Name={someone.name},User-Password=x", seconds=1)
    assert "No reply" in told


def test_status_server(near):
    """Answered, for who has the secret."""
    told = radclient(near, "Message-Authenticator=0x00", kind="status")
    assert "Received Access-Accept" in told
    told = radclient(near, "Message-Authenticator=0x00", kind="status", secret=b"x", seconds=1)
    assert "No reply" in told


def test_proxy_states_come_back_in_order(daemon, someone):
    """Unchanged."""
    attributes = [(USER_NAME, someone.name.encode()), (PROXY_STATE, b"one"), (PROXY_STATE, b"two")]
    packet = request(SECRET, attributes, password=someone.password.encode())
    with someone.nas(PLAIN) as nas:
        assert [b"one", b"two"] == nas.ask(packet, 5).values(PROXY_STATE)


def test_groups_give_attributes(daemon, someone):
    """memberOf decides who gets Filter-Id."""
    assert "vpn-users" in VPN_USERS
    for name, filter_id in (("alice", [b"vpn"]), ("carol", []), ("ALICE", [b"vpn"])):
        packet = request(
            SECRET, [(USER_NAME, name.encode())], password=f"{name.lower()}-password".encode()
        )
        with someone.nas(PLAIN) as nas:
            assert filter_id == nas.ask(packet, 5).values(11)


def test_where_message_authenticator_is_not_required(daemon, someone):
    """A password that does not decode is taken for a wrong secret."""
    seed = someone.enrol_totp()
    with someone.nas(PAM) as nas:
        assert nas.ask(someone.packet(signed=False), 5).text
        garbled = request(
            b"another secret",
            [(USER_NAME, someone.name.encode())],
            password=b"\xffpassword",
            signed=False,
        )
        nas.send(garbled)
        assert nas.receive(0.7) is None
    assert seed


def test_a_flood_of_status_server(daemon, someone):
    """Two thousand in a row; logins go on."""
    with Nas(SECRET, daemon.server(), PLAIN) as nas:
        for number in range(2000):
            nas.send(request(SECRET, [], code=STATUS_SERVER, identifier=number % 256))
        while nas.receive(0.5):
            pass
    with someone.nas(PLAIN) as nas:
        assert nas.ask(someone.packet(), 5).code == 2
