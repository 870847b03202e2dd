"""How the counter of a passkey goes on."""

import pytest

from proxy.accounts.passkey import counts_on


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 0, True),
        (0, 1, True),
        (1, 2, True),
        (1, 9, True),
        (1, 1, False),
        (2, 1, False),
        (1, 0, False),
    ],
)
def test_a_counter_goes_on(before, after, expected):
    """It grows, or there is none; a copy of the passkey stands or goes back."""
    assert expected is counts_on(before, after)
