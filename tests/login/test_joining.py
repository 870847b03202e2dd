"""Who gets the answer of a login that several requests belong to."""

from dataclasses import replace

from proxy.login.actions import Accept, Challenge, Reject, Unanswered
from proxy.login.circumstances import CameAt, CameBy
from proxy.login.hours import Hours, Span
from proxy.login.joining import SUPERSEDED, Joined, joinable, margin, reject_at, verdicts
from proxy.login.policy import Condition
from tests.peers.logins import policy

ACCEPT = Accept("alice", "push", "staff", ())
CHALLENGE = Challenge("enter-code", None, code=True, expires_at=400.0)


def given(answer, now, *arrivals, wait=30.0):
    requests = [Joined(arrived, None) for arrived in arrivals]
    return [verdict for _, verdict in verdicts(requests, answer, wait, now)]


def test_an_accept_goes_to_the_newest_alone():
    """One approval admits one session."""
    assert [SUPERSEDED, SUPERSEDED, ACCEPT] == given(ACCEPT, 10.0, 0.0, 3.0, 6.0)


def test_a_reject_goes_to_all_that_are_in_time():
    """Whose NAS has stopped listening gets silence."""
    reject = Reject("denied")
    assert [SUPERSEDED, reject, reject] == given(reject, 31.0, 0.0, 3.0, 6.0)


def test_a_challenge_goes_to_all_that_are_in_time():
    """It carries one State, which takes one answer."""
    assert [CHALLENGE, CHALLENGE] == given(CHALLENGE, 1.0, 0.0, 0.5)


def test_the_margin_is_a_tenth_of_the_wait_at_most_a_second():
    """So that the answer still reaches the NAS."""
    assert [1.0, 1.0, 0.5, 0.3] == [margin(wait) for wait in (30.0, 10.0, 5.0, 3.0)]


def test_a_reject_is_delayed_from_the_arrival():
    """What the directory took is part of the delay."""
    assert 1.25 == reject_at(Joined(0.0, None), 30.0, 1.25, 0.4)
    assert 20.0 == reject_at(Joined(0.0, None), 30.0, 1.25, 20.0)


def test_a_reject_is_not_delayed_past_the_wait():
    """A NAS that waits a second gets its Access-Reject within it."""
    assert 0.9 == reject_at(Joined(0.0, None), 1.0, 1.25, 0.1)


def test_unanswered_goes_to_nobody():
    """Silence is for all."""
    assert [Unanswered("failed")] == given(Unanswered("failed"), 1.0, 0.0)


def test_a_login_is_joined_though_its_policies_were_read_again():
    """They may have been renamed since."""
    assert joinable((policy("push"),), (policy("push", name="renamed"),))
    assert joinable((policy("push", verify_user=True),), (policy("push"),))


def test_but_not_by_a_request_that_shows_something_else():
    """Each comes under policies of its own, of which either may ask for more."""
    one, other = (
        policy("push", when=(Condition("Called-Station-Id", (f"*:{ssid}",)),))
        for ssid in ("guest", "corp")
    )
    by_night = policy("push", circumstances=(CameBy(frozenset({"ldap"})),))
    assert joinable((one,), (replace(one, name="renamed"),))
    for newer in ((other,), (one, other), (by_night,), ()):
        assert not joinable((one,), newer)
        assert not joinable(newer, (one,))


def test_but_not_where_the_newer_wants_the_person_verified():
    """The answer may have come without that; under the same policies it has not."""
    strict = policy("push", verify_user=True)
    assert joinable((strict,), (policy("push", verify_user=True),))
    assert not joinable((policy("push"),), (strict,))
    assert not joinable((policy("push"), strict), (strict,))


def test_nor_where_the_newer_may_be_refused():
    """Under the same policies the first would have been, too."""
    refusing = policy(name="no", allow=False)
    assert joinable((refusing, policy("push")), (refusing, policy("push")))
    assert not joinable((policy("push"),), (refusing, policy("push")))


def test_nor_where_hours_count_and_are_over():
    """A login of 18:59 goes on; a request of 19:00 is judged by itself."""
    by_day = policy("push", circumstances=(CameAt(Hours((Span(frozenset({0}), 0, 60),))),))
    rest = policy("totp", name="rest")
    assert joinable((by_day, rest), (by_day, rest))
    assert not joinable((by_day, rest), (rest,))
    assert not joinable((rest,), (by_day, rest))
