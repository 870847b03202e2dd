"""Sessions of devices: what is kept, for how long, and what the RADIUS door makes of them."""

from dataclasses import replace

import pytest
from OpenSSL import SSL
from twisted.internet.task import Clock

from proxy.eap.terms import Terms
from proxy.frontends.radius.eap_tls import EapCertificate
from proxy.frontends.radius.stations import LONGEST, MOST_USES, Place, Stations
from proxy.login.actions import Accept, Reject
from proxy.login.policy import Remember, Remembering
from proxy.login.request import Proof
from tests.eap.test_resumption import Supplicant
from tests.frontends.radius.test_eap import Station
from tests.peers.authority import Authority
from tests.peers.door import Door
from tests.peers.logins import known, login, policy
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT

PLACE = Place("group air", "020000000001", "ssid", b"anonymous")
ACCEPT = Accept("alice", "push", "staff", ())
REMEMBERS = known("push", remember=Remembering(3600.0, "device", "client vpn"))
REMEMBERS = replace(REMEMBERS, login=login(caller="020000000001"))
VERSIONS = pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])


def fresh():
    """Name one reading of the configuration."""
    raise AssertionError("nothing is begun here")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stations(clock):
    return Stations(clock, lambda question: question != "ended", limit=3)


def test_it_is_found_at_its_place_alone(stations):
    """Whatever of it differs: group, device, network, method or outer name."""
    stations.keep(PLACE, 21, "a context", fresh, "a question")
    assert "a context" == stations.find(PLACE, 21, fresh).context
    assert stations.find(PLACE, 25, fresh) is None
    for part, other in (("group", "x"), ("device", "x"), ("ssid", None), ("outer_identity", b"x")):
        assert stations.find(PLACE._replace(**{part: other}), 21, fresh) is None


def test_it_ends_with_its_time_and_its_configuration(stations, clock):
    """A certificate that was read again begins anew."""
    stations.keep(PLACE, 21, "a context", fresh, "a question")
    assert stations.find(PLACE, 21, lambda: None) is None
    assert 0 == len(stations)
    stations.keep(PLACE, 21, "a context", fresh, "a question")
    clock.advance(LONGEST - 1)
    assert stations.find(PLACE, 21, fresh) is not None
    clock.advance(1)
    assert stations.find(PLACE, 21, fresh) is None
    assert 0 == len(stations)


def test_the_oldest_of_too_many_goes(stations):
    """Whatever a client brings, there are so many at most."""
    places = [PLACE._replace(outer_identity=bytes((n,))) for n in range(4)]
    for place in places:
        stations.keep(place, 21, "a context", fresh, "a question")
    stations.keep(places[1], 21, "another", fresh, "a question")
    assert 3 == len(stations)
    assert stations.find(places[0], 21, fresh) is None
    assert "another" == stations.find(places[1], 21, fresh).context


def test_it_serves_so_often_at_most(stations):
    """Each time adds to what it holds."""
    stations.keep(PLACE, 21, "a context", fresh, "a question")
    stations.find(PLACE, 21, fresh).uses = MOST_USES - 1
    stations.find(PLACE, 21, fresh).uses += 1
    assert stations.find(PLACE, 21, fresh) is None


def test_what_would_be_refused_is_not_resumed(stations):
    """The device logs in in full at once."""
    stations.keep(PLACE, 21, "a context", fresh, "ended")
    assert stations.find(PLACE, 21, fresh) is None
    assert 0 == len(stations)


# --- at the door ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return EapCertificate(*Authority(tmp_path_factory.mktemp("ca")).issue("radius.example.org"))


def door_of(certificate, *, remembers=True, caller_is="device"):
    terms = Terms(
        certificate.context(), ("ttls",), fresh=lambda: certificate.context_of_one(LONGEST)
    )
    rules = policy("push", remember=Remember(3600.0) if remembers else None)
    door = Door(rules, eap={"vpn": terms}, caller_is=caller_is)
    door.runner.known = REMEMBERS
    return door


@pytest.fixture
def door(certificate):
    return door_of(certificate)


class Laptop:
    """A device with its session."""

    def __init__(self, door, version=SSL.TLS1_3_VERSION):
        self.door, self.version, self.before = door, version, None

    def connect(self, answer=ACCEPT, station=Station):
        """Connect once; give the last reply and what the hall was asked."""
        peer = Supplicant(self.version, self.before)
        at = station(self.door, peer)
        assert at.talk() is None
        self.door.answer(answer)
        reply = at.reply()
        if reply.code == 11:  # the result is said inside
            reply = at.send(peer.answer(eap_of(reply)))
        self.requests = peer.requests
        if reply.code == ACCESS_ACCEPT:
            self.before = peer
        return reply, self.door.runner.asked[-1]


def eap_of(reply):
    return b"".join(value for kind, value in reply.attributes if kind == 79)


@VERSIONS
def test_a_device_comes_again(door, version):
    """Its login brings a proof in place of a password, and joins none."""
    laptop = Laptop(door, version)
    _, asked = laptop.connect()
    assert asked.proof is None
    at = door.clock.seconds()
    door.clock.advance(60)
    for _ in range(3):
        reply, asked = laptop.connect(replace(ACCEPT, factor="remembered"))
        assert ACCESS_ACCEPT == reply.code
        assert Proof("resumed-session", person=REMEMBERS.person, at=at) == asked.proof
        assert (b"", "eap", None) == (
            asked.password.reveal(),
            asked.method,
            asked.login.join_digest,
        )
        assert "020000000001" == asked.login.caller


@VERSIONS
def test_a_refusal_ends_it(door, version):
    """The device's next try brings the password again."""
    laptop = Laptop(door, version)
    laptop.connect()
    reply, asked = laptop.connect(Reject("session-over"))
    assert ACCESS_REJECT == reply.code
    assert asked.proof is not None
    _, asked = laptop.connect()
    assert asked.proof is None
    assert b"secret" == asked.password.reveal()


@VERSIONS
@pytest.mark.parametrize(
    "answer",
    [
        Reject("denied"),
        replace(ACCEPT, factor="first-factor-alone"),
        replace(ACCEPT, factor="bypass"),
    ],
)
def test_a_login_without_a_second_factor_leaves_nothing(door, version, answer):
    """Its session cannot be resumed, though the device has it."""
    laptop = Laptop(door, version)
    laptop.connect(answer)
    laptop.before = laptop.before or laptop_peer(door, version)
    _, asked = laptop.connect()
    assert asked.proof is None


def laptop_peer(door, version):
    """Give a supplicant whose handshake was done and whose login was refused."""
    peer = Supplicant(version)
    at = Station(door, peer)
    at.talk()
    door.answer(Reject("denied"))
    return peer


def test_a_second_factor_that_serves_no_more(door):
    """Is seen before TLS is resumed: no try is lost."""
    laptop = Laptop(door)
    laptop.connect()
    door.runner.remembers = False
    _, asked = laptop.connect()
    assert asked.proof is None
    door.runner.remembers = True
    _, asked = laptop.connect()
    assert asked.proof is not None


def test_a_policy_that_does_not_remember(door):
    """What the login was decided by counts."""
    door.runner.known = replace(REMEMBERS, decision=known("push").decision)
    laptop = Laptop(door)
    laptop.connect()
    _, asked = laptop.connect()
    assert asked.proof is None


@pytest.mark.parametrize(
    "changed", [{"remembers": False}, {"caller_is": "address"}], ids=["no policy", "addresses"]
)
def test_clients_whose_devices_are_not_remembered(certificate, changed):
    """Nothing is kept for them at all."""
    laptop = Laptop(door_of(certificate, **changed))
    laptop.connect()
    _, asked = laptop.connect()
    assert asked.proof is None


def test_a_session_serves_at_its_place_alone(door):
    """Whoever takes it to another device, or that device to another network, logs in in full."""
    laptop = Laptop(door)
    laptop.connect()
    _, asked = laptop.connect(station=elsewhere)
    assert asked.proof is None
    _, asked = laptop.connect(station=in_another_network)
    assert asked.proof is None
    assert "guests" == asked.called.ssid


def elsewhere(door, peer):
    at = Station(door, peer)
    at.station = b"02-00-00-00-00-02"
    return at


def in_another_network(door, peer):
    at = Station(door, peer)
    at.more = [(30, b"AA-BB-CC-DD-EE-FF:guests")]
    return at


def test_nobody_is_asked_anything_in_a_resumed_one(door):
    """It is mute: a challenge could not be shown."""
    laptop = Laptop(door)
    laptop.connect()
    _, asked = laptop.connect(replace(ACCEPT, factor="remembered"))
    assert (False, True) == (asked.login.client.challenge, asked.login.client.mute)
