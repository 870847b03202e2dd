"""Text to values."""

from types import SimpleNamespace

import pytest

from proxy.settings.values import parse_duration, shown, written


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("15m", 900), ("12h", 43_200), ("1d", 86_400), ("0s", 0)],
)
def test_durations(text, seconds):
    """A duration is a whole number and a unit."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "1.5s", "-1s", "30 s", "30S", "1h30m", "٣s"])
def test_not_durations(text):
    """Anything else is none, other scripts' digits included."""
    assert parse_duration(text) is None


@pytest.mark.parametrize("text", ["500ms", "30s", "5m", "12h", "2d", "0s", "1500ms"])
def test_durations_are_written_as_read(text):
    """What is said about a duration reads as the operator wrote it."""
    assert written(parse_duration(text)) == text


def test_a_password_in_a_url_is_not_shown():
    """Whatever is wrong with it."""
    assert "'postgresql://***@db/x'" == shown("postgresql://countersign:hunter2@db/x")
    assert "'ldap://***@dc1'" == shown("ldap://cn=a/b:hun@ter2@dc1")


def test_what_is_shown_of_a_value():
    """A fault shows what was found, shortened, and only the kind of what has parts."""
    found = [None, True, "x" * 100, 3, {"a": 1}, (1,), SimpleNamespace()]
    shown_texts = ["nothing", "true", f"'{'x' * 80}'...", "3", "a mapping", "a list"]
    assert [shown(value) for value in found] == [*shown_texts, "SimpleNamespace"]
