"""Logins by MS-CHAPv2, each of whose responses is another."""

from dataclasses import replace

from proxy.login.actions import Accept, Reject
from tests.peers.hall import Hall
from tests.peers.logins import client, policy, request

PUSH = policy("push", nt_hash=True)


def begin(hall, number, response):
    """Send a response; all of one device have one join digest."""
    asked = request(number, password=response, arrived=hall.now(), client=client(mute=True))
    answers = []
    hall.runner.begin(
        replace(asked, method="eap", response=True),
        lambda answer, state: answers.append(answer),
    )
    return answers


def test_a_wrong_response_joins_no_login(database):
    """It is checked itself, whoever is being asked at that moment; and it gets no Access-Accept."""
    hall = Hall(database, PUSH)
    hall.enrol()
    right = begin(hall, 1, b"pw")
    wrong = begin(hall, 2, b"guess")
    assert [b"pw", b"guess"] == [password for _, password in hall.directory.binds]
    hall.clock.advance(1.3)
    assert [Reject("bad-credentials")] == wrong
    hall.answer()
    assert isinstance(right[0], Accept)
    assert 1 == len(wrong)
    hall.store.close()


def test_another_right_response_joins_the_approval(database):
    """After it was checked: there is one push, and the newest has its answer."""
    hall = Hall(database, PUSH)
    hall.enrol()
    first = begin(hall, 1, b"pw")
    hall.directory.people["alice"] = b"pw again"
    second = begin(hall, 2, b"pw again")
    assert 2 == len(hall.directory.binds)
    hall.answer()
    assert isinstance(second[0], Accept)
    assert not any(isinstance(answer, Accept) for answer in first)
    hall.store.close()


def test_the_same_response_joins_the_login(database):
    """A NAS that sends it again: it is checked once."""
    hall = Hall(database, PUSH)
    hall.enrol()
    begin(hall, 1, b"pw")
    again = begin(hall, 2, b"pw")
    assert 1 == len(hall.directory.binds)
    hall.answer()
    assert isinstance(again[0], Accept)
    hall.store.close()
