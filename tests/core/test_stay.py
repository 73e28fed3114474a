"""Whose events belong together, when thousands of stays share the number of one connection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from plugin.core.event import Event, EventKind
from plugin.core.stay import MOST_WAYS, stays

THREE = datetime(2026, 3, 2, 15, tzinfo=UTC)
MANY = 10_000
"""So many that looking at each two of them would take minutes."""


def joined(number: int, **keys: str) -> Event:
    at = THREE + timedelta(seconds=number)
    told = {"instance": "u", "connection": "7", "stay": f"s{number}"} | keys
    return Event(EventKind.JOINED, at, number, at, **told)


def test_stays_that_say_nothing_of_themselves_stay_together():
    assert len(stays([joined(number) for number in range(MANY)])) == 1


def test_one_person_may_show_several_names_and_not_any_number():
    renamed = [joined(number, registrant_id="reg-1", name=f"Name {number}") for number in range(MANY)]
    assert len(stays(renamed[:MOST_WAYS])) == 1
    assert len(stays(renamed[: MOST_WAYS + 1])) == MOST_WAYS + 1
    assert len(stays(renamed)) == MANY


def test_what_arrived_in_another_order_stands_in_the_order_in_which_it_happened():
    for arrived in permutations((1, 2, 3)):
        told = [joined(number, stay="s") for number in arrived]
        assert [event.delivery for event in stays(told)[0]] == [1, 2, 3]
