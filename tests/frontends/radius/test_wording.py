from typing import get_args

import pytest

from proxy.frontends.radius.wording import REFUSED, challenge_text, reject_text
from proxy.login.actions import Challenge, Prompt, Reject, RejectReason

URL = "https://mfa.example.org"


def challenge(prompt, number=None, code=True):
    return Challenge(prompt, number, code, 0.0)


@pytest.mark.parametrize("reason", get_args(RejectReason))
def test_what_is_not_told_looks_the_same(reason):
    """Whatever the reason, who has not proved the password reads one text."""
    assert REFUSED == reject_text(Reject(reason), URL)


@pytest.mark.parametrize(
    "reason", ["bad-credentials", "not-allowed", "blocked", "another-person", "state", "wrong-code"]
)
def test_some_reasons_are_never_told(reason):
    """They have no text of their own, even if they were marked as told."""
    assert REFUSED == reject_text(Reject(reason, told=True), URL)


def test_who_is_not_enrolled_is_told_where_to_enrol():
    """The address of the portal stands in the text."""
    assert URL in reject_text(Reject("not-enrolled", told=True), URL)


def test_another_login_is_told_to_wait_on_the_phone():
    """The person learns that the phone shows another login."""
    assert "waiting" in reject_text(Reject("another-login", told=True), URL)
    assert "phone" in reject_text(Reject("another-login", told=True), URL)


@pytest.mark.parametrize("prompt", get_args(Prompt))
def test_every_text_fits_one_reply_message(prompt):
    """253 octets, RFC 2865 section 5.18."""
    for number in (None, "1234567890"):
        assert 0 < len(challenge_text(challenge(prompt, number)).encode()) <= 253
    for reason in get_args(RejectReason):
        assert 0 < len(reject_text(Reject(reason, told=True), URL).encode()) <= 253


@pytest.mark.parametrize("prompt", ["type-number", "wrong-code", "number-goes-on-phone"])
def test_a_number_is_shown_wherever_there_is_one(prompt):
    """As a word of its own, with the code as the other way where there is one."""
    both = challenge_text(challenge(prompt, "042517"))
    assert "042517" in both.replace(".", " ").split()
    assert "code here" in both
    assert "code here" not in challenge_text(challenge(prompt, "042517", code=False))


def test_an_approval_is_asked_for_with_and_without_a_code():
    """The second half stands there only where the person has a code."""
    assert "enter a code" in challenge_text(challenge("approve-or-code"))
    assert "code" not in challenge_text(challenge("approve", code=False))


def test_a_code_is_asked_for():
    """And once more after a wrong one."""
    assert "Enter your code." == challenge_text(challenge("enter-code"))
    assert "not accepted" in challenge_text(challenge("wrong-code"))


@pytest.mark.parametrize("prompt", ["type-number", "wrong-code", "number-goes-on-phone"])
def test_a_number_to_press_is_never_one_to_type(prompt):
    """The app on such a phone has no field for it, and is not woken: it has to be opened."""
    told = challenge_text(Challenge(prompt, "42", True, 0.0, press=True))
    assert "Open the app on your phone, press 42 and continue, or enter a code here." in told
    assert "ype" not in told


@pytest.mark.parametrize("prompt", get_args(Prompt))
@pytest.mark.parametrize("press", [False, True])
@pytest.mark.parametrize("code", [False, True])
@pytest.mark.parametrize("number", [None, "0425171234"])
def test_a_text_fits_what_the_nas_shows(prompt, press, code, number):
    """Whatever the limit, the text is no longer, and the number, where there is one, is in it."""
    asked = Challenge(prompt, number, code, 0.0, press=press)
    shown = number is not None and number in challenge_text(asked)
    for limit in range(10, 130):
        told = challenge_text(asked, limit)
        assert 0 < len(told) <= limit
        assert not shown or number in told


def test_what_fits_is_worded_as_usual():
    """A limit that the usual text keeps changes nothing."""
    asked = challenge("type-number", "042517")
    assert challenge_text(asked) == challenge_text(asked, len(challenge_text(asked)))


def test_a_shorter_text_opens_with_the_number():
    """What to do with it, and the code as the other way, follow as far as there is room."""
    asked = challenge("wrong-code", "042517")
    assert "042517: type it on your phone and continue. Or a code here. Wrong code." == (
        challenge_text(asked, 99)
    )
    assert "042517: type it on your phone. Or a code here." == challenge_text(asked, 60)
    assert "042517" == challenge_text(asked, 10)
