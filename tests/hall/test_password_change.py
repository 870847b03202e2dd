"""An expired password through the hall: a real store between the requests, restarts, retries."""

import pytest

from proxy.login.actions import Accept, Challenge, Reject
from proxy.store import accounts, remembered
from tests.hall.test_remembered import Site
from tests.hall.test_runner import words
from tests.peers.hall import Hall
from tests.peers.logins import client, policy

CHALLENGING = client(challenge=True)
RULE = policy("totp", "push", password_change=True, number_matching="off")


@pytest.fixture
def hall(database):
    hall = Hall(database, RULE)
    hall.enrol()
    hall.directory.expired = {"alice"}
    yield hall
    hall.store.close()


def asked(answers):
    """Give the prompt of a challenge, and its State."""
    ((answer, state),) = answers
    assert isinstance(answer, Challenge)
    return answer.prompt, state


def proved(hall):
    """Give the State of the challenge for a new password, after password and code."""
    prompt, state = asked(hall.begin(client=CHALLENGING))
    assert "enter-code" == prompt
    prompt, state = asked(hall.resume(state, hall.code()))
    assert "new-password" == prompt
    return state


def test_the_whole_way(hall):
    """Password, code, a new password twice: changed once, and in."""
    _, state = asked(hall.resume(proved(hall), b"new"))
    assert ["Accept"] == words(hall.resume(state, b"new"))
    assert [("alice", b"pw", b"new")] == hall.directory.changes
    assert ["enter-code"] == [asked(hall.begin(2, b"new", client=CHALLENGING))[0]]


def test_by_the_phone(hall, database):
    """Held until the phone answers; then the new password is asked for."""
    hall.policies = (policy("push", password_change=True, number_matching="off"),)
    hall.runner.configure(hall.policies, hall.directory, 1000)
    answers = hall.begin(client=CHALLENGING)
    assert [] == answers
    hall.answer()
    prompt, state = asked(answers)
    _, state = asked(hall.resume(state, b"new"))
    ((answer, _),) = hall.resume(state, b"new")
    assert ("new-password", "push") == (prompt, answer.factor)
    assert isinstance(answer, Accept)


def test_a_phone_that_denies_changes_nothing(hall):
    """The old password alone leads nowhere."""
    hall.runner.configure(
        (policy("push", password_change=True, number_matching="off"),), hall.directory, 1000
    )
    answers = hall.begin(client=CHALLENGING)
    hall.answer("deny")
    hall.clock.advance(1.3)
    assert ["denied"] == words(answers)
    assert [] == hall.directory.changes


def test_another_process_goes_on(hall):
    """After each challenge; what it needs is in the store."""
    _, state = asked(hall.begin(client=CHALLENGING))
    next_hall = hall.restarted()
    _, state = asked(next_hall.resume(state, next_hall.code()))
    third = next_hall.restarted()
    _, state = asked(third.resume(state, b"new"))
    last = third.restarted()
    assert ["Accept"] == words(last.resume(state, b"new"))
    assert [("alice", b"pw", b"new")] == hall.directory.changes
    last.store.close()


def test_a_retry_changes_nothing_twice(hall):
    """The same answer to the same State gets the same outcome."""
    _, state = asked(hall.resume(proved(hall), b"new"))
    first, again = hall.resume(state, b"new"), hall.resume(state, b"new")
    other = hall.resume(state, b"other")
    hall.clock.advance(1.3)
    assert (["Accept"], ["Accept"], ["state"]) == (words(first), words(again), words(other))
    assert 1 == len(hall.directory.changes)


def test_a_change_that_got_lost_is_not_made_twice(hall):
    """The directory has it, the process died before the store did: the retry is refused."""
    _, state = asked(hall.resume(proved(hall), b"new"))
    hall.directory.people["alice"] = b"new"
    answers = hall.resume(state, b"new")
    hall.clock.advance(1.3)
    ((answer, _),) = answers
    assert Reject("password-not-changed", told=True) == answer


def test_who_is_blocked_meanwhile_changes_nothing(hall):
    """The account is read afresh with every answer."""
    state = proved(hall)
    hall.write(lambda session: accounts.block(session, 1, hall.now()))
    answers = hall.resume(state, b"new")
    hall.clock.advance(1.3)
    assert ["blocked"] == words(answers)
    assert [] == hall.directory.changes


def test_no_password_is_in_the_store(hall, database):
    """Neither sealed once the login is over nor in the clear at any time."""
    hall.directory.people["alice"] = b"Old-Passw0rd"
    _, state = asked(hall.begin(password=b"Old-Passw0rd", client=CHALLENGING))
    _, state = asked(hall.resume(state, hall.code()))
    _, state = asked(hall.resume(state, b"New-Passw0rd"))
    assert ["Accept"] == words(hall.resume(state, b"New-Passw0rd"))
    octets = b"".join(file.read_bytes() for file in database.path.parent.glob("*.db*"))
    assert b"Passw0rd" not in octets
    kept = database.connect().execute("SELECT stage FROM parked_logins").fetchall()
    assert [("",)] * 3 == [tuple(row) for row in kept]


def test_what_was_remembered_ends(database):
    """Whatever the directory shows of the change."""
    site = Site(database)
    site.full()
    hall, count = (
        site.hall,
        lambda: len(hall.store.read(lambda s: remembered.listed(s, site.account_id, hall.now()))),
    )
    assert 1 == count()
    hall.runner.configure((RULE,), hall.directory, 1000)
    hall.directory.expired = {"alice"}
    _, state = asked(hall.resume(proved(hall), b"new"))
    assert ["Accept"] == words(hall.resume(state, b"new"))
    assert 0 == count()
    hall.store.close()


def test_a_code_instead_of_the_number(hall):
    """The push is taken off the phone, and the login goes on all the same."""
    hall.runner.configure((policy("push", "totp", password_change=True),), hall.directory, 1000)
    prompt, state = asked(hall.begin(client=CHALLENGING))
    assert "type-number" == prompt
    prompt, state = asked(hall.resume(state, hall.code()))
    assert ("new-password", []) == (prompt, hall.open())
    _, state = asked(hall.resume(state, b"new"))
    assert ["Accept"] == words(hall.resume(state, b"new"))
