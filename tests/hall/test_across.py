"""What happens to a login between a challenge and its answer, and on two nodes at once."""

import pytest
from twisted.internet.defer import Deferred, fail

from proxy.accounts.account import Person
from proxy.login.actions import Accept, Challenge, Reject
from proxy.store import accounts
from proxy.store.database import StoreUnavailable
from tests.peers.hall import Hall
from tests.peers.logins import client, policy

CHALLENGING = client(challenge=True)


@pytest.fixture
def hall(database):
    hall = Hall(database)
    hall.enrol()
    yield hall
    hall.store.close()


@pytest.fixture
def challenged(hall):
    """A login whose number is on the screen, and its State."""
    ((answer, state),) = hall.begin(client=CHALLENGING)
    assert isinstance(answer, Challenge)
    return hall, state


def test_two_nodes_with_the_same_answer_give_out_the_same_next_state(challenged):
    """One login goes on, not two: what the phone approves then admits one session."""
    hall, state = challenged
    other = Hall(hall.database, *hall.policies, directory=hall.directory, clock=hall.clock)
    here, there = hall.resume(state), other.resume(state)
    hall.clock.advance(29.5)
    assert here == there
    (shown, next_state) = here[0]
    hall.answer(number=shown.number)
    assert isinstance(hall.resume(next_state)[0][0], Accept)
    again = other.resume(next_state, b"once more")
    hall.clock.advance(1.3)
    assert [(Reject("state"), None)] == again
    other.store.close()


def test_a_deadline_that_comes_while_the_store_is_slow_is_not_lost(challenged):
    """The NAS has its answer as soon as the store has its own."""
    hall, state = challenged
    taken, write = Deferred(), hall.store.write
    hall.store.write = lambda job: taken.addCallback(lambda _: write(job))
    answers = hall.resume(state)
    hall.clock.advance(29.2)
    hall.store.write = write
    taken.callback(None)
    assert [] == answers
    hall.clock.advance(0.3)
    assert "type-number" == answers[0][0].prompt


def test_an_answer_to_a_challenge_brings_no_old_stable_id_back(challenged):
    """An admin has decided since that the new one is the same person's."""
    hall, state = challenged
    returned = Person("corp", "alice", "id new", "uid=alice", frozenset())
    found = hall.write(lambda s: accounts.load(s, returned, hall.now())).account
    assert "another-person" == found.blocked
    hall.write(lambda s: accounts.decide_stranger(s, found.id, same_person=True, now=hall.now()))
    assert isinstance(hall.resume(state, hall.code())[0][0], Accept)


def test_an_answer_to_a_challenge_of_somebody_set_aside(challenged):
    """Refused, and whoever has the name now is not taken for a stranger."""
    hall, state = challenged
    returned = Person("corp", "alice", "id new", "uid=alice", frozenset())
    found = hall.write(lambda s: accounts.load(s, returned, hall.now())).account
    hall.write(lambda s: accounts.decide_stranger(s, found.id, same_person=False, now=hall.now()))
    answers = hall.resume(state, hall.code())
    hall.clock.advance(1.3)
    assert isinstance(answers[0][0], Reject)
    assert hall.write(lambda s: accounts.load(s, returned, hall.now())).account.blocked is None


def test_a_store_that_takes_nothing(database):
    """A reject leaves all the same, nothing else does; nothing of it is a bug."""
    hall = Hall(database, policy())
    assert isinstance(hall.begin(1)[0][0], Accept)
    hall.store.write = lambda job: fail(StoreUnavailable("locked"))
    right, wrong = hall.begin(2), hall.begin(3, b"wrong", join_digest=b"w" * 32)
    hall.clock.advance(1.3)
    assert [(Reject("store-unavailable"), None)] == right
    assert [(Reject("bad-credentials"), None)] == wrong
    hall.store.close()
