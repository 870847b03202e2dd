"""What a push service's answer means, and when a message is sent again."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.push.retrying import LONGEST_PAUSE, pause, retry_after, verdict_of

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, "sent"),
        (201, "sent"),
        (202, "sent"),
        (301, "refused"),
        (307, "refused"),
        (400, "refused"),
        (403, "refused"),
        (404, "gone"),
        (410, "gone"),
        (413, "refused"),
        (408, "later"),
        (429, "later"),
        (500, "later"),
        (503, "later"),
    ],
)
def test_what_an_answer_means(status, verdict):
    """RFC 8030 sections 5 and 7.3, RFC 6585 section 4; a redirection is not followed."""
    assert verdict == verdict_of(status)


def test_pauses_double():
    """Up to half a minute."""
    assert [1, 2, 4, 8, 16, 30, 30] == [pause(tries, None, 0.0) for tries in range(1, 8)]


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_pauses_are_bounded(tries, jitter):
    """However often it was tried."""
    assert 1.0 <= pause(tries, None, jitter) <= LONGEST_PAUSE * 1.5


def test_a_service_may_ask_for_more():
    """For less than the pause it need not ask."""
    assert (60.0, 16.0) == (pause(1, 60.0, 0.0), pause(5, 3.0, 0.0))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW - 30, usegmt=True), 0.0),
        ("soon", None),
        ("-1", None),
        ("٣", None),
        ("9" * 30, None),
        ("", None),
    ],
)
def test_what_a_service_asks_for(value, seconds):
    """RFC 9110 section 10.2.3: seconds or a date; what is neither is nothing."""
    assert seconds == retry_after(value, NOW)


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_nothing(text):
    """And never before now."""
    found = retry_after(text, NOW)
    assert found is None or found >= 0
