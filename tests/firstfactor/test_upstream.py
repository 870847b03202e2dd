"""A directory that is another RADIUS server."""

import pytest
from twisted.internet.defer import Deferred

from proxy.accounts.account import Person
from proxy.deadlines import Deadlines
from proxy.firstfactor.upstream import Upstream
from proxy.login.actions import CheckFirstFactor
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorChallenged,
    FirstFactorFailed,
    PersonNotFound,
    PersonPresumed,
    PersonProved,
    Relayed,
)
from proxy.radius.password import hide_salted
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.radius.values import BadAttribute
from proxy.sealing import MasterKey
from proxy.secret import Secret
from tests.peers import mschap
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.radius_server import reply
from tests.peers.upstream_network import (
    KNOWN,
    SECRET,
    Server,
    Upstreams,
    options,
    password_of,
    values,
)

SEALS = UpstreamSeals(MasterKey(Secret(b"k" * 32)))
ALICE = Person("nps", "alice", None, "Alice", frozenset())
CREDENTIALS = Secret(bytes(16) + b"\x05\0" + bytes(48))


class World:
    """One upstream with one server."""

    def __init__(self, *, count=1, **changed):
        self.network = Upstreams(*[Server() for _ in range(count)])
        self.server = self.network.servers[0]
        self.upstream = Upstream(
            options(count, **changed),
            KNOWN,
            SEALS,
            self.network.open_wire,
            Deadlines(self.network),
            self.network,
        )

    def answers(self, code, attributes=()):
        """Let the server answer so."""
        self.server.on_request = lambda octets: reply(SECRET, octets, code, list(attributes))

    def find(self, typed):
        return self.wait(self.upstream.find(typed))

    def check(self, password=b"right", person=ALICE, **more):
        question = CheckFirstFactor(person, Secret(password), **more)
        return self.wait(self.upstream.check(question))

    def wait(self, coroutine):
        outcomes = []
        Deferred.fromCoroutine(coroutine).addBoth(outcomes.append)
        self.network.pass_time()
        if not outcomes:
            self.network.pass_time(15)
        (outcome,) = outcomes
        return outcome

    @property
    def asked(self):
        """The last request that the server got."""
        return self.server.heard[-1]


def test_a_person_is_presumed_and_the_server_not_asked():
    """By the name as typed, which is what it will be asked with."""
    world = World()
    assert world.find(" Alice ") == PersonPresumed(ALICE)
    assert world.find("CORP\\alice") == PersonNotFound("unknown")
    assert world.server.heard == []


def test_where_the_server_names_the_account_any_name_may_be_typed():
    """But for what is none."""
    world = World(user_name="returned")
    person = Person("nps", "corp\\josé", None, "CORP\\José", frozenset())
    assert world.find("CORP\\José") == PersonPresumed(person)
    assert world.find("a\0") == PersonNotFound("unknown") == world.find(" ")


def test_an_accept_proves_the_person():
    """Without a User-Name, or with the one that was typed."""
    world = World()
    for returned in ([], [(1, b"ALICE")], [(1, b"alice")]):
        world.answers(ACCESS_ACCEPT, returned)
        proved = world.check()
        assert isinstance(proved, PersonProved)
        assert ("alice", None) == (proved.person.user_name, proved.passed)
    assert (password_of(world.asked), values(world.asked, 1)) == (b"right", [b"Alice"])


@pytest.mark.parametrize("returned", [b"bob", b"CORP\\alice", b"\xff", b""])
def test_another_name_is_not_believed(returned):
    """It would be a second account of one person."""
    world = World()
    world.answers(ACCESS_ACCEPT, [(1, returned)])
    assert isinstance(world.check(), DirectoryFailed)


def test_the_account_may_be_the_one_that_the_server_names():
    """Then each Access-Accept must."""
    world = World(user_name="returned")
    world.answers(ACCESS_ACCEPT, [(1, b"CORP\\Alice")])
    assert world.check().person.user_name == "corp\\alice"
    world.answers(ACCESS_ACCEPT)
    assert isinstance(world.check(), DirectoryFailed)


def test_what_passes_is_sealed():
    """By rule, keys in clear inside."""
    world = World(attributes=("MS-MPPE-Recv-Key", "Class"))

    def accept(octets):
        hidden = hide_salted(b"key", SharedSecret(Secret(SECRET)), octets[4:20], b"\x80\x01")
        return reply(
            SECRET, octets, ACCESS_ACCEPT, [(25, b"c"), (11, b"f"), (26, mschap.vendor(17, hidden))]
        )

    world.server.on_request = accept
    passed = SEALS.open_attributes(world.check().passed)
    assert [((None, 25), b"c"), ((311, 17), b"key")] == [(one.number, one.value) for one in passed]


def test_a_key_that_another_secret_hid_is_no_accept():
    """The server has another secret than it signs with, or somebody plays with it."""
    world = World(attributes="all")
    world.answers(ACCESS_ACCEPT, [(26, mschap.vendor(17, b"\x80\x01" + bytes(15)))])
    assert isinstance(world.check(), DirectoryFailed)


def test_a_reject_goes_on_with_its_text():
    """Made fit to be shown; of MS-CHAP nothing where it was not asked."""
    world = World()
    world.answers(ACCESS_REJECT, [(18, b"No\x1b!"), (26, mschap.vendor(2, b"\x05E=691"))])
    assert world.check() == FirstFactorFailed("refused-upstream", relayed=Relayed("No !", None))


def test_mschapv2_is_relayed():
    """Challenge and response go on; Success passes with any rule, Error with the Access-Reject."""
    world = World()
    world.answers(ACCESS_ACCEPT, [(26, mschap.vendor(26, b"\x05S=00")), (25, b"c")])
    proved = world.check(CREDENTIALS.reveal(), method="mschapv2")
    (success,) = SEALS.open_attributes(proved.passed)
    assert ((311, 26), b"\x05S=00") == (success.number, success.value)
    assert [b"\x05\0" + bytes(48)] == mschap.values(
        [(26, one) for one in values(world.asked, 26)], 25
    )
    assert password_of(world.asked) is None
    world.answers(ACCESS_REJECT, [(26, mschap.vendor(2, b"\x05E=691 R=0"))])
    failed = world.check(CREDENTIALS.reveal(), method="mschapv2")
    assert failed.relayed.ms_chap_error == b"\x05E=691 R=0".hex()


def test_mschapv2_that_is_accepted_without_a_proof():
    """Its peer would not believe it, so nobody is asked for a second factor."""
    world = World()
    world.answers(ACCESS_ACCEPT, [(25, b"c")])
    failed = world.check(CREDENTIALS.reveal(), method="mschapv2")
    assert isinstance(failed, DirectoryFailed)
    assert "without MS-CHAP2-Success" in failed.reason


def test_a_challenge_is_answered_at_its_server():
    """Its State comes back to it, sealed until then; Prompt and Session-Timeout are heard."""
    world = World(count=2)
    attributes = [(24, b"their state"), (18, b"PIN?"), (76, bytes(4)), (27, b"\0\0\0\x3c")]
    world.answers(ACCESS_CHALLENGE, attributes)
    asked = world.check()
    assert asked == FirstFactorChallenged(asked.state, "PIN?", echo=False, lifetime=60.0)
    assert "their" not in asked.state
    world.answers(ACCESS_ACCEPT)
    assert isinstance(world.check(b"4711", state=asked.state), PersonProved)
    assert ([b"their state"], b"4711") == (values(world.asked, 24), password_of(world.asked))
    world.server.listens = False
    assert isinstance(world.check(b"4711", state=asked.state), DirectoryFailed)
    assert world.network.servers[1].heard == []


def test_an_empty_answer_to_a_challenge_goes_on_too():
    """It may mean "go on" there."""
    world = World()
    world.answers(ACCESS_CHALLENGE, [(24, b"s"), (27, b"odd")])
    asked = world.check()
    assert (True, None) == (asked.echo, asked.lifetime)
    world.answers(ACCESS_ACCEPT)
    assert isinstance(world.check(b"", state=asked.state), PersonProved)
    assert password_of(world.asked) == b""


def test_a_challenge_without_state_cannot_be_answered():
    """So there is none."""
    world = World()
    world.answers(ACCESS_CHALLENGE, [(18, b"PIN?")])
    assert isinstance(world.check(), DirectoryFailed)


def test_a_state_that_another_key_sealed_asks_nobody():
    """A master key was exchanged meanwhile."""
    other = UpstreamSeals(MasterKey(Secret(b"o" * 32)))
    world = World()
    sealed = other.seal_state("nps", "192.0.2.1:1812", b"s")
    assert isinstance(world.check(state=sealed), DirectoryFailed)
    assert world.server.heard == []


def test_silence_and_what_has_no_room():
    """Nobody is let in."""
    world = World()
    world.server.reachable = False
    assert isinstance(world.check(), DirectoryFailed)
    assert world.check(b"p" * 129) == FirstFactorFailed("password-too-long")
    world = World(send="all")
    full = tuple((25, bytes(250)) for _ in range(17))
    assert isinstance(world.check(relay=full), DirectoryFailed)
    assert world.server.heard == []


RELAY = (
    (1, b"typed"),
    (2, bytes(16)),
    (24, b"ours"),
    (33, b"proxy"),
    (80, bytes(16)),
    (32, b"vpn1"),
    (31, b"caller"),
    (26, mschap.vendor(25, bytes(50)) + mschap.vendor(10, b"CORP")[4:]),
)


def test_attributes_of_the_nas_go_on_by_name():
    """What belongs to one hop never does, nor credentials."""
    world = World(send=("NAS-Identifier", "MS-CHAP-Domain"))
    world.check(relay=RELAY)
    assert [b"vpn1"] == values(world.asked, 32)
    assert [mschap.vendor(10, b"CORP")] == values(world.asked, 26)
    assert [] == values(world.asked, 33) == values(world.asked, 31)
    assert [b"Alice"] == values(world.asked, 1)


def test_all_may_go_on():
    """But for those."""
    world = World(send="all")
    world.check(relay=RELAY)
    assert [b"caller"] == values(world.asked, 31)
    assert [mschap.vendor(10, b"CORP")] == values(world.asked, 26)
    assert [] == values(world.asked, 24) == values(world.asked, 33)


def test_who_asks_is_always_told():
    """RFC 2865 section 4.1: a NAS-Identifier or an address."""
    world = World()
    world.check()
    assert [b"countersign"] == values(world.asked, 32)


def test_what_cannot_be_named_is_a_fault_when_it_is_made():
    """As `check` tells before."""
    with pytest.raises(BadAttribute):
        World(send=("Nothing",))
    with pytest.raises(BadAttribute):
        World(attributes=("State",))
