"""An exact time that a client asks for: as the clock on their wall shows it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.core.asked_time import NoSuchTime, asked_slot, read_time
from plugin.core.slot import BookableHours, Wish

NOW = datetime(2026, 10, 20, 14, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
WISH = Wish(HOUR, NOW + 24 * HOUR, NOW + timedelta(days=14), NOW, "America/New_York", 8, 21)
HOURS = [BookableHours(day, time(9), time(17), "America/New_York") for day in range(5)]


def test_it_is_read_in_the_clients_zone():
    assert read_time("2026-10-27", "14:30", NEW_YORK, NOW) == datetime(2026, 10, 27, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "problem"),
    [
        ("", "14:30", "time-unread"), ("2026-10-27", "", "time-unread"), ("27.10.2026", "14:30", "time-unread"),
        ("9999-12-31", "23:59", "time-unread"), ("2026-10-20", "10:00", "time-past"),
        ("2026-11-01", "01:30", "time-twice"), ("2027-03-14", "02:30", "time-skipped"),
        ("2027-10-22", "10:00", "time-far"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_said(day, clock, problem):
    with pytest.raises(NoSuchTime) as told:
        read_time(day, clock, NEW_YORK, NOW)
    assert told.value.problem == problem


@pytest.mark.parametrize(("clock", "problem"), [("09:59", "time-past"), ("10:00", "time-past"), ("10:01", None)])
def test_now_has_passed(clock, problem):
    if problem is None:
        assert read_time("2026-10-20", clock, NEW_YORK, NOW) == NOW + timedelta(minutes=1)
    else:
        with pytest.raises(NoSuchTime, match=problem):
            read_time("2026-10-20", clock, NEW_YORK, NOW)


@pytest.mark.parametrize("clock", ["00:59", "02:00"])
def test_hours_beside_the_change_are_fine(clock):
    assert read_time("2026-11-01", clock, NEW_YORK, NOW)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (at(27, 10, 10), ""), (at(27, 9), ""), (at(27, 16), ""),
        (at(27, 16, 1), "bookable hours"), (at(27, 8, 59), "bookable hours"), (at(25, 10), "bookable hours"),
        (at(20, 16), "Sooner than usual"), (datetime(2026, 11, 5, 15, tzinfo=UTC), "Later than usual"),
        (WISH.earliest, ""), (WISH.latest, ""),
        (at(27, 6), "client's day"),
    ],
)  # fmt: skip
def test_what_stands_against_it_is_said_to_the_coordinator(asked, told):
    slot = asked_slot(asked, HOURS, (), WISH)
    assert (slot.starts_at, slot.ends_at) == (asked, asked + HOUR)
    assert slot.because.startswith("The time that the client asked for.")
    assert told in slot.because
    assert told or slot.because == "The time that the client asked for."


@pytest.mark.parametrize(("minutes", "free"), [(59, False), (60, True)])
def test_time_at_which_somebody_has_something_else_is_none(minutes, free):
    asked = at(27, 10)
    before = [(asked - 3 * HOUR, asked - 2 * HOUR), (asked - HOUR, asked)]
    busy = [*before, (asked + timedelta(minutes=minutes), asked + 3 * HOUR)]
    assert (asked_slot(asked, HOURS, busy, WISH) is not None) is free
