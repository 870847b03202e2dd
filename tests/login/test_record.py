"""Logins as text."""

import json

import pytest

from proxy.login.actions import Accept, Challenge, CheckFirstFactor, CheckPasscode, Reject
from proxy.login.events import AnswerGiven, LoginStarted, PersonFound
from proxy.login.record import (
    UnreadableRecord,
    keep_outcome,
    pack,
    park_stage,
    read_outcome,
    transcript,
    unpark_stage,
    write_step,
)
from proxy.login.reply import ReplyAttribute
from proxy.login.stages import AwaitingAnswer, Dialogue, OpenApproval
from proxy.secret import Secret
from tests.peers.logins import ALICE, known


def test_a_parked_stage_comes_back_as_it_was():
    """Any node can go on."""
    reply = (ReplyAttribute("Class", "staff", frozenset({"cn=a"})),)
    dialogue = Dialogue(OpenApproval("id", "123456", 5.0), 1, 9.0)
    stage = AwaitingAnswer(known("push", "totp", challenge=True, reply=reply), dialogue)
    assert stage == unpark_stage(park_stage(stage))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"known":1,"dialogue":2}'])
def test_what_is_no_parked_stage_is_refused(text):
    """It is never guessed at."""
    with pytest.raises(UnreadableRecord):
        unpark_stage(text)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Accept("alice", "push", "staff", (ReplyAttribute("Class", "staff"),)), None),
        (Reject("wrong-code"), None),
        (Challenge("wrong-code", "123456", code=True, expires_at=5.0), b"\x00state\xff"),
    ],
)
def test_an_outcome_comes_back_as_it_was(answer, state):
    """The same answer again gets the same outcome, its State too."""
    assert (answer, state) == read_outcome(keep_outcome(answer, state))


@pytest.mark.parametrize(
    "text", ["", "[]", '{"answer": "Accepted"}', '{"answer":"Accept","value":{},"state":null}']
)
def test_what_is_no_outcome_is_refused(text):
    """Least of all taken for an Accept."""
    with pytest.raises(UnreadableRecord):
        read_outcome(text)


def test_no_secret_is_in_a_transcript():
    """The type hides it."""
    text = transcript(
        [
            write_step(PersonFound(ALICE), CheckFirstFactor(ALICE, Secret(b"hunter2"))),
            write_step(
                AnswerGiven(Secret(b"654321"), "a"),
                CheckPasscode(1, "totp", Secret(b"654321"), "a"),
            ),
        ]
    )
    assert "hunter2" not in text
    assert "654321" not in text
    assert "***" in text


def test_a_transcript_names_what_happened_and_what_was_wanted():
    """It is the audit record of a login."""
    steps = json.loads(transcript([write_step(LoginStarted(), Reject("not-allowed"))]))
    refused = {"reason": "not-allowed", "told": False, "policy": None, "detail": None, "wait": None}
    assert [["LoginStarted", {}, "Reject", refused]] == steps


def test_packed_steps_come_first():
    """A login that waited has all its steps in its record."""
    first = write_step(LoginStarted(), Reject("not-allowed"))
    steps = json.loads(transcript([first], pack([first, first])))
    assert 3 == len(steps)
    assert all(step == steps[0] for step in steps)
