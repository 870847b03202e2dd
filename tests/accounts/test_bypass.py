"""Break-glass."""

import pytest

from proxy.accounts.bypass import REASON_LENGTH, reason_of


def test_a_reason_is_one_line():
    """White space of any kind becomes one blank."""
    assert "lost the phone, ticket 4711" == reason_of("  lost the phone,\n\tticket 4711 ")


@pytest.mark.parametrize("text", ["", " \n", "x" * (REASON_LENGTH + 1), "bell \x07"])
def test_what_is_no_reason(text):
    """Nothing, too much, or what no terminal should be sent."""
    assert reason_of(text) is None
