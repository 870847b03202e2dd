"""Days, hours and time zones, as they are written."""

import pytest

from proxy.login.hours import Span
from proxy.settings import times
from proxy.settings.times import parse_span

EVERY_DAY = frozenset(range(7))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("07:00-19:00", Span(EVERY_DAY, 420, 1140)),
        ("mon-fri 07:00-19:00", Span(frozenset({0, 1, 2, 3, 4}), 420, 1140)),
        ("sat 08:30-12:00", Span(frozenset({5}), 510, 720)),
        ("sat-mon 00:00-24:00", Span(frozenset({5, 6, 0}), 0, 1440)),
        ("fri 22:00-06:00", Span(frozenset({4}), 1320, 360)),
        ("fri 22:00-00:00", Span(frozenset({4}), 1320, 1440)),
        ("sat", None),
        ("sat,sun 10:00-12:00", None),
        ("Sat 10:00-12:00", None),
        ("7:00-19:00", None),
        ("07:60-19:00", None),
        ("07:00-24:01", None),
        ("24:00-07:00", None),
        ("07:00-07:00", None),
        ("00:00-00:00", None),
        ("", None),
    ],
)
def test_spans(text, span):
    """A day or a range of days may stand before the hours; nothing else does."""
    assert span == parse_span(text)


FACTORS = "    factors: [push, totp]\n"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("times: sat", "16: policies[0].times: found 'sat', wanted hours such as 07:00-19:00"),
        ("times: [sat,sun 10:00-12:00]", "16: policies[0].times: found 'sat', wanted hours such"),
        ("times: []", "16: policies[0].times: found a list, wanted 1 to 64 spans"),
        ("times: 7", "16: policies[0].times: found 7, wanted hours such"),
        ("time_zone: Europe/Berlin", "16: policies[0].time_zone: found without times, wanted both"),
        ("time_zone: Mars/Base", "16: policies[0].time_zone: found 'Mars/Base', wanted the name"),
        ("time_zone: ../../etc/passwd", "16: policies[0].time_zone: found '../../etc/passwd'"),
        ("time_zone: Europe", "16: policies[0].time_zone: found 'Europe', wanted the name"),
        ("time_zone: 1", "16: policies[0].time_zone: found 1, wanted the name"),
    ],
)
def test_faults(config, lines, fault):
    """By line, with what is wanted."""
    (told,) = config.bad((FACTORS, f"{FACTORS}    {lines}\n"))
    assert told.startswith(fault)


def test_one_span_needs_no_list(config):
    """As with the values of `when`."""
    loaded = config.good((FACTORS, f"{FACTORS}    times: 07:00-19:00\n    time_zone: UTC\n"))
    (policy,) = loaded.settings.policies
    assert (Span(EVERY_DAY, 420, 1140),) == policy.times
    assert "UTC" == str(policy.time_zone)


def test_a_machine_without_time_zones(config, monkeypatch):
    """The fault says what it lacks."""
    monkeypatch.setattr(times, "TZPATH", ())
    (told,) = config.bad((FACTORS, f"{FACTORS}    time_zone: Mars/Base\n"))
    assert told.endswith("such as Europe/Berlin, from the package tzdata, which this machine lacks")
