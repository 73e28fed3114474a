"""How many minutes clients attended in each week, and how many they made up: two figures that are never added."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from plugin.core.week import Week, weeks
from plugin.storage import board
from plugin.storage import makeup as makeups
from plugin.storage.database import Transaction


def minutes_of_weeks(tx: Transaction, from_day: date, until_day: date, zone: ZoneInfo) -> tuple[Week, ...]:
    """The weeks that lie between two days (the second one not included), in the zone of the program."""
    begin, end = (datetime.combine(day, time(), zone) for day in (from_day, until_day))
    attended = board.attended(tx, begin, end)
    made_up = [(row.participant_id, row.handed_in_at, row.minutes) for row in makeups.accepted_minutes(tx, begin, end)]
    return weeks(attended, made_up, zone)
