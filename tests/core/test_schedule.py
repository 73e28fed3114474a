"""From when on whoever comes into a meeting comes to this session, when others are held in it too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.appointment import Appointment, Kind
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
