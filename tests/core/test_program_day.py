"""The row of sessions that somebody has before one of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugin.core.appointment import Appointment, Kind
from plugin.core.program_day import in_a_row_before
from plugin.core.schedule import Expected


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-02T{clock}").replace(tzinfo=UTC)


def session(name: str, begin: str, end: str) -> Expected:
    return Expected("93000000000", at(begin), at(end), ("C1",), name)


NOON = Appointment("NOON", Kind.GROUP, at("12:00"), at("13:00"), "94000000000", ())
BEFORE = session("B", "10:55", "11:30")


@pytest.mark.parametrize(
    ("others", "row"),
    [
        ([], "B"),
        ([session("A", "10:00", "10:25")], "BA"),
        ([session("A", "10:00", "10:24")], "B"),  # more than half an hour is a break
        ([session("A", "09:00", "10:30")], "BA"),
        ([session("A", "08:59", "10:30")], "B"),  # more than three hours ago
        ([session("A", "10:55", "11:20")], "BA"),  # booked twice
        ([session("Z", "12:00", "13:00"), session("L", "13:00", "14:00"), session("E", "18:00", "19:00")], "B"),
        ([session("A", "09:30", "10:25"), session("L", "13:00", "14:00"), session("Y", "09:00", "09:30")], "BAY"),
    ],
)
def test_row_is_of_those_that_begin_before_the_last_one_first(others, row):
    for sessions in ([BEFORE, *others], [*others, BEFORE]):
        assert [one.appointment_id for one in in_a_row_before(NOON, sessions)] == list(row)
