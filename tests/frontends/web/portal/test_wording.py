"""What a refusal tells: something for each reason, and nothing to whoever guesses."""

from typing import get_args

import pytest

from proxy.accounts.self_service import PastLogin
from proxy.frontends.web.portal.wording import OVER, WRONG, outcome, rejected
from proxy.login.actions import PassedFactor, Reject, RejectReason

HIDING = {"bad-credentials", "not-allowed", "blocked", "another-person", "replayed"}


@pytest.mark.parametrize("reason", get_args(RejectReason))
def test_every_reason_has_words(reason):
    """Whether the password was right or not."""
    for told in (True, False):
        for after in (True, False):
            assert rejected(Reject(reason, told), after_password=after)


@pytest.mark.parametrize("reason", sorted(HIDING))
def test_what_would_tell_a_stranger_more_sounds_alike(reason):
    """A wrong password, an unknown name, a blocked account, nobody of a group."""
    assert WRONG == rejected(Reject(reason), after_password=False)
    assert OVER == rejected(Reject(reason), after_password=True)


@pytest.mark.parametrize("reason", ["not-enrolled", "password-expired", "account-disabled"])
def test_what_proves_the_password_is_told_only_where_the_core_says_so(reason):
    """`told` is the core's word that the password was right."""
    assert WRONG == rejected(Reject(reason), after_password=False)
    assert WRONG != rejected(Reject(reason, told=True), after_password=False)


@pytest.mark.parametrize("reason", get_args(PassedFactor))
def test_how_somebody_was_let_in(reason):
    """In words."""
    told = outcome(PastLogin("1", 0.0, "vpn", "o", "accept", reason, None))
    assert told.startswith("Let in: ")
    assert reason not in told or " " in told
