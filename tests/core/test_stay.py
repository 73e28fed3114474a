"""Whose events belong together, when thousands of stays share the number of one connection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plugin.core.event import Event, EventKind
from plugin.core.stay import MOST_WAYS, stays

THREE = datetime(2026, 3, 2, 15, tzinfo=UTC)
MANY = 10_000
"""So many that looking at each two of them would take minutes."""


def joined(number: int, **keys: str) -> Event:
    at = THREE + timedelta(seconds=number)
    return Event(EventKind.JOINED, at, number, at, instance="u", connection="7", stay=f"s{number}", **keys)


def test_stays_that_say_nothing_of_themselves_stay_together():
    assert len(stays([joined(number) for number in range(MANY)])) == 1


def test_one_person_may_show_several_names_and_not_any_number():
    renamed = [joined(number, registrant_id="reg-1", name=f"Name {number}") for number in range(MANY)]
    assert len(stays(renamed[:MOST_WAYS])) == 1
    assert len(stays(renamed[: MOST_WAYS + 1])) == MOST_WAYS + 1
    assert len(stays(renamed)) == MANY
