"""
Logins whose policy wants the person verified, beside those of the same person whose policy does not.

The NAS sends the same person, password and caller; which policy decides is an attribute, or a change
of the configuration.
"""

import pytest

from proxy.login.actions import Reject, Unanswered
from proxy.login.policy import Condition
from tests.peers.hall import Hall
from tests.peers.logins import client, policy

CHALLENGING = client(challenge=True)
STRICT = policy(
    "push",
    "totp",
    name="strict",
    number_matching="off",
    verify_user=True,
    when=(Condition("Called-Station-Id", ("strict",)),),
)
EASY = policy("push", "totp", name="easy", number_matching="off")
WANTED = {"attributes": {"Called-Station-Id": ("strict",)}}


def words(answers):
    return [
        answer.reason if isinstance(answer, Reject | Unanswered) else type(answer).__name__
        for answer, _ in answers
    ]


def policies(answers):
    return [answer.policy for answer, _ in answers]


@pytest.fixture
def hall(database):
    hall = Hall(database, STRICT, EASY)
    hall.enrol(passkey=True)
    yield hall
    hall.store.close()


@pytest.fixture
def without(database):
    """A person whose phone has no passkey, but who has codes."""
    hall = Hall(database, STRICT, EASY)
    hall.enrol()
    yield hall
    hall.store.close()


def test_an_approval_with_an_assertion_admits(hall):
    """The request asks for it; nothing is closed where it is missing."""
    answers = hall.begin(**WANTED)
    assert [True] == [push.verify_user for push in hall.pushes]
    assert "not-verified" == hall.answer()
    assert [] == answers
    assert "stored" == hall.answer(verified=True)
    assert ["strict"] == policies(answers)


@pytest.mark.parametrize(("decision", "reason"), [("deny", "denied"), ("report", "reported")])
def test_whoever_denies_verifies_nothing(hall, decision, reason):
    """A person who is attacked need not."""
    answers = hall.begin(**WANTED)
    assert "stored" == hall.answer(decision)
    hall.clock.advance(1.3)
    assert [reason] == words(answers)


def test_a_login_that_wants_it_does_not_join_one_that_does_not(hall):
    """Running: it is asked anew, the older request is withdrawn, the older login refused."""
    easy = hall.begin(1)
    strict = hall.begin(2, **WANTED)
    hall.look()
    assert [False, True] == [push.verify_user for push in hall.pushes]
    assert ["signed " + hall.pushes[1].id] == [one.request for one in hall.open()]
    assert "not-verified" == hall.answer()
    hall.clock.advance(1.3)
    assert ["withdrawn"] == words(easy)
    hall.answer(verified=True)
    assert ["strict"] == policies(strict)


def test_before_the_directory_answered_too(hall):
    """The first one's answer would be the other's: it is not even joined."""
    hall.directory.held = []
    easy, strict = hall.begin(1), hall.begin(2, **WANTED)
    hall.directory.let_go()
    hall.clock.advance(0)
    hall.look()
    assert 2 == len(hall.directory.binds)
    hall.answer(verified=True)
    hall.clock.advance(1.3)
    assert (["withdrawn"], ["strict"]) == (words(easy), policies(strict))


def test_a_login_that_does_not_want_it_joins_one_that_does(hall):
    """One push, which proves more than is wanted; what is granted is its own policy's."""
    strict, easy = hall.begin(1, **WANTED), hall.begin(2)
    assert 1 == len(hall.pushes)
    hall.answer(verified=True)
    assert (["superseded"], ["easy"]) == (words(strict), policies(easy))


def test_after_a_restart_neither(hall):
    """What the store has open is joined by the same rule."""
    hall.begin(1)
    after = hall.restarted()
    strict = after.begin(2, **WANTED)
    assert [False, True] == [push.verify_user for push in hall.pushes]
    assert "not-verified" == after.answer()
    later = after.restarted()
    easy = later.begin(3)
    assert "stored" == later.answer(verified=True)
    assert ([], ["easy"], 2) == (strict, policies(easy), len(hall.pushes))


def test_the_same_packet_after_a_change_of_the_policy(hall):
    """It led to a push that verifies nobody: it gets nothing."""
    hall.begin(1)
    after = hall.restarted()
    after.runner.configure((policy("push", verify_user=True),), after.directory, 1000)
    again = after.begin(1)
    after.clock.advance(1.3)
    assert ["replayed"] == words(again)


def test_a_late_approval_without_an_assertion_does_not_serve(hall):
    """The next try of the same caller comes under a policy that wants it: a new push."""
    late = hall.begin(1)
    hall.clock.advance(29)
    hall.answer()
    assert ["no-answer"] == words(late)
    strict = hall.begin(2, **WANTED)
    assert ([], 2) == (strict, len(hall.pushes))
    hall.answer(verified=True)
    assert ["strict"] == policies(strict)


def test_a_late_approval_with_one_serves_both(hall):
    """Whatever the next try comes under."""
    for number, again in ((1, WANTED), (3, {})):
        hall.begin(number, **WANTED)
        hall.clock.advance(29)
        hall.answer(verified=True)
        assert ["Accept"] == words(hall.begin(number + 1, **again))
    assert 2 == len(hall.pushes)


def test_a_parked_login_goes_on_with_what_it_asked(hall):
    """Its State waits for that request, on another node too."""
    easy = hall.begin(1, client=CHALLENGING)
    strict = hall.begin(2, client=CHALLENGING, **WANTED)
    hall.look()
    hall.clock.advance(29.5)
    (_, state) = strict[0]
    assert ["withdrawn"] == words(easy)
    after = hall.restarted()
    assert "not-verified" == after.answer()
    assert "stored" == after.answer(verified=True)
    assert ["strict"] == policies(after.resume(state))


def test_a_weaker_parked_login_is_dead(hall):
    """Its request was replaced: the State that went out with it serves no more."""
    easy = hall.begin(1, client=CHALLENGING)
    hall.clock.advance(29.5)
    (_, state) = easy[0]
    hall.begin(2, client=CHALLENGING, **WANTED)
    hall.answer(verified=True)
    refused = hall.resume(state)
    hall.clock.advance(1.3)
    assert ["state"] == words(refused)


def test_a_phone_without_a_passkey_is_no_factor(without):
    """Another of the policy serves; no push is sent."""
    ((challenge, state),) = without.begin(1, client=CHALLENGING, **WANTED)
    assert ("enter-code", []) == (challenge.prompt, without.pushes)
    assert ["Accept"] == words(without.resume(state, without.code()))


def test_where_it_is_all_there_is_the_login_is_refused(database):
    """As where nothing is enrolled: the person is told where to enrol."""
    hall = Hall(database, policy("push", verify_user=True))
    hall.enrol()
    refused = hall.begin()
    hall.clock.advance(1.3)
    assert [Reject("not-enrolled", told=True)] == [answer for answer, _ in refused]
    assert [] == hall.pushes
    hall.store.close()
