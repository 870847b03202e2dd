"""Days and hours, by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.login.hours import WEEK, Hours, Span

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = frozenset(range(7))
FRIDAY = frozenset({4})


def at(text, zone=BERLIN, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def hours(days, begins, ends, zone=BERLIN):
    return Hours((Span(days, begins * 60, ends * 60),), zone)


@pytest.mark.parametrize(
    ("moment", "held"),
    [
        ("2026-11-27T06:59:59", False),
        ("2026-11-27T07:00:00", True),
        ("2026-11-27T18:59:59", True),
        ("2026-11-27T19:00:00", False),
        ("2026-11-26T12:00:00", False),
    ],
)
def test_the_first_minute_is_in_and_the_last_is_not(moment, held):
    """On its days alone."""
    assert held is hours(FRIDAY, 7, 19).hold(at(moment))


@pytest.mark.parametrize(
    ("moment", "held"),
    [
        ("2026-11-27T21:59:59", False),
        ("2026-11-27T22:00:00", True),
        ("2026-11-28T05:59:59", True),
        ("2026-11-28T06:00:00", False),
        ("2026-11-27T05:00:00", False),
        ("2026-11-28T23:00:00", False),
    ],
)
def test_a_span_past_midnight_belongs_to_the_day_it_begins_on(moment, held):
    """Friday night goes on into Saturday morning; Thursday night was another."""
    assert held is hours(FRIDAY, 22, 6).hold(at(moment))


def test_sunday_night_goes_on_into_monday():
    """The week is a circle."""
    assert hours(frozenset({6}), 22, 6).hold(at("2026-11-30T01:00:00"))


def test_seven_is_seven_in_summer_and_winter():
    """One clock, whatever it is away from UTC."""
    office = hours(EVERY_DAY, 7, 19)
    assert office.hold(at("2026-07-01T05:30:00", UTC))
    assert not office.hold(at("2026-12-01T05:30:00", UTC))


def test_an_hour_that_comes_twice_is_in_twice():
    """Clocks go back from 3:00 to 2:00."""
    night = hours(EVERY_DAY, 2, 3)
    assert night.hold(at("2026-10-25T02:30:00", fold=0))
    assert night.hold(at("2026-10-25T02:30:00", fold=1))
    assert at("2026-10-25T02:30:00", fold=1) - at("2026-10-25T02:30:00", fold=0) == 3600


def test_an_hour_that_is_left_out_is_in_no_span():
    """Clocks go on from 2:00 to 3:00, and a span over midnight is an hour shorter."""
    last = at("2026-03-29T01:59:59")
    assert not hours(EVERY_DAY, 2, 3).hold(last + 1)
    assert hours(EVERY_DAY, 22, 6).hold(last + 1)
    assert at("2026-03-29T06:00:00") - at("2026-03-28T22:00:00") == 7 * 3600


def test_the_zone_of_the_system(monkeypatch):
    """Where none is named."""
    moment = at("2026-12-01T06:30:00", UTC)
    local = datetime.fromtimestamp(moment).astimezone().hour
    assert hours(EVERY_DAY, local, local + 1 if local < 23 else 24, zone=None).hold(moment)


@given(
    st.builds(
        Span,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.integers(0, 1439),
        st.integers(1, 1440),
    ).filter(lambda span: span.begins != span.ends),
    st.integers(0, WEEK - 1),
)
def test_the_minutes_of_a_span_are_those_that_it_holds(span, minute):
    """Two ways to say the same."""
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    moment = (monday + timedelta(minutes=minute)).timestamp()
    assert (minute in set(span.minutes())) is Hours((span,), UTC).hold(moment)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-27T22:00:00", "2026-11-28T06:00:00"),
        ("2026-11-28T05:59:59", "2026-11-28T06:00:00"),
        ("2026-03-28T23:00:00", "2026-03-29T06:00:00"),
    ],
)
def test_when_they_end(moment, end):
    """Past midnight, and through a change of clocks."""
    assert at(end) == hours(EVERY_DAY, 22, 6).until(at(moment))


def test_spans_that_follow_each_other_end_with_the_last():
    """A night and the morning behind it; a whole week never ends."""
    night, morning = Span(EVERY_DAY, 22 * 60, 6 * 60), Span(EVERY_DAY, 6 * 60, 8 * 60)
    found = Hours((night, morning), BERLIN).until(at("2026-11-27T23:00:00"))
    assert at("2026-11-28T08:00:00") == found
    assert hours(EVERY_DAY, 0, 24).until(at("2026-11-27T23:00:00")) is None


@given(
    now=st.floats(1_700_000_000, 1_800_000_000),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    begins=st.integers(0, 23),
    ends=st.integers(1, 24),
)
def test_the_end_is_the_first_moment_outside(now, days, begins, ends):
    """A second before it is inside still."""
    one = hours(days, begins, ends if ends != begins else ends % 24 + 1, ZoneInfo("UTC"))
    end = one.until(now) if one.hold(now) else None
    if end is not None:
        assert not one.hold(end)
        assert one.hold(end - 1)
