"""Who is expected in a meeting and when, and from when on whoever comes into it comes to this session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.event import Event, EventKind
from plugin.core.schedule import Expected, Schedule

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
APPOINTMENT = Appointment("A1", Kind.GROUP, TEN, TEN + HOUR, "9", ())


def session(starts_at: datetime, ends_at: datetime) -> Expected:
    return Expected("9", starts_at, ends_at, ())


@pytest.mark.parametrize(("over", "free_since"), [(TEN - HOUR, TEN), (TEN - HOUR - SECOND, TEN - HOUR)])
def test_session_that_was_over_within_the_early_time_leaves_only_the_time_since_the_start(over, free_since):
    """Whatever the order in which the roster names them."""
    mine, before = session(TEN, TEN + HOUR), session(TEN - 3 * HOUR, over)
    later = session(TEN + 4 * HOUR, TEN + 5 * HOUR)
    for expected in ((mine, before, later), (later, mine, before), (before, later, mine)):
        assert Schedule(expected).free_since(APPOINTMENT, HOUR) == free_since


def somewhen(hour: int, length: int, code: str) -> Expected:
    start = TEN + timedelta(hours=hour)
    return Expected("9", start, start + timedelta(hours=length), (code,))


@given(
    st.lists(st.builds(somewhen, st.integers(-60, 60), st.integers(1, 30), st.sampled_from("PQ")), max_size=30),
    st.integers(-70, 70),
    st.integers(1, 5),
)
def test_of_many_sessions_those_near_are_found_as_if_each_were_looked_at(sessions, hour, early):
    at, person = TEN + timedelta(hours=hour), Participant("P", Role.CLIENT)
    schedule, minute = Schedule(sessions), timedelta(minutes=1)
    for moment in (at - HOUR - minute, at - HOUR, at, at + HOUR + minute):
        around = [one for one in sessions if one.starts_at - HOUR <= moment <= one.ends_at + HOUR]
        assert bool(schedule.of_person("P", came(moment))) is any("P" in one.codes for one in around)
        assert schedule.is_on("9", moment) is any(moment <= one.ends_at for one in around)
        away = distance(APPOINTMENT.starts_at, APPOINTMENT.ends_at, moment)
        nearer = [one for one in sessions if distance(one.starts_at, one.ends_at, moment) < away]
        theirs = [one for one in nearer if "P" in one.codes and one.starts_at != TEN]
        assert schedule.of_another(person, APPOINTMENT, moment) is bool(theirs)
    window = timedelta(hours=early)
    before = [one for one in sessions if one.starts_at < TEN and one.ends_at >= TEN - window]
    assert schedule.free_since(APPOINTMENT, window) == (TEN if before else TEN - window)


def came(at: datetime) -> Event:
    return Event(EventKind.JOINED, at, 1, at, meeting_id="9")


def distance(starts_at: datetime, ends_at: datetime, at: datetime) -> timedelta:
    """How long before or after a session a moment is."""
    return max(starts_at - at, at - ends_at, timedelta())
