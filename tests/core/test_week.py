"""Minutes by week: attended and made up, side by side and never added."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from plugin.core.week import weeks

NEW_YORK = ZoneInfo("America/New_York")


def test_a_week_begins_on_monday_where_the_program_is():
    last_of_sunday = datetime(2026, 11, 23, 4, 59, tzinfo=UTC)  # 23:59 on Sunday in New York
    monday = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    found = weeks([("C-1", last_of_sunday, 30.0, True), ("C-1", monday, 40.0, False)], [], NEW_YORK)
    assert [(w.begins_on, w.attended_minutes, w.provisional_sessions) for w in found] == [
        (date(2026, 11, 16), 30.0, 0), (date(2026, 11, 23), 40.0, 1),
    ]  # fmt: skip


def test_made_up_minutes_stand_apart_in_the_week_in_which_they_were_handed_in():
    missed, later = datetime(2026, 11, 18, 15, tzinfo=UTC), datetime(2026, 11, 25, 15, tzinfo=UTC)
    found = weeks(
        [("C-1", missed, 0.0, True), ("C-1", later, 50.5, True)], [("C-1", later, 40), ("C-2", later, 20)], NEW_YORK
    )
    assert [(w.participant_id, w.begins_on.day, w.attended_minutes, w.makeup_minutes) for w in found] == [
        ("C-1", 16, 0.0, 0), ("C-1", 23, 50.5, 40), ("C-2", 23, 0.0, 20),
    ]  # fmt: skip
