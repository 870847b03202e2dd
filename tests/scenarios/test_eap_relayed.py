"""Another RADIUS server speaks EAP with the device; its Access-Accept waits for the phone."""

import threading
import time

import pytest

from tests.peers import freeradius
from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.eapol import connect, needs_eapol_test
from tests.peers.freeradius import needs_freeradius
from tests.peers.freeradius_eap import FreeRadiusEap
from tests.peers.nas import (
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    CALLING_STATION_ID,
    EAP_MESSAGE,
    STATE,
    USER_NAME,
    Nas,
    read_reply,
    request,
)
from tests.scenarios.conftest import Someone

pytestmark = [
    pytest.mark.scenario,
    needs_freeradius,
    needs_eapol_test,
]

ELSEWHERE = "127.0.0.2"
WIRELESS = "61:d:19"
FAILURE = "decapsulated EAP packet (code=4"
"""EAP-Failure came to the device; after a success inside PEAP it takes no notice of it."""


@pytest.fixture(scope="module")
def upstream(authority, tmp_path_factory):
    certificate, key = authority.issue("radius.example.org")
    folder = tmp_path_factory.mktemp("freeradius")
    with FreeRadiusEap(folder, certificate=certificate, key=key, ca=authority.file) as running:
        yield running


@pytest.fixture(scope="module")
def daemon(upstream, tmp_path_factory):
    """The access point's client, and another one; the server is the directory of both."""
    directory = {
        "type": "radius",
        "servers": [upstream.address],
        "secret": freeradius.SECRET.decode(),
        "timeout": "2s",
        "retransmit": "500ms",
        "attributes": ["Class", "Filter-Id"],
    }
    running = Daemon(
        tmp_path_factory.mktemp("relaying"),
        directory,
        {
            "wifi": client("127.0.0.1", eap_relay="corp", wait="30s"),
            "other": client(ELSEWHERE, eap_relay="corp", wait="30s"),
        },
        [
            {
                "name": "wifi",
                "clients": ["wifi", "other"],
                "directory": "corp",
                "factors": ["push"],
                "reply": [{"attribute": "Filter-Id", "value": "ours"}],
            }
        ],
        push={"lifetime": "2m"},
    )
    try:
        yield running.start()
        assert "Traceback" not in running.text()
        assert "-password" not in running.text(), "a password stands in the log"
    finally:
        running.stop()


def peap(name, ca, *, outer=None, password=None):
    """Give the profile of a device: PEAP with MSCHAPv2 inside."""
    return f"""network={{
 key_mgmt=WPA-EAP
 eap=PEAP
 identity="{name}"
 anonymous_identity="{outer or name}"
 password="{password or name + "-password"}"
 phase2="auth=MSCHAPV2"
 ca_cert="{ca}"
 domain_match="radius.example.org"
}}
"""


def with_certificate(name, ca, files):
    """Give the profile of a device that has a certificate: EAP-TLS."""
    certificate, key, _ = files
    return f"""network={{
 key_mgmt=WPA-EAP
 eap=TLS
 identity="{name}"
 client_cert="{certificate}"
 private_key="{key}"
 ca_cert="{ca}"
 domain_match="radius.example.org"
}}
"""


def approve_after(person, seconds):
    """Let the person take their time."""

    def answer():
        jws = person.asked(20)
        time.sleep(seconds)
        person.phone.answer(jws, "approve")

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_a_push_releases_what_was_held(daemon, authority, tmp_path):
    """After some seconds, in which the last request is repeated; the keys are the other server's."""
    alice = Someone(daemon, "alice").enrol_phone()
    thread = approve_after(alice, 7)
    profile = peap("alice", authority.file, outer="anonymous@example.org")
    found = connect(tmp_path, profile, daemon.radius_port, attributes=[WIRELESS])
    thread.join()
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    assert "Resending RADIUS message" not in found.told
    assert b"upstream-class".hex() in found.told
    assert b"upstream-filter".hex() not in found.told, "the policy's own comes in its place"


def test_a_device_with_a_certificate(daemon, authority, tmp_path):
    """EAP-TLS ends at the other server too; where no heartbeat is sent, the request is held."""
    bob = Someone(daemon, "bob").enrol_phone()
    bob.answer_soon()
    profile = with_certificate("bob", authority.file, authority.device("laptop", "bob"))
    found = connect(tmp_path, profile, daemon.radius_port)
    assert found.passed, found.told[-3000:]
    assert found.keys_match


def test_a_denied_push_refuses_whom_the_server_let_in(daemon, authority, tmp_path):
    """Access-Reject with EAP-Failure; what was held is never sent."""
    carol = Someone(daemon, "carol").enrol_phone()
    carol.answer_soon("deny")
    found = connect(tmp_path, peap("carol", authority.file), daemon.radius_port)
    assert not found.passed
    assert FAILURE in found.told
    assert "MS-MPPE" not in found.told


def test_a_wrong_password_at_the_other_server(daemon, authority, tmp_path):
    """Its refusal goes through, and nobody is asked."""
    dave = Someone(daemon, "dave").enrol_phone()
    profile = peap("dave", authority.file, password="wrong")
    found = connect(tmp_path, profile, daemon.radius_port, seconds=20)
    assert not found.passed
    assert FAILURE in found.told
    assert [] == dave.shown()
    assert daemon.said("refused-eap-upstream-refused")


def test_the_server_names_another_person(daemon, authority, tmp_path):
    """Whose phone rings is said by its Access-Accept, not by what the device says in clear."""
    erin, mallory = (Someone(daemon, name).enrol_phone() for name in ("erin", "mallory"))
    erin.answer_soon()
    profile = peap(
        "erin@renamed.example", authority.file, outer="mallory", password="erin-password"
    )
    found = connect(tmp_path, profile, daemon.radius_port)
    assert found.passed, found.told[-3000:]
    assert [] == mallory.shown()


def test_nobody_is_named(daemon, authority, tmp_path):
    """The server gives the anonymous identity back, so no person can be asked."""
    profile = peap("untold", authority.file, outer="anonymous@example.org")
    found = connect(tmp_path, profile, daemon.radius_port, seconds=20)
    assert not found.passed
    assert FAILURE in found.told
    assert daemon.said("refused-eap-nobody")


def test_a_device_that_starts_anew_joins_its_push(daemon, authority, tmp_path):
    """Its first try is cut off while the phone rings; the keys are those of the second."""
    grace = Someone(daemon, "grace").enrol_phone()
    profile = peap("grace", authority.file)
    assert not connect(tmp_path, profile, daemon.radius_port, seconds=2).passed
    asked = grace.asked()
    thread = threading.Timer(2, grace.phone.answer, (asked, "approve"))
    thread.start()
    found = connect(tmp_path, profile, daemon.radius_port)
    thread.join()
    assert found.passed, found.told[-3000:]
    assert found.keys_match
    assert [] == grace.shown(), "one request served both"


class Device:
    """An access point that is no more than its packets."""

    def __init__(self, nas):
        self.nas = nas
        self.number = 0

    def say(self, identifier, kind, data, state=None):
        """Send an EAP response; give the reply, None: none came within 4 seconds."""
        self.number += 1
        eap = bytes((2, identifier)) + (5 + len(data)).to_bytes(2, "big") + bytes((kind,)) + data
        attributes = [(USER_NAME, b"frank"), (CALLING_STATION_ID, b"02-00-00-00-00-09")]
        attributes += [(EAP_MESSAGE, eap)] + ([(STATE, state)] if state else [])
        sent = request(SECRET, attributes, identifier=self.number)
        self.nas.send(sent)
        octets = self.nas.receive(4)
        return None if octets is None else read_reply(octets, sent, SECRET)


@pytest.fixture
def devices(daemon):
    """One at each client."""
    server = daemon.server("127.0.0.1")
    with Nas(SECRET, server, "127.0.0.1") as here, Nas(SECRET, server, ELSEWHERE) as elsewhere:
        yield Device(here), Device(elsewhere)


def begun(device):
    """Begin; give the Identifier of the other server's request, and the State."""
    reply = device.say(1, 1, b"frank")
    assert reply.code == ACCESS_CHALLENGE
    found = dict(reply.attributes)
    return found[EAP_MESSAGE][1], found[STATE]


def test_a_state_serves_the_client_that_it_was_given_to(devices, upstream):
    """Another client that sends it is refused; nothing of that reaches the other server."""
    device, elsewhere = devices
    identifier, state = begun(device)
    asked = upstream.asked()
    reply = elsewhere.say(identifier, 3, b"\x15", state)
    assert reply.code == ACCESS_REJECT
    assert asked == upstream.asked()
    assert device.say(identifier, 3, b"\x15", state).code == ACCESS_CHALLENGE


def test_the_server_falls_silent(daemon, devices, upstream):
    """In mid-conversation: no answer, and the conversation is over when it is back."""
    device, _ = devices
    identifier, state = begun(device)
    upstream.freeze()
    try:
        assert device.say(identifier, 3, b"\x15", state) is None
    finally:
        upstream.thaw()
    assert device.say(identifier, 3, b"\x15", state).code == ACCESS_REJECT
    assert daemon.said("eap-upstream-silent")
