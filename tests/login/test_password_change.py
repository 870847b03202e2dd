"""Changing an expired password in the challenge: what comes first, what is kept, what never is."""

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.accounts.account import NOTHING_ENROLLED
from proxy.login import actions as a
from proxy.login import events as e
from proxy.login.machine import step
from proxy.login.parking import park, unpark
from proxy.login.record import UnreadableRecord, write_step
from proxy.login.stages import (
    Arrived,
    AwaitingAccount,
    AwaitingAnswer,
    AwaitingFirstFactor,
    AwaitingNewPassword,
)
from proxy.sealing import NotSealed, open_under, seal_under
from proxy.secret import Secret
from tests.login.test_machine import answers_to, proves
from tests.peers.logins import ACCOUNT, ALICE, EVERYTHING, NOW, client, known, policy, request

OLD = Secret(b"Old-Passw0rd")
EXPIRED = e.FirstFactorFailed("password-expired", "password-expired")
MUST_CHANGE = e.FirstFactorFailed("password-must-change", "password-must-change")
LOADED = e.AccountLoaded(ACCOUNT, EVERYTHING)
FACTS = known("totp", challenge=True, password_change=True)


def typed(text):
    return e.AnswerGiven(Secret(text), "attempt")


def walked(*events, facts=FACTS, password=OLD):
    """Give the stage and action after these events, from the try of the password on."""
    stage, action = AwaitingFirstFactor(facts, EVERYTHING, None, password=password), None
    for event in events:
        stage, action = step(stage, event, NOW)
    return stage, action


SECOND = (typed(b"123456"), LOADED, e.PasscodeAccepted("totp"))


def offered(*texts, first=EXPIRED, facts=FACTS):
    """Type these new passwords after both factors."""
    return walked(
        first, *SECOND, *(each for text in texts for each in (typed(text), LOADED)), facts=facts
    )


def test_the_second_factor_comes_first():
    """Then the new password, twice; then the directory has it, and the login passes."""
    assert "enter-code" == walked(EXPIRED)[1].prompt
    assert "new-password" == walked(EXPIRED, *SECOND)[1].prompt
    assert "new-password-again" == offered(b"new")[1].prompt
    stage, action = offered(b"new", b"new")
    assert (OLD, Secret(b"new")) == (action.old, action.new)
    _, accepted = step(stage, e.PasswordChanged(), NOW)
    assert "totp" == accepted.factor


def test_what_is_typed_is_not_shown():
    """The NAS is told, in every challenge for a password and no other."""
    assert not walked(EXPIRED)[1].hidden
    for texts in ((), (b"new",), (b"new", b"other")):
        assert offered(*texts)[1].hidden


def test_two_that_differ_are_asked_for_again():
    """From the beginning."""
    stage, action = offered(b"new", b"other")
    assert ("passwords-differ", None, 1) == (action.prompt, stage.change.first, stage.change.tries)


@pytest.mark.parametrize(
    "text",
    [b"x" * 129, b"\xff", b"new\0password", b"new\rpassword", OLD.reveal(), "é".encode() * 65],
)
def test_what_cannot_be_a_password_here(text):
    """Too long for the wire, no text, or the old one: the directory is not asked."""
    assert "password-unusable" == offered(text)[1].prompt


def test_what_would_be_cut_at_its_comma_is_no_password():
    """Where codes are appended, its end would be taken for one."""
    facts = known("totp", challenge=True, password_change=True, append_code=True)
    assert "password-unusable" == offered(b"new,123456", facts=facts)[1].prompt
    assert "new-password-again" == offered(b"new,12345", facts=facts)[1].prompt
    assert "new-password-again" == offered(b"new,123456")[1].prompt


def test_spaces_are_part_of_a_password():
    """It reaches the directory as it was typed."""
    assert Secret(b" new ") == offered(b" new ", b" new ")[1].new


def test_the_directorys_complaint_is_told():
    """And another password asked for, three in all."""
    stage, _ = offered(b"new", b"new")
    for reason, prompt in (
        ("used-before", "password-used-before"),
        ("refused", "password-refused"),
    ):
        stage, action = step(stage, e.PasswordNotChanged(reason), NOW)
        assert prompt == action.prompt
        for event in (typed(b"newer"), LOADED, typed(b"newer"), LOADED):
            stage, action = step(stage, event, NOW)
    _, answer = step(stage, e.PasswordNotChanged("too-short"), NOW)
    assert a.Reject("password-not-changed", told=True) == answer


@pytest.mark.parametrize("reason", ["too-young", "not-permitted", "old-password"])
def test_what_another_password_does_not_mend(reason):
    """The login is refused, and why is told in general."""
    stage, _ = offered(b"new", b"new")
    answer = step(stage, e.PasswordNotChanged(reason), NOW)[1]
    assert a.Reject("password-not-changed", told=True) == answer


def test_a_directory_that_does_not_answer():
    """Nobody knows whether it has the new password."""
    stage, _ = offered(b"new", b"new")
    for event in (e.DirectoryFailed("x"), e.TimeRanOut()):
        assert a.Reject("directory-unavailable") == step(stage, event, NOW)[1]


def test_a_grace_login_offers_it():
    """Going on without passes, as far as the directory lets it."""
    grace = e.FirstFactorPassed(grace=True)
    assert "new-password-or-continue" == offered(first=grace)[1].prompt
    assert "totp" == offered(b"", first=grace)[1].factor
    stage, _ = offered(b"new", b"new", first=grace)
    assert "totp" == step(stage, e.PasswordNotChanged("not-permitted"), NOW)[1].factor


def test_nothing_typed_changes_nothing_else():
    """Whoever must change it is asked again; it is no try."""
    stage, action = offered(b"", b"", b"", b"", first=MUST_CHANGE)
    assert ("new-password", 0) == (action.prompt, stage.change.tries)


def test_whoever_has_no_second_factor_is_told_of_the_password():
    """The old password alone leads to no new one."""
    stage = AwaitingFirstFactor(FACTS, e.AccountLoaded(ACCOUNT, EVERYTHING).enrolments, None)
    assert a.Reject("password-expired", told=True) == step(stage, EXPIRED, NOW)[1]
    facts = known("push", challenge=True, password_change=True)
    stage = AwaitingFirstFactor(facts, NOTHING_ENROLLED, None, password=OLD)
    assert a.Reject("password-expired", told=True) == step(stage, EXPIRED, NOW)[1]


def test_a_blocked_account_ends_it():
    """It is read afresh each time."""
    blocked = e.AccountLoaded(type(ACCOUNT)(1, "corp", "alice", "blocked"), EVERYTHING)
    answer = walked(EXPIRED, *SECOND, typed(b"new"), blocked)[1]
    assert a.Reject("blocked") == answer


def test_it_ends_with_its_time():
    """Five minutes after the second factor, whatever was typed."""
    stage, _ = offered(b"new")
    stage, _ = step(stage, typed(b"other"), NOW + 299)
    assert a.Reject("no-answer", told=True) == step(stage, LOADED, NOW + 300)[1]


@pytest.mark.parametrize(
    ("terms", "parts"),
    [
        ({"challenge": True}, {"password_change": False}),
        ({"challenge": False}, {"password_change": True}),
        ({"challenge": True}, {"password_change": True, "challenge": False}),
        ({"challenge": True}, {"password_change": True, "factors": ()}),
    ],
)
def test_only_where_the_policy_and_the_nas_can(terms, parts):
    """Else whoever may be told is told, as ever."""
    rule = policy(*parts.pop("factors", ("totp",)), **parts)
    asked = request(client=client(**terms))
    stage, _ = step(AwaitingAccount(asked, (rule,), ALICE), LOADED, NOW)
    assert stage.password is None
    answer = step(stage, EXPIRED, NOW)[1]
    assert "password-expired" == answer.reason


@pytest.mark.parametrize(("method", "kept"), [("pap", OLD), ("eap", None), ("portal", None)])
def test_only_where_the_nas_itself_asks(method, kept):
    """Inside EAP, and at the portal, nothing is asked four times over."""
    rule = policy("totp", password_change=True)
    asked = replace(request(password=OLD.reveal(), client=client(challenge=True)), method=method)
    stage, _ = step(AwaitingAccount(asked, (rule,), ALICE), LOADED, NOW)
    assert kept == stage.password


# --- what is kept between two requests ---

KEY = b"k" * 32


def seal(plain):
    return seal_under(KEY, plain, "one login")


def opens(sealed):
    return open_under(KEY, sealed, "one login")


@pytest.mark.parametrize("texts", [None, (), (b"New-Passw0rd",)])
def test_no_password_stands_in_the_store(texts):
    """What is parked is sealed, and is what it was when it is opened."""
    stage = walked(EXPIRED)[0] if texts is None else offered(*texts)[0]
    text = park(stage, seal)
    octets = base64.b64decode(json.loads(text)["octets"])
    for secret in (b"Passw0rd", b"alice", base64.b64encode(OLD.reveal())):
        assert secret not in octets
        assert secret not in text.encode()
    assert stage == unpark(text, opens)


def test_of_the_new_password_a_digest_is_kept():
    """Even in what is sealed."""
    text = park(offered(b"New-Passw0rd")[0], Secret.reveal)
    octets = base64.b64decode(json.loads(text)["octets"])
    assert base64.b64encode(OLD.reveal()) in octets
    assert b"New-Passw0rd" not in octets
    assert base64.b64encode(b"New-Passw0rd") not in octets


def test_another_login_opens_nothing():
    """A sealed stage serves its own login alone; a changed one none."""
    text = park(offered()[0], seal)
    with pytest.raises(UnreadableRecord):
        unpark(text, lambda sealed: open_under(KEY, sealed, "another login"))
    with pytest.raises(UnreadableRecord):
        unpark(text.replace("new password", "second factor"), opens)
    for broken in ('{"sealed": "new password"}', '{"sealed": ', '{"sealed": "x", "octets": ""}'):
        with pytest.raises(UnreadableRecord):
            unpark(broken, opens)


def test_what_holds_no_password_is_parked_as_ever():
    """So that a login that was parked before an update goes on after it."""
    stage, _ = walked(e.FirstFactorPassed())
    assert isinstance(stage, AwaitingAnswer)
    text = park(stage, seal)
    assert "known" in json.loads(text)
    assert stage == unpark(text, opens)


def test_sealing_under_a_key():
    """Each time otherwise; nothing but the same key and context opens it."""
    assert seal(OLD) != seal(OLD)
    assert OLD == opens(seal(OLD))
    for key, context in ((b"x" * 32, "one login"), (KEY, "another")):
        with pytest.raises(NotSealed):
            open_under(key, seal(OLD), context)
    for short in (b"", b"x" * 12, b"x" * 27):
        with pytest.raises(NotSealed):
            opens(short)


def test_the_record_shows_no_password():
    """Neither typed nor sent."""
    event, action = typed(b"New-Passw0rd"), offered(b"New-Passw0rd", b"New-Passw0rd")[1]
    assert b"assw0rd" not in write_step(event, action)


# --- whatever happens ---


GRACE = e.FirstFactorPassed(grace=True)
TYPED = [b"new", b"new", b"new", b"other", b"", b"short"]


@st.composite
def changing(draw):
    """Draw a whole login with an expired password: its policy and its steps."""
    rule = policy(
        *draw(st.sampled_from([("totp",), ("push", "totp"), ("recovery", "totp"), ("push",)])),
        challenge=True,
        password_change=True,
        append_code=draw(st.booleans()),
        number_matching=draw(st.sampled_from(["off", "when-possible"])),
    )
    asked = request(password=draw(st.sampled_from([b"pw", b"pw,123456"])), client=client())
    stage, event, steps = Arrived(asked, (rule,)), e.LoginStarted(), []
    for _ in range(40):
        stage, action = step(stage, event, NOW)
        steps.append((event, action))
        match action:
            case a.Challenge():
                stage = unpark(park(stage, Secret.reveal), Secret)
                texts = TYPED if action.hidden else [b"123456", b"123456", b"123456", b""]
                event = typed(draw(st.sampled_from(texts)))
            case a.FindPerson():
                event = e.PersonFound(ALICE)
            case a.LoadAccount():
                event = LOADED
            case a.CheckFirstFactor():
                event = draw(st.sampled_from([EXPIRED, EXPIRED, MUST_CHANGE, GRACE]))
            case _ if isinstance(action, a.Answer):
                break
            case _:
                event = answers_to(action, stage, draw)
    return rule, steps


@given(changing())
def test_no_change_without_the_old_password_and_a_second_factor(history):
    """The old one proved right in this login goes with the new; a code or phone came before."""
    rule, steps = history
    tried = [action.password for _, action in steps if isinstance(action, a.CheckFirstFactor)]
    events = []
    for event, action in steps:
        events.append(event)
        if isinstance(action, a.ChangePassword):
            assert rule.password_change
            assert [action.old] == tried
            assert any(proves(one) for one in events)
            assert any(isinstance(x, e.ApprovalClaimed | e.PasscodeAccepted) for x in events)
            given_texts = [one.text for one in events if isinstance(one, e.AnswerGiven)]
            given_texts = [text for text in given_texts if text]
            assert [action.new] * 2 == given_texts[-2:]
    assert 3 >= sum(isinstance(action, a.ChangePassword) for _, action in steps)


@given(changing())
def test_an_expired_password_lets_in_nobody(history):
    """But whoever changed it, in this login."""
    _, steps = history
    expired = any(isinstance(x, e.FirstFactorFailed) for x, _ in steps)
    if isinstance(steps[-1][1], a.Accept):
        assert any(isinstance(x, e.ApprovalClaimed | e.PasscodeAccepted) for x, _ in steps)
        assert isinstance(steps[-1][0], e.PasswordChanged) or not expired


def test_a_stage_is_told_from_its_kind():
    """What waits for a new password is no stage of the second factor."""
    assert isinstance(unpark(park(offered()[0], seal), opens), AwaitingNewPassword)
