"""Logins with a realm, through the hall: which directory is asked, with which name, and once."""

import pytest

from proxy.accounts.account import Person
from proxy.login.actions import Reject
from proxy.login.events import DirectoryFailed, PersonFound, PersonNotFound
from proxy.login.realm import Realms
from tests.hall.test_runner import words
from tests.peers.hall import FakeDirectory, Hall
from tests.peers.logins import policy

REALMS = Realms({"corp": "corp", "guests": "guests"}, {"example.org": "corp"})
TWO = (policy(), policy(directory="guests", name="guests"))


class TwoDirectories(FakeDirectory):
    """`corp` and `guests`, behind one port as the real ones are."""

    def __init__(self):
        super().__init__()
        self.people = {"corp/alice": b"pw", "guests/alice": b"guest", "guests/gus": b"pw"}
        self.asked = []
        self.silent = set()

    def find(self, question):
        answer = PersonNotFound("unknown")
        for directory in question.directories:
            self.asked.append((directory, question.username))
            key = f"{directory}/{question.username.casefold()}"
            if directory in self.silent:
                answer = DirectoryFailed("down")
                break
            if key in self.people:
                answer = PersonFound(Person(directory, key, f"id {key}", "uid=x", frozenset()))
                break
        return self._say(answer)


@pytest.fixture
def hall(database):
    hall = Hall(database, *TWO, directory=TwoDirectories())
    hall.runner.configure(TWO, hall.directory, 1000, REALMS)
    yield hall
    hall.store.close()


def outcome(hall, username, password=b"pw", **facts):
    answers = hall.begin(username=username, password=password, **facts)
    hall.clock.advance(1.3)
    ((answer, _),) = answers
    return answer.reason if isinstance(answer, Reject) else answer.user_name


def test_a_realm_leads_to_its_directory_alone(hall):
    """Whatever comes of it: no other is asked."""
    assert "corp/alice" == outcome(hall, "CORP\\alice")
    assert "guests/alice" == outcome(hall, "alice@guests", b"guest")
    assert "bad-credentials" == outcome(hall, "gus@corp")
    assert "bad-credentials" == outcome(hall, "alice@guests", b"pw")
    assert [("corp", "alice"), ("guests", "alice"), ("corp", "gus"), ("guests", "alice")] == (
        hall.directory.asked
    )


def test_a_realm_that_nobody_lists_is_an_unknown_person(hall):
    """The same reject after the same delay; nobody is asked."""
    for typed in ("OTHER\\alice", "alice@other"):
        answers = hall.begin(username=typed)
        hall.clock.advance(0.99)
        assert [] == answers
        hall.clock.advance(0.3)
        assert ["bad-credentials"] == words(answers)
    assert [] == hall.directory.asked


def test_the_next_is_asked_for_no_such_person_alone(hall):
    """Not after a wrong password, not where one does not answer."""
    assert "guests/gus" == outcome(hall, "gus")
    assert "bad-credentials" == outcome(hall, "alice", b"guest")
    hall.directory.silent = {"corp"}
    assert "directory-unavailable" == outcome(hall, "gus")
    assert [("corp", "gus"), ("guests", "gus"), ("corp", "alice"), ("corp", "gus")] == (
        hall.directory.asked
    )


def test_a_default_directory_has_nothing_behind_it(hall):
    """A name alone is a name of it, or nobody's."""
    rules = Realms(default=("guests",), by_client={"vpn": ("corp",)})
    hall.runner.configure(TWO, hall.directory, 1000, rules)
    assert "bad-credentials" == outcome(hall, "gus")
    assert "corp/alice" == outcome(hall, "alice")


def test_two_ways_to_type_a_name_are_one_login(hall):
    """Joined while it goes on: one bind, and the newest request has the answer."""
    rules = Realms(REALMS.domains, REALMS.upn_suffixes, ("corp",))
    hall.runner.configure(TWO, hall.directory, 1000, rules)
    hall.directory.held = []
    first = hall.begin(1, username="alice")
    second = hall.begin(2, username="CORP\\Alice")
    elsewhere = hall.begin(3, username="GUESTS\\alice")
    for _ in range(2):
        hall.directory.let_go()
        hall.directory.held = []
        hall.clock.advance(0)
    hall.clock.advance(1.3)
    assert (["superseded"], ["Accept"]) == (words(first), words(second))
    assert ["bad-credentials"] == words(elsewhere)
    assert [("corp/alice", b"pw"), ("guests/alice", b"pw")] == hall.directory.binds
