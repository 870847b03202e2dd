"""Waiting for a phone: one small object, woken by word that the request has ended."""

import pytest
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import Clock

from proxy.errors import Unavailable
from proxy.login.actions import AskApproval
from proxy.login.events import ApprovalAnswered, ApprovalAsked, ApprovalEnded, ApprovalNotAsked
from proxy.push.approvals import Approvals
from tests.peers.logins import login

QUESTION = AskApproval(login(), 1, "alice", 0)
APPROVED = ApprovalAnswered("a", "approve")


class Kept:
    """Obeys KeptApprovals: one request, open until the test says otherwise."""

    def __init__(self):
        self.now_is = 120.0
        self.asked_to_open = []

    def ask(self, question, *, may_open):
        self.asked_to_open.append(may_open)
        name = "a" if len(self.asked_to_open) == 1 else "b"
        event = ApprovalAsked(name, None, 120.0, joined=False)
        return succeed(event if may_open else ApprovalNotAsked("too-many-pending"))

    def outcome(self, approval_id):
        return self.now_is


@pytest.fixture
def world():
    clock, kept = Clock(), Kept()
    return clock, kept, Approvals(kept, clock, 1)


def fired(deferred):
    results = []
    deferred.addBoth(results.append)
    return results


def test_whoever_waits_is_woken_by_the_answer(world):
    """Both of them, if two logins wait for one request."""
    _, kept, approvals = world
    first, second = fired(approvals.answered("a")), fired(approvals.answered("a"))
    kept.now_is = APPROVED
    approvals.ended("a")
    assert ([APPROVED], [APPROVED]) == (first, second)
    assert 0 == len(approvals)


def test_an_answer_that_is_there_already(world):
    """Needs no waiting."""
    _, kept, approvals = world
    kept.now_is = APPROVED
    assert [APPROVED] == fired(approvals.answered("a"))


def test_whoever_comes_before_the_word_wakes_the_others(world):
    """The answer was read from the store; its word will find nobody any more."""
    _, kept, approvals = world
    first = fired(approvals.answered("a"))
    kept.now_is = APPROVED
    second = fired(approvals.answered("a"))
    approvals.ended("a")
    assert ([APPROVED], [APPROVED]) == (first, second)


def test_word_of_another_change_wakes_nobody(world):
    """The store is the truth."""
    _, _, approvals = world
    waiting = fired(approvals.answered("a"))
    approvals.ended("a")
    approvals.ended("unknown")
    assert [] == waiting


def test_an_answer_of_the_last_moment_is_not_lost(world):
    """It is in the store, but its word has not come yet."""
    clock, kept, approvals = world
    waiting = fired(approvals.answered("a"))
    clock.advance(119.9)
    kept.now_is = APPROVED
    clock.advance(0.1)
    assert [APPROVED] == waiting


def test_a_request_ends_by_its_time_though_the_store_is_away(world):
    """Nothing is known of an answer."""
    clock, kept, approvals = world
    waiting = fired(approvals.answered("a"))
    kept.outcome = unavailable
    clock.advance(120)
    assert [ApprovalEnded("a", "expired")] == waiting


def unavailable(approval_id):
    raise Unavailable("locked")


def test_a_request_ends_by_its_time(world):
    """Whether or not anybody answers."""
    clock, _, approvals = world
    waiting = fired(approvals.answered("a"))
    clock.advance(120)
    assert [ApprovalEnded("a", "expired")] == waiting
    assert 0 == len(approvals)


def test_a_login_that_goes_leaves_the_request_open(world):
    """It may come back."""
    _, _, approvals = world
    waiting = approvals.answered("a")
    results = fired(waiting)
    waiting.cancel()
    assert results[0].check(CancelledError)
    assert 1 == len(approvals)


def test_beyond_the_limit_no_request_is_opened(world):
    """Until one of them ends."""
    clock, kept, approvals = world
    asked = []
    for _ in range(2):
        asked += fired(Deferred.fromCoroutine(approvals.ask(QUESTION)))
    assert [True, False] == kept.asked_to_open
    assert ApprovalNotAsked("too-many-pending") == asked[1]
    clock.advance(120)
    fired(Deferred.fromCoroutine(approvals.ask(QUESTION)))
    assert kept.asked_to_open[2]
