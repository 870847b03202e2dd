"""The table of transitions, and what no sequence of events can bring about."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.login import actions as a
from proxy.login import events as e
from proxy.login.first_factor import NO_HASH, NO_ROOM
from proxy.login.machine import step
from proxy.login.parking import park, unpark
from proxy.login.realm import Realms
from proxy.login.request import PORTAL, Proof
from proxy.login.second_factor import NO_QUESTION
from proxy.login.stages import (
    AnsweringUpstream,
    Arrived,
    AwaitingAccount,
    AwaitingPerson,
    AwaitingUpstream,
    AwaitingUpstreamAnswer,
    Ended,
    Parkable,
)
from proxy.login.transition import UnknownTransition
from proxy.secret import Secret
from tests.login.transitions import BYPASS, ENROLMENTS, PROVED, TEXTS, VOUCHED, table
from tests.peers.logins import ACCOUNT, ALICE, NOW, TOTP, client, policy, request

PROOFS = e.FirstFactorPassed | e.PersonProved | e.LoginVouched
"""What says that the first factor was right."""
PROVING = (e.FirstFactorPassed, e.PersonProved, e.LoginVouched)
FACTORS = st.lists(st.sampled_from(["push", "totp", "recovery"]), unique=True, max_size=3)


def test_the_golden_table():
    """Every legal transition stands in transitions.txt; a difference is a change of behaviour."""
    kept = (Path(__file__).parent / "transitions.txt").read_text().splitlines()
    assert kept == list(table())


def test_why_a_response_is_refused():
    """The record and the log say it: no directory can check it, or nothing can be asked or appended."""
    inside = replace(request(password=b"response"), method="eap", response=True)
    (_, refused) = step(Arrived(inside, (policy("push"),)), e.LoginStarted(), NOW)
    assert a.Reject("not-allowed", detail=NO_HASH) == refused
    assert a.Reject("not-allowed") == step(Arrived(inside, ()), e.LoginStarted(), NOW)[1]
    first = policy("totp", append_code=True, nt_hash=True, second_first=True)
    arrived = AwaitingAccount(inside, (first,), ALICE)
    (_, refused) = step(arrived, e.AccountLoaded(ACCOUNT, TOTP), NOW)
    assert a.Reject("wrong-code", detail=NO_ROOM) == refused
    mute = replace(inside, login=replace(inside.login, client=client(mute=True)))
    stage, _ = step(
        AwaitingAccount(mute, (policy("totp", nt_hash=True),), ALICE),
        e.AccountLoaded(ACCOUNT, TOTP),
        NOW,
    )
    (_, refused) = step(stage, e.FirstFactorPassed(passed="sealed"), NOW)
    assert a.Reject("no-way-to-ask", told=True, detail=NO_QUESTION) == refused


def test_an_event_nobody_asked_for_is_our_bug():
    """It rises, and the login stays unanswered."""
    with pytest.raises(UnknownTransition, match="ApprovalClaimed in Arrived"):
        step(Arrived(request(), (policy(),)), e.ApprovalClaimed("a"), NOW)


def test_a_login_that_has_ended_takes_no_step():
    """Nothing turns a Reject into an Accept."""
    for event in (e.FirstFactorPassed(), e.ApprovalClaimed("a"), e.PasscodeAccepted("totp")):
        with pytest.raises(UnknownTransition):
            step(Ended(), event, NOW)


def answers_to(question, stage, draw):
    """Draw what the world may say to a question."""
    approval = draw(st.sampled_from(["a", "b"]))
    enrolments = draw(st.sampled_from(list(ENROLMENTS.values())))
    possible = {
        a.FindPerson: [
            e.PersonFound(ALICE),
            e.PersonFound(ALICE),
            e.PersonPresumed(ALICE),
            e.PersonPresumed(ALICE),
            e.PersonNotFound("unknown"),
            *([e.PersonBarred("account-expired")] if getattr(question, "vouched", False) else []),
            e.DirectoryFailed("x"),
        ],
        a.FindAccount: [e.AccountLoaded(ACCOUNT, enrolments), e.AccountUnknown()],
        a.LoadAccount: [
            e.AccountLoaded(ACCOUNT, enrolments),
            e.AccountLoaded(ACCOUNT, enrolments, BYPASS),
        ],
        a.CheckFirstFactor: [
            e.FirstFactorPassed(),
            e.FirstFactorPassed(),
            e.FirstFactorPassed(),
            e.FirstFactorPassed(grace=True),
            e.FirstFactorFailed("password-expired", "password-expired"),
            e.FirstFactorFailed("wrong-password"),
        ],
        a.ChangePassword: [
            e.PasswordChanged(),
            e.PasswordNotChanged("too-short"),
            e.PasswordNotChanged("old-password"),
            e.DirectoryFailed("x"),
        ],
        AwaitingUpstream: [
            PROVED,
            PROVED,
            e.FirstFactorChallenged("sealed", "PIN?", echo=True, lifetime=None),
            e.FirstFactorFailed("no", relayed=e.Relayed("", None)),
        ],
        a.AskApproval: [
            e.ApprovalAsked(approval, "123456", NOW + 300, joined=False),
            e.ApprovalAsked(approval, None, NOW + 120, joined=False),
            e.ApprovalNotAsked("another-login"),
        ],
        a.AwaitApproval: [
            e.ApprovalAnswered(approval, "approve"),
            e.ApprovalAnswered(approval, "deny"),
            e.ApprovalEnded(approval, "expired"),
            e.TimeRanOut(),
        ],
        a.ClaimApproval: [e.ApprovalClaimed(approval), e.ApprovalLost(approval, "claimed")],
        a.WithdrawApproval: [e.ApprovalWithdrawn(approval)],
        a.CheckPasscode: [
            e.PasscodeAccepted("totp"),
            e.PasscodeRefused("totp", "wrong"),
            e.PasscodeRefused("totp", "throttled"),
        ],
    }
    kind = type(stage) if isinstance(stage, AwaitingUpstream) else type(question)
    return draw(st.sampled_from([*possible[kind], e.StoreFailed("x"), e.TimeRanOut()]))


@st.composite
def histories(draw):
    """Draw a whole login, challenges and answers included: its policy and its steps."""
    rule = policy(
        *draw(FACTORS),
        challenge=draw(st.booleans()),
        append_code=draw(st.booleans()),
        second_first=draw(st.booleans()),
        number_matching=draw(st.sampled_from(["off", "when-possible", "required"])),
        password_change=draw(st.booleans()),
    )
    password = draw(st.sampled_from([b"pw", b"pw,123456", b"pw,push", b""]))
    proof = draw(st.sampled_from([None, None, *VOUCHED.values()]))
    asked = replace(request(password=password, client=client()), proof=proof)
    begun = e.LoginStarted() if proof is None else e.LoginVouched(proof.by, proof.upstream)
    stage, event, steps = Arrived(asked, (rule,)), begun, []
    for _ in range(40):
        stage, action = step(stage, event, NOW)
        steps.append((event, action))
        if isinstance(stage, Parkable) and isinstance(action, a.Challenge):
            stage = unpark(park(stage, Secret.reveal), Secret)
            if isinstance(stage, AwaitingUpstreamAnswer):
                stage = AnsweringUpstream(stage, (rule,))
            text = draw(st.sampled_from(list(TEXTS.values())))
            event = e.AnswerGiven(Secret(text), "attempt")
        elif isinstance(action, a.Answer):
            break
        else:
            event = answers_to(action, stage, draw)
    return rule, steps


def proves(event):
    """Say whether the directory proved the password right, expired or not."""
    expired = isinstance(event, e.FirstFactorFailed) and event.proof is not None
    return expired or isinstance(event, PROOFS)


@given(histories())
def test_no_accept_without_every_required_factor(history):
    """The password was right and, where the policy asks for one, a second factor is spent."""
    rule, steps = history
    events = [event for event, _ in steps]
    if not any(isinstance(action, a.Accept) for _, action in steps):
        return
    if not any(isinstance(event, PROOFS) for event in events):
        assert any(proves(event) for event in events)
        assert isinstance(events[-1], e.PasswordChanged)
        assert rule.password_change
    if steps[-1][1].factor == "bypass":
        assert any(isinstance(event, e.AccountLoaded) and event.bypass for event in events)
    elif rule.factors:
        spent = [x for x in events if isinstance(x, e.ApprovalClaimed | e.PasscodeAccepted)]
        assert len(spent) == 1
        if isinstance(spent[0], e.ApprovalClaimed):
            assert "push" in rule.factors


@given(histories())
def test_a_proof_spares_the_password_and_nothing_else(history):
    """No directory is asked for one; the second factor is asked as of anybody else."""
    rule, steps = history
    if not isinstance(steps[0][0], e.LoginVouched):
        return
    assert not any(isinstance(x, a.CheckFirstFactor | a.ChangePassword) for _, x in steps)
    answer = steps[-1][1]
    if isinstance(answer, a.Accept) and rule.factors:
        assert answer.factor in {"push", "totp", "recovery", "bypass"}


@pytest.mark.parametrize("proof", VOUCHED.values())
def test_people_who_can_only_be_presumed(proof):
    """The very server that vouches has them; no certificate, session or other server does."""
    asked = replace(request(password=b""), proof=proof)
    stage, action = step(AwaitingPerson(asked, (policy(),)), e.PersonPresumed(ALICE), NOW)
    if proof.upstream != "corp":
        assert a.Reject("bad-credentials") == action
        return
    _, accept = step(stage, e.AccountLoaded(ACCOUNT, TOTP), NOW)
    assert ("first-factor-alone", proof.passed) == (accept.factor, accept.passed)


def test_a_proof_that_names_a_directory_finds_nobody_elsewhere():
    """Wherever the policies look, and whatever the realms say."""
    asked = replace(request(), proof=Proof("certificate", directory="corp"))
    rules = (policy(directory="other"), policy())
    for realms in (None, Realms(default=("other", "corp"))):
        _, action = step(Arrived(asked, rules, realms), e.LoginVouched("certificate"), NOW)
        assert (("corp",), True) == (action.directories, action.vouched)
    elsewhere = Realms(domains={"example": "other"})
    login = replace(asked.login, username="EXAMPLE\\alice")
    stage = Arrived(replace(asked, login=login), rules, elsewhere)
    assert () == step(stage, e.LoginVouched("certificate"), NOW)[1].directories


def test_a_login_is_vouched_for_by_its_proof_alone():
    """Neither the event without a proof, nor a proof that begins as a password."""
    with pytest.raises(UnknownTransition):
        step(Arrived(request(), (policy(),)), e.LoginVouched("certificate"), NOW)
    vouched = replace(request(), proof=Proof("certificate"))
    with pytest.raises(UnknownTransition):
        step(Arrived(vouched, (policy(),)), e.LoginStarted(), NOW)


@pytest.mark.parametrize("told", [("upstream", None), ("certificate", "corp")])
def test_a_proof_by_an_upstream_names_it(told):
    """And no other does."""
    with pytest.raises(ValueError, match="found a proof"):
        Proof(told[0], upstream=told[1])


def test_a_bypass_lifts_nothing_at_the_portal():
    """What is enrolled there would outlast it: the second factor is asked as ever."""
    asked = request(client=client(name=PORTAL, challenge=True))
    rule = policy("totp", clients=frozenset({PORTAL}), challenge=True)
    loaded = e.AccountLoaded(ACCOUNT, TOTP, BYPASS)
    stage, _ = step(AwaitingAccount(asked, (rule,), ALICE), loaded, NOW)
    stage, answer = step(stage, e.FirstFactorPassed(), NOW)
    assert "enter-code" == answer.prompt
    stage, _ = step(stage, e.AnswerGiven(Secret(b""), "attempt"), NOW)
    assert isinstance(step(stage, loaded, NOW)[1], a.Challenge)


@given(histories())
def test_no_push_before_the_password_was_right_and_never_two(history):
    """In any mode."""
    _, steps = history
    proved = False
    asked = 0
    for event, action in steps:
        proved = proved or proves(event)
        if isinstance(action, a.AskApproval):
            asked += 1
            assert proved
    assert asked <= 1


@given(histories())
def test_no_code_is_looked_at_before_the_password_was_right(history):
    """So a stranger can use up nobody's tries; but where the policy wants it so, uncounted."""
    rule, steps = history
    if rule.second_first and not any(isinstance(one, e.PersonPresumed) for one, _ in steps):
        assert all(
            question.unproved != any(isinstance(one, PROVING) for one in before)
            for question, before in _questions(steps, a.CheckPasscode)
        )
        return
    proved = False
    for event, action in steps:
        proved = proved or proves(event)
        if isinstance(action, a.CheckPasscode):
            assert proved


def _questions(steps, kind):
    """Give the questions of a kind, each with the events until then."""
    for number, (_, action) in enumerate(steps):
        if isinstance(action, kind):
            yield action, [event for event, _ in steps[: number + 1]]


@given(histories())
def test_second_first_tries_no_password_without_a_right_code(history):
    """And never sends a push, nor asks for anything; a bypass needs no code."""
    rule, steps = history
    if not rule.second_first or any(isinstance(one, e.PersonPresumed) for one, _ in steps):
        return  # the configuration refuses it before another RADIUS server
    for _, before in _questions(steps, a.CheckFirstFactor):
        bypassed = any(isinstance(one, e.AccountLoaded) and one.bypass for one in before)
        assert bypassed or any(isinstance(one, e.PasscodeAccepted) for one in before)
    assert [] == list(_questions(steps, (a.AskApproval, a.Challenge)))


@given(histories())
def test_at_most_three_codes_in_a_login(history):
    """Then it is refused."""
    _, steps = history
    assert 3 >= sum(isinstance(action, a.CheckPasscode) for _, action in steps)


@given(histories())
def test_the_password_is_tried_once(history):
    """A wrong password costs the directory exactly one failed bind."""
    _, steps = history
    tried = [action for _, action in steps if isinstance(action, a.CheckFirstFactor)]
    assert 1 >= sum(action.state is None for action in tried)


@given(histories())
def test_no_account_is_made_of_a_name_that_nobody_proved(history):
    """Where the directory is another RADIUS server, its Access-Accept comes first."""
    _, steps = history
    presumed = proved = False
    for event, action in steps:
        presumed = presumed or isinstance(event, e.PersonPresumed)
        vouched = isinstance(event, e.LoginVouched) and event.upstream == ALICE.directory
        proved = proved or vouched or isinstance(event, e.PersonProved)
        if presumed and isinstance(action, a.LoadAccount):
            assert proved


@given(histories())
def test_whoever_gets_in_with_a_code_leaves_no_push_behind(history):
    """An open request is withdrawn before the Access-Accept."""
    _, steps = history
    opened = {x.approval_id for x, _ in steps if isinstance(x, e.ApprovalAsked)}
    ended = {
        x.approval_id
        for x, _ in steps
        if isinstance(x, e.ApprovalClaimed | e.ApprovalWithdrawn | e.ApprovalEnded)
    }
    accepted = any(isinstance(action, a.Accept) for _, action in steps)
    if accepted and opened and any(isinstance(x, e.PasscodeAccepted) for x, _ in steps):
        assert ended
