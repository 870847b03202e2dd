"""How long a session lasts, and what a proof in it is good for."""

import pytest

from proxy.accounts.web_session import IDLE, LONGEST, RECENT, WebSession

NOW = 1_700_000_000.0


def session(proof="push", proved_at=NOW, seen_at=NOW):
    return WebSession(b"d", 1, "corp", "alice", proof, proved_at, seen_at, NOW + LONGEST)


def test_it_is_over_when_idle_and_after_its_longest_time():
    """Whichever comes first."""
    assert not session().is_over(NOW + IDLE - 1)
    assert session().is_over(NOW + IDLE)
    assert not session(seen_at=NOW + LONGEST - 2).is_over(NOW + LONGEST - 1)
    assert session(seen_at=NOW + LONGEST - 2).is_over(NOW + LONGEST)


@pytest.mark.parametrize("proof", ["push", "totp", "recovery"])
def test_a_second_factor_is_recent_for_five_minutes(proof):
    """Not before it was given, where a clock went back."""
    assert session(proof).proved_recently(NOW + RECENT - 1)
    assert not session(proof).proved_recently(NOW + RECENT)
    assert not session(proof).proved_recently(NOW - 1)


def test_a_password_alone_proves_nothing():
    """It serves a first enrolment."""
    assert session("password").first
    assert not session("password").proved_recently(NOW)


@pytest.mark.parametrize(("proof", "may"), [("push", True), ("recovery", True), ("totp", False)])
def test_what_replaces_a_phone(proof, may):
    """The phone itself or a recovery code, a moment ago."""
    assert may == session(proof).may_replace_phone(NOW)
    assert not session(proof).may_replace_phone(NOW + RECENT)
