"""What no peer should send: silence or a refusal, no traceback, and the next login works."""

import http.client
import itertools
import json
import random
import ssl
import struct

import pytest

from tests.peers import nas as peer
from tests.peers.daemon import SECRET
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT, PROXY_STATE, STATUS_SERVER, USER_NAME
from tests.peers.phone import API
from tests.scenarios.conftest import APPENDED, ASKED, LENIENT, PAM, PLAIN, Someone

pytestmark = pytest.mark.scenario
LONGEST = 4096


@pytest.fixture
def someone(daemon):
    return Someone(daemon, "bob")


@pytest.fixture(autouse=True)
def _unhurt(daemon, someone):
    """After each story the daemon has told of no fault of its own, and a login works."""
    yield
    with someone.nas(PLAIN) as nas:
        assert ACCESS_ACCEPT == nas.ask(someone.packet()).code
    assert [] == daemon.faults()


def named(octets, password=b"secret", more=(), **changed):
    return peer.request(SECRET, [(USER_NAME, octets), *more], password=password, **changed)


def resigned(packet):
    """Sign a packet that was changed, so that nothing but the change is wrong with it."""
    unsigned = packet[:22] + bytes(16) + packet[38:]
    return packet[:22] + peer.hmac.digest(SECRET, unsigned, "md5") + packet[38:]


def silent(nas, *packets):
    """Send packets, then one that is good: its answer is the first that comes."""
    for packet in packets:
        nas.send(packet)
    status = peer.request(SECRET, [], code=STATUS_SERVER, identifier=251)
    return nas.ask(status).identifier == 251


def test_truncated_packets(someone):
    """Cut anywhere, or with a Length that lies: silence."""
    packet = someone.packet()
    cut = [packet[:length] for length in range(0, len(packet), 3)]
    lying = [packet[:2] + struct.pack("!H", length) + packet[4:] for length in (0, 19, 20, 5000)]
    with someone.nas(PLAIN) as nas:
        assert silent(nas, *cut, *lying)


def test_random_octets(someone):
    """Of every size, the largest datagram among them."""
    chance = random.Random(7)
    with someone.nas(PLAIN) as nas:
        assert silent(
            nas, *(chance.randbytes(length) for length in (0, 1, 19, 20, 500, 4096, 60_000))
        )
        assert silent(nas, *(b"\x01" + chance.randbytes(200) for _ in range(100)))


def test_attributes_that_lie_about_their_length(someone):
    """Zero, one, or past the end, under a signature that is right: silence."""
    packet = someone.packet()
    bad = []
    for length in (0, 1, 255):
        octets = packet + bytes((26, length, 0, 0, 0, 0))
        bad.append(resigned(octets[:2] + struct.pack("!H", len(octets)) + octets[4:]))
    with someone.nas(PLAIN) as nas:
        assert silent(nas, *bad)


def test_two_message_authenticators(someone):
    """Silence."""
    octets = someone.packet() + peer.attribute(80, bytes(16))
    packet = resigned(octets[:2] + struct.pack("!H", len(octets)) + octets[4:])
    with someone.nas(PLAIN) as nas:
        assert silent(nas, packet)


def test_4096_octets_of_attributes(someone):
    """A full packet is read and answered; one with more than 200 attributes is not."""
    room = LONGEST - len(someone.packet())
    vendors = [(26, b"\0\0\0\1" + b"\1\x14" + bytes(18))] * (room // 26)
    states = [(PROXY_STATE, bytes((number,)) * 250) for number in range(room // 252)]
    with someone.nas(PLAIN) as nas:
        for more in (vendors, states):
            reply = nas.ask(someone.packet(more=more))
            assert ACCESS_ACCEPT == reply.code
        assert [value for _, value in states] == reply.values(PROXY_STATE)
        crammed = [(PROXY_STATE, b"")] * (room // 2)
        assert silent(nas, someone.packet(more=crammed), someone.packet(more=states * 2))


@pytest.mark.parametrize(
    "name",
    [
        b"n" * 253,
        "ü".encode() * 126,
        b"*",
        b"u*",
        b")(uid=*",
        b"alice)(|(uid=*",
        b"\\2a",
        b"a\\",
        b'&|!=~<>();,+"#',
        b"\xff\xfe\xfd",
        b"alice\0",
        b"ali\0ce",
        b"alice\n",
        b" ",
        "\u202eecila".encode(),
        "\ud800".encode("utf-8", "surrogatepass"),
        b"DIRECTORY/alice",
    ],
)
def test_names_that_nobody_has(someone, name):
    """Filter characters, NULs, controls, no UTF-8, 253 octets: refused as any unknown name is."""
    with someone.nas(PLAIN) as nas:
        reply = nas.ask(named(name, b"alice-password"))
        unknown = nas.ask(named(b"nobody", identifier=2))
    assert (ACCESS_REJECT, unknown.text) == (reply.code, reply.text)


@pytest.mark.parametrize(
    "password", [b"p" * 128, b"\xff" * 16, b"a\0b", b"x," * 20, b",", b",123456"]
)
def test_passwords_that_nobody_has(someone, password):
    """Any octets in a password that is signed: refused, appended codes understood or not."""
    for source in (PLAIN, APPENDED, ASKED):
        with someone.nas(source) as nas:
            assert ACCESS_REJECT == nas.ask(someone.packet(password)).code


def test_an_empty_password_is_no_anonymous_bind(someone):
    """Refused at the door, with and without octets, for a name that exists."""
    with someone.nas(PLAIN) as nas:
        for password in (None, b"", bytes(16), bytes(128)):
            packet = named(someone.name.encode(), password, identifier=hash(password) % 200)
            assert ACCESS_REJECT == nas.ask(packet).code


def test_chap_and_ms_chap_are_refused(someone):
    """They cannot be checked against LDAP."""
    chap = [(3, bytes(17)), (60, bytes(16))]
    ms_chap = [(26, struct.pack("!I", 311) + bytes((1, 52)) + bytes(50))]
    with someone.nas(PLAIN) as nas:
        for identifier, more in enumerate((chap, ms_chap)):
            packet = named(someone.name.encode(), None, more, identifier=identifier)
            assert ACCESS_REJECT == nas.ask(packet).code


def test_without_message_authenticator(someone):
    """Silence where it is required; where not, Proxy-State decides, unless its limit is off."""
    state = [(PROXY_STATE, b"one"), (PROXY_STATE, b"two")]
    for source, more, answered in (
        (PLAIN, [], False),
        (PAM, state, False),
        (LENIENT, [], True),
        (LENIENT, state, True),
    ):
        packet = someone.packet(more=more, signed=False)
        with someone.nas(source) as nas:
            if answered:
                reply = nas.ask(packet)
                assert (ACCESS_ACCEPT, [value for _, value in more]) == (
                    reply.code,
                    reply.values(PROXY_STATE),
                )
            else:
                assert silent(nas, packet)


def test_an_unknown_source(daemon, someone):
    """An address that no client has is not answered, whatever it knows."""
    with someone.nas("127.0.0.99") as nas:
        nas.send(someone.packet())
        assert nas.receive(0.5) is None


def test_a_flood_from_many_ports_leaves_room(someone):
    """Four thousand requests with a wrong signature, then a login that works."""
    bad = someone.packet()[:-1] + b"x"
    flood = [someone.nas(PLAIN) for _ in range(4)]
    for number in range(4000):
        flood[number % 4].send(bad)
    with someone.nas(PLAIN) as nas:
        assert ACCESS_ACCEPT == nas.ask(someone.packet()).code
    for nas in flood:
        nas.__exit__()


# --- the web door ---


_sources = itertools.count(1)


def call(daemon, method, path, body=b"", headers=None):
    """
    Make an HTTP call from an address of its own; give the status and the media type.

    Tries to enrol are limited per source: these calls shut out nobody, and none of them is shut out.
    """
    source = (f"127.0.77.{next(_sources)}", 0)
    context = ssl.create_default_context(cafile=daemon.ca)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", daemon.web_port, timeout=20, source_address=source, context=context
    )
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get_content_type()
    finally:
        connection.close()


JSON = {"Content-Type": "application/json"}
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"code": 1, "name": [], "key": 7, "proof": {}}',
        b'{"code": "X", "code": "Y"}',
        b"[" * 20_000,
        b'{"a":' * 5_000,
        b'{"code": NaN, "name": 1e999}',
        json.dumps(
            {"code": "0" * 26, "name": "n", "key": {"kty": "EC"}, "proof": "a.b.c"}
        ).encode(),
    ],
)
def test_broken_enrolments(daemon, body):
    """Broken JSON and wrong types are a problem of the caller's."""
    status, media = call(daemon, "POST", f"{API}/enrolments", body, JSON)
    assert status in {400, 401, 403, 404, 413, 422}
    assert PROBLEM == media


@pytest.mark.parametrize("proof", ["", "a.b.c", "." * 1000, "x" * 7000, "é"])
def test_broken_proofs(daemon, proof):
    """A DPoP header that is none is 401 or 400."""
    for method, path in (("GET", "approvals"), ("GET", "me"), ("POST", "approvals/x/answer")):
        status, media = call(
            daemon, method, f"{API}/{path}", headers={"DPoP": proof.encode("latin-1")}
        )
        assert status in {400, 401}
        assert PROBLEM == media


def test_unknown_places(daemon):
    """404 or 405, and nothing of ours is told."""
    for method, path in (
        ("GET", "/nothing"),
        ("GET", f"{API}/../../../etc/passwd"),
        ("GET", f"{API}/approvals/%00%ff"),
        ("PUT", f"{API}/enrolments"),
        ("BREW", "/"),
    ):
        assert call(daemon, method, path)[0] in {400, 401, 404, 405, 501}
