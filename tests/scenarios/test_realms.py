"""Two real directories behind one daemon: realms, a default, and what is asked after what."""

import pytest

from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT, REPLY_MESSAGE, USER_NAME, Nas, request
from tests.peers.slapd import PEOPLE, Slapd, needs_slapd, person

pytestmark = [pytest.mark.scenario, needs_slapd]

BOTH, GUESTS = "127.0.0.61", "127.0.0.62"
GUEST_ALICE = person("alice").replace("alice-password", "guest-password")
FILTER_ID = 11
REFUSED = b"Login failed. Check your name, your password and your code, then try again."


@pytest.fixture(scope="module")
def corp(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("corp") / "slapd") as running:
        yield running


@pytest.fixture(scope="module")
def guests(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("guests") / "slapd") as running:
        gone = f"dn: uid=alice,{PEOPLE}\nchangetype: delete\n"
        running.change(f"{gone}\n{GUEST_ALICE}\n{person('gus')}")
        yield running


@pytest.fixture(scope="module")
def front(corp, guests, tmp_path_factory):
    rules = [
        {
            "name": name,
            "clients": ["both", "guest-wifi"] if name == "guests" else ["both"],
            "directory": name,
            "factors": [],
            "reply": [{"attribute": "Filter-Id", "value": name}],
        }
        for name in ("corp", "guests")
    ]
    daemon = Daemon(
        tmp_path_factory.mktemp("front"),
        {},
        {"both": client(BOTH), "guest-wifi": client(GUESTS, directory="guests")},
        rules,
    )
    shared = {"timeout": "2s"}
    daemon.configuration["directories"] = {
        "corp": corp.directory_settings(domains=["CORP", "corp.example.org"], **shared),
        "guests": guests.directory_settings(domains=["GUESTS"], **shared),
    }
    daemon._write()
    daemon.start()
    yield daemon
    daemon.stop()


def login(front, name, password, source=BOTH):
    """Log in; give the directory whose policy let in, or nothing."""
    with Nas(SECRET, front.server(), source) as nas:
        packet = request(SECRET, [(USER_NAME, name.encode())], password=password.encode())
        reply = nas.ask(packet, 8)
    if reply.code == ACCESS_ACCEPT:
        return reply.values(FILTER_ID)[0].decode()
    assert (ACCESS_REJECT, [REFUSED]) == (reply.code, reply.values(REPLY_MESSAGE))
    return None


@pytest.mark.parametrize(
    ("name", "password", "where"),
    [
        ("alice", "alice-password", "corp"),
        ("alice", "guest-password", None),
        ("CORP\\alice", "alice-password", "corp"),
        ("guests\\ALICE", "guest-password", "guests"),
        ("guests\\alice", "alice-password", None),
        ("alice@Corp.Example.Org", "alice-password", "corp"),
        ("alice@corp.example.org", "guest-password", None),
        ("alice@guests", "guest-password", "guests"),
        ("gus", "gus-password", "guests"),
        ("CORP\\gus", "gus-password", None),
        ("OTHER\\alice", "alice-password", None),
        ("alice@other", "alice-password", None),
    ],
)
def test_who_is_asked(front, name, password, where):
    """The realm's directory alone; without one the next where one has no such person."""
    assert where == login(front, name, password)


def test_a_client_with_a_directory_of_its_own(front):
    """A realm still leads where it leads, and no policy of that client's goes there."""
    assert "guests" == login(front, "alice", "guest-password", GUESTS)
    assert login(front, "alice", "alice-password", GUESTS) is None
    assert login(front, "CORP\\alice", "alice-password", GUESTS) is None


def test_the_wrong_password_of_one_is_not_tried_at_the_other(front, corp, guests):
    """It costs the first one failed bind, the second none."""
    before = corp.failed_binds("bob"), guests.failed_binds("bob")
    assert login(front, "bob", "wrong") is None
    assert (before[0] + 1, before[1]) == (corp.failed_binds("bob"), guests.failed_binds("bob"))


def test_a_silent_directory_hands_nobody_on(front, corp):
    """It may have somebody of that name; whoever names the other one gets in."""
    corp.pause()
    try:
        assert login(front, "gus", "gus-password") is None
        assert "guests" == login(front, "GUESTS\\gus", "gus-password")
    finally:
        corp.resume()


def test_one_account_however_it_is_typed(front):
    """What the directory returned, with the directory's name before it."""
    told = [
        front.json("account", "show", name)
        for name in ("CORP\\ALICE", "alice@corp.example.org", "corp/alice")
    ]
    assert {("corp", "alice")} == {(one["directory"], one["user"]) for one in told}
    assert 1 == len({str(one) for one in told})


def test_a_default_is_read_again(front):
    """From then on a name alone is a name of it."""
    front.configuration["default_directory"] = "guests"
    front.reload()
    try:
        assert "guests" == login(front, "alice", "guest-password")
        assert login(front, "bob", "wrong") is None
        assert "corp" == login(front, "CORP\\alice", "alice-password")
    finally:
        del front.configuration["default_directory"]
        front.reload()
