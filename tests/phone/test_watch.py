"""Waiting for logins: what is answered, what is borne, what ends it."""

import pytest

from proxy.factors.approval import ApprovalRequest
from proxy.phone.client import Refused, Unreachable
from proxy.phone.inbox import Shown
from proxy.phone.watch import DONE, LONGEST_PAUSE, NO, TOO_LATE, Said, Watch


def _shown(number=1, digits=0, verify_user=False):
    request = ApprovalRequest(
        f"id-{number}", "https://h", "alice", "me", 0, 120, "n", "vpn", "there", digits, verify_user
    )
    return Shown("jws", request, ())


class FakeInbox:
    """Gives lists in order, as the server would; an exception is raised."""

    def __init__(self, *lists):
        self.lists = [*lists]
        self.sent = []
        self.refusals = []
        self.waits = []
        self.refused = 0

    def open(self):
        return self._next()

    def changed(self, wait):
        self.waits.append(wait)
        return self._next()

    def _next(self):
        found = self.lists.pop(0) if self.lists else None
        if isinstance(found, Exception):
            raise found
        return found or []

    def answer(self, shown, decision, number=None):
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            raise refusal
        self.sent.append((shown.request.id, decision, number))


class FakePerson:
    """Says the same to every request."""

    def __init__(self, *said, asks_again=False):
        self.said = [*said]
        self.asks_again = asks_again
        self.told = []
        self.shown = []

    def show(self, shown):
        self.shown.append(shown.request.id)

    def decide(self, shown):
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]

    def tell(self, line):
        self.told.append(line)

    def answered(self, shown, decision):
        self.told.append(decision)


class FakeTime:
    """Time that passes only by sleeping, and by 50 s for each look."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def seconds(self):
        self.now += 1
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def _run(inbox, person, *, once=True, timeout=None):
    time = FakeTime()
    status = Watch(inbox, person, time.seconds, time.sleep).run(once=once, timeout=timeout)
    return status, time


APPROVE = Said("approve", None)


def test_the_first_answer_ends_it():
    """With --once, and status 0."""
    inbox, person = FakeInbox([], [_shown()]), FakePerson(APPROVE)
    assert _run(inbox, person)[0] == DONE
    assert inbox.sent == [("id-1", "approve", None)]
    assert person.told == ["approve"]


def test_a_request_is_met_once():
    """A list that comes again shows nothing new."""
    inbox, person = FakeInbox([_shown()], [_shown(), _shown(2)], []), FakePerson(None)
    assert _run(inbox, person, once=False, timeout=20)[0] == TOO_LATE
    assert person.shown == ["id-1", "id-2"]


def test_the_end_of_the_time_is_status_3():
    """Nobody logged in."""
    inbox = FakeInbox()
    assert _run(inbox, FakePerson(APPROVE), timeout=10)[0] == TOO_LATE
    assert all(wait >= 1 for wait in inbox.waits[:-1])


def test_a_server_that_is_away_is_borne():
    """Pauses double up to half a minute, and then it goes on."""
    away = [Unreachable("away") for _ in range(8)]
    inbox = FakeInbox(*away, [_shown()])
    status, time = _run(inbox, FakePerson(APPROVE))
    assert status == DONE
    assert time.slept == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_borne(status):
    """What may pass ends nothing."""
    inbox = FakeInbox(Refused(status, "unavailable", "later"), [_shown()])
    assert _run(inbox, FakePerson(APPROVE))[0] == DONE


def test_a_phone_that_is_retired_ends():
    """Nothing will come any more."""
    person = FakePerson(APPROVE)
    inbox = FakeInbox([], Refused(401, "device-retired", "This phone is no longer enrolled."))
    assert _run(inbox, person, once=False)[0] == NO
    assert person.told == ["refused (device-retired): This phone is no longer enrolled."]


def test_an_answer_that_did_not_arrive_is_given_again():
    """The request is shown and asked about once more when the server is back."""
    inbox, person = FakeInbox([_shown()], [_shown()]), FakePerson(APPROVE)
    inbox.refusals = [Unreachable("away")]
    assert _run(inbox, person)[0] == DONE
    assert person.shown == ["id-1", "id-1"]


def test_a_missing_number_is_not_sent():
    """It is told, and with --once it is the end: the answer is no."""
    inbox, person = FakeInbox([_shown(digits=6)]), FakePerson(APPROVE)
    assert _run(inbox, person)[0] == NO
    assert inbox.sent == []


def test_deny_needs_no_number():
    """Whoever denies has none."""
    inbox = FakeInbox([_shown(digits=6)])
    assert _run(inbox, FakePerson(Said("deny", None)))[0] == DONE


def test_a_wrong_number_may_be_typed_again_by_a_person():
    """But what was said on the command line would only be wrong again."""
    wrong = Refused(422, "number-wrong", "The number is wrong.")
    said = [Said("approve", "000000"), Said("approve", "123456")]
    inbox = FakeInbox([_shown(digits=6)])
    inbox.refusals = [wrong]
    assert _run(inbox, FakePerson(*said, asks_again=True))[0] == DONE
    assert inbox.sent == [("id-1", "approve", "123456")]
    inbox = FakeInbox([_shown(digits=6)])
    inbox.refusals = [wrong]
    assert _run(inbox, FakePerson(said[0]))[0] == NO


@pytest.mark.parametrize(("status", "kind"), [(410, "gone"), (409, "answered")])
def test_a_request_that_is_over_is_not_the_last(status, kind):
    """With --once it still waits for one that it can answer."""
    inbox = FakeInbox([_shown()], [_shown(2)])
    inbox.refusals = [Refused(status, kind, "over")]
    assert _run(inbox, FakePerson(APPROVE))[0] == DONE
    assert inbox.sent == [("id-2", "approve", None)]


def test_a_request_that_does_not_verify_is_told_of():
    """Once for each time that one more came; nothing of it is shown."""
    inbox, person = FakeInbox([], [], [_shown()]), FakePerson(Said("deny", None))
    inbox.refused = 1
    assert _run(inbox, person)[0] == DONE
    assert ["cannot be verified" in line for line in person.told] == [True, False]
    assert person.shown == ["id-1"]


def test_a_request_that_wants_a_passkey_is_not_approved_here():
    """A phone in a terminal has none; it says so, and denies all the same."""
    inbox, person = FakeInbox([_shown(verify_user=True)]), FakePerson(APPROVE)
    assert _run(inbox, person)[0] == NO
    assert inbox.sent == []
    assert person.told[0].startswith("not answered: it wants its person verified by a passkey")
    denied = FakeInbox([_shown(verify_user=True)])
    assert _run(denied, FakePerson(Said("deny", None)))[0] == DONE
    assert denied.sent == [("id-1", "deny", None)]


def test_whoever_is_asked_may_deny_it_then():
    """The same request is asked about once more."""
    inbox = FakeInbox([_shown(verify_user=True)])
    person = FakePerson(APPROVE, Said("report", None), asks_again=True)
    assert _run(inbox, person)[0] == DONE
    assert inbox.sent == [("id-1", "report", None)]
