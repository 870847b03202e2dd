"""What `password_change` needs."""

import pytest

from proxy.settings.check import check
from proxy.settings.plain import policies

FACTORS = "factors: [push, totp]"
CHANGE = f"{FACTORS}\n    password_change: true"
WITHOUT_FACTORS = (
    "16: policies[0].password_change: found true without `factors`, wanted a second factor: an old "
    "password alone must not lead to a new one"
)
WITHOUT_TLS = (
    "17: policies[0].password_change: found true, but directory corp is not reached by TLS alone"
)
CLEAR = ("ldaps://dc1.example.org", "ldap://dc1.example.org")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            [(FACTORS, CHANGE.replace("[push, totp]", "[]"))],
            WITHOUT_FACTORS,
        ),
        (
            [
                (FACTORS, CHANGE),
                CLEAR,
                ("    user_filter", "    allow_cleartext: true\n    user_filter"),
            ],
            WITHOUT_TLS,
        ),
    ],
)
def test_faults(config, changes, fault):
    """Each at its line."""
    assert [fault] == config.bad(*changes)


def test_starttls_will_do(config):
    """As ldaps:// does."""
    loaded = config.good(
        (FACTORS, CHANGE), CLEAR, ("    user_filter", "    start_tls: true\n    user_filter")
    )
    assert [True] == [one.password_change for one in policies(loaded.settings, loaded.attributes)]


def test_a_client_that_shows_no_challenge_is_warned_of(config):
    """Nobody is asked for a new password there."""
    words = "no client of this policy shows a challenge, so no new password is asked for"
    told = [str(one) for one in check(config.good((FACTORS, CHANGE)))]
    assert any(words in line for line in told)
    able = config.good((FACTORS, CHANGE), ("  vpn:", "  vpn:\n    challenge: true"))
    assert not any(words in str(one) for one in check(able))
