"""Which second factor is remembered, for whom, and what it serves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.login import actions as a
from proxy.login import events as e
from proxy.login.first_factor import awaiting_first_factor
from proxy.login.joining import joinable
from proxy.login.machine import step
from proxy.login.policy import Remember, Remembering, decide
from proxy.login.remembering import (
    Passed,
    Remembered,
    Standing,
    caller_of,
    holds,
    serves,
    to_remember,
)
from proxy.login.request import PORTAL, Callers
from proxy.login.stages import AwaitingFirstFactor, AwaitingRecall
from tests.peers.logins import ALICE, EVERYTHING, NOW, client, known, login, policy

DEVICE = Remembering(3600.0, "device", "client vpn")
ADDRESS = Remembering(3600.0, "address", "client vpn")
MAC = "3c22fb001a2b"
ONE = Remembered(
    Passed("1" * 32, "push", number=False, verified=False, until=NOW + 3600),
    started_at=NOW - 10,
    passed_at=NOW,
    enrolled="phone",
    password_mark=b"m",
)
STANDING = Standing("phone", b"m", None)
QUESTION = a.RecallSecondFactor(
    login_id="2" * 32,
    account_id=1,
    person=ALICE,
    client="vpn",
    group="client vpn",
    caller=MAC,
    seconds=3600.0,
    factors=("push", "totp"),
    number=False,
    verify_user=False,
)


@pytest.mark.parametrize(
    ("terms", "caller", "found"),
    [
        (DEVICE, MAC, MAC),
        (DEVICE, "02" + MAC[2:], "02" + MAC[2:]),  # randomised, and still one device's
        (DEVICE, "01005e000001", None),  # a group's address
        (DEVICE, "ffffffffffff", None),
        (DEVICE, "000000000000", None),
        (DEVICE, "192.0.2.7", None),
        (DEVICE, "port 7 of nas", None),
        (DEVICE, "3C22FB001A2B", None),
        (DEVICE, "3c22fb001a2b\n", None),
        (DEVICE, None, None),
        (ADDRESS, "192.0.2.7", "192.0.2.7"),
        (ADDRESS, "2001:db8::7", "2001:db8::7"),
        (ADDRESS, "0.0.0.0", None),
        (ADDRESS, "::", None),
        (ADDRESS, MAC, None),
        (ADDRESS, "port 7 of nas", None),
        (ADDRESS, None, None),
    ],
)
def test_a_caller_is_known_by_its_form(terms, caller, found):
    """A device is an individual MAC address, an address is an address; nothing else is either."""
    assert found == caller_of(caller, terms)


@pytest.mark.parametrize(
    ("remember", "callers", "kind"),
    [
        (Remember(60.0), Callers("device", "g"), "device"),
        (Remember(60.0), Callers("address", "g"), None),
        (Remember(60.0, addresses=True), Callers("address", "g"), "address"),
        (Remember(60.0, addresses=True), Callers("device", "g"), "device"),
        (Remember(60.0), None, None),
        (None, Callers("device", "g"), None),
    ],
)
def test_where_logins_are_remembered(remember, callers, kind):
    """Where the client's callers are devices; where they are addresses, if the policy says so."""
    rules = (policy("push", remember=remember),)
    decided = decide(rules, ALICE, client(callers=callers))
    assert kind == (decided.remember and decided.remember.kind)


def passed(stage):
    return awaiting_first_factor(stage, e.FirstFactorPassed(), NOW)


def before(*factors, terms=DEVICE, appended=None, **parts):
    of_login = parts.pop("login", login(caller=MAC))
    facts = replace(known(*factors, remember=terms, **parts), login=of_login)
    return AwaitingFirstFactor(facts, EVERYTHING, appended)


def test_a_remembered_second_factor_lets_in():
    """After the password, and without a push."""
    stage, question = passed(before("push"))
    assert isinstance(stage, AwaitingRecall)
    assert (MAC, ("push",)) == (question.caller, question.factors)
    _, answer = passed_recall(stage, e.SecondFactorRecalled("1" * 32, "push", NOW - 5))
    assert a.Accept("alice", "remembered", "staff", ()) == answer


def passed_recall(stage, event):
    return step(stage, event, NOW)


def test_none_remembered_asks_as_ever():
    """The phone is asked."""
    stage, _ = passed(before("push"))
    _, question = passed_recall(stage, e.SecondFactorNotRecalled("none"))
    assert isinstance(question, a.AskApproval)


@pytest.mark.parametrize(
    "stage",
    [
        before("push", terms=None),
        before("push", login=login(caller="192.0.2.7")),
        before("push", login=login(caller=None)),
        before("push", login=login(caller=MAC, client=client(name=PORTAL))),
    ],
    ids=["no-policy", "no-device", "untold", "portal"],
)
def test_who_is_never_looked_for(stage):
    """No such policy, no device, nobody told; and never at the portal."""
    assert isinstance(passed(stage)[1], a.AskApproval)


def test_a_policy_without_factors_remembers_nothing():
    """There is nothing to remember."""
    assert "first-factor-alone" == passed(before())[1].factor


def test_a_push_that_may_not_be_sent_does_not_serve():
    """Where a number is required and none can be shown, a remembered push is no way round it."""
    assert ("totp",) == passed(before("push", "totp", push=False))[1].factors


@pytest.mark.parametrize("factor", ["push", "totp", "recovery"])
def test_a_full_login_is_remembered(factor):
    """By any second factor."""
    facts = known("push", "totp", "recovery", remember=DEVICE)
    answer = a.Accept("alice", factor, "staff", ())
    kept = Passed(facts.login.login_id, factor, number=False, verified=False, until=NOW + 3600)
    assert kept == to_remember(facts, answer, NOW)


def test_what_a_push_proved_is_kept_with_it():
    """A number and a verified person; a code proves neither."""
    facts = known("push", "totp", remember=DEVICE, number=True, verify_user=True)
    by_push = to_remember(facts, a.Accept("alice", "push", "staff", ()), NOW)
    by_code = to_remember(facts, a.Accept("alice", "totp", "staff", ()), NOW)
    assert (True, True) == (by_push.number, by_push.verified)
    assert (False, False) == (by_code.number, by_code.verified)


@pytest.mark.parametrize(
    "answer",
    [
        a.Accept("alice", "remembered", "staff", ()),
        a.Accept("alice", "first-factor-alone", "staff", ()),
        a.Accept("alice", "bypass", "staff", ()),
        a.Reject("denied"),
        a.Unanswered("superseded"),
        a.Challenge("enter-code", None, True, NOW + 300),
    ],
    ids=lambda answer: getattr(answer, "factor", type(answer).__name__),
)
def test_what_is_never_remembered(answer):
    """A login let in by being remembered renews nothing, nor does one without a second factor."""
    assert to_remember(known("push", remember=DEVICE), answer, NOW) is None


def test_nothing_is_remembered_without_a_policy():
    """The usual case."""
    assert to_remember(known("push"), a.Accept("alice", "push", "staff", ()), NOW) is None


@pytest.mark.parametrize(
    ("change", "standing", "now", "kept"),
    [
        ({}, {}, NOW + 1, True),
        ({}, {}, NOW + 3599, True),
        ({}, {}, NOW + 3600, False),
        ({}, {}, NOW - 1, False),  # the clock was put back
        ({}, {"enrolled": "another phone"}, NOW + 1, False),
        ({}, {"password_mark": b"n"}, NOW + 1, False),
        ({}, {"reported_at": NOW - 11}, NOW + 1, True),
        ({}, {"reported_at": NOW - 10}, NOW + 1, False),
        ({}, {"reported_at": NOW - 5}, NOW + 1, False),  # while the login was going on
        ({}, {"reported_at": NOW + 1}, NOW + 2, False),
    ],
)
def test_what_ends_it(change, standing, now, kept):
    """Time, a report, another enrolment, another password."""
    assert kept == holds(replace(ONE, **change), replace(STANDING, **standing), now)


@pytest.mark.parametrize(
    ("had", "asks", "served"),
    [
        ({}, {}, True),
        ({}, {"factors": ("totp",)}, False),
        ({}, {"factors": ()}, False),
        ({}, {"verify_user": True}, False),
        ({"verified": True}, {"verify_user": True}, True),
        ({}, {"number": True}, False),
        ({"number": True}, {"number": True}, True),
        ({"number": True}, {"number": True, "verify_user": True}, False),
        ({"factor": "totp"}, {"number": True, "verify_user": True}, True),
        ({"factor": "totp"}, {"factors": ("push",)}, False),
        ({"factor": "recovery"}, {}, False),
        ({}, {"seconds": 60.0}, False),
    ],
)
def test_no_login_is_served_that_asks_for_more(had, asks, served):
    """As the policies say now; a shorter time counts too."""
    one = replace(ONE, passed=replace(ONE.passed, **had))
    assert served == serves(one, replace(QUESTION, **asks), NOW + 60)


@given(
    st.sampled_from(["push", "totp", "recovery"]),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(["push", "totp", "recovery"]), unique=True),
    st.booleans(),
    st.booleans(),
    st.floats(0, 10_000),
)
def test_what_serves_had_everything_asked(factor, had_number, had_user, factors, number, user, age):
    """Whatever was passed and whatever is asked."""
    one = replace(ONE, passed=Passed("1" * 32, factor, had_number, had_user, until=NOW + 100_000))
    asked = replace(QUESTION, factors=tuple(factors), number=number, verify_user=user)
    if serves(one, asked, NOW + age):
        assert factor in factors
        assert age < asked.seconds
        assert factor != "push" or (had_number >= number and had_user >= user)


def test_who_must_not_be_remembered_joins_no_login_that_may_be():
    """The configuration was read again meanwhile."""
    remembers = (policy("push", remember=Remember(60.0)),)
    plain = (policy("push"),)
    assert [True, False, True] == [
        joinable(remembers, remembers),
        joinable(remembers, plain),
        joinable(plain, remembers),
    ]
