"""A seat in another group: which sessions fit the client, and how many others may pick the same seat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.seat import Room, free_seats
from plugin.core.slot import Wish

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOM = Room("G2", NINE, NINE + HOUR, "M1", 8, 5, frozenset({"C-2"}))
WISH = Wish(HOUR, NINE - HOUR, NINE + HOUR, NINE - timedelta(days=7), "UTC", waking_from=8, waking_until=21)


def fits(room: Room = ROOM, busy=(), wish: Wish = WISH, client: str = "C-1") -> bool:
    return bool(free_seats([room], client, busy, wish))


def moved(hours: float) -> Room:
    return replace(ROOM, starts_at=NINE + hours * HOUR, ends_at=NINE + (hours + 1) * HOUR)


@pytest.mark.parametrize(("hours", "in_window"), [(-1, True), (0, True), (1, True), (-1.01, False), (1.01, False)])
def test_session_begins_within_the_window_both_ends_included(hours, in_window):
    assert fits(moved(hours), wish=replace(WISH, waking_from=0)) is in_window


@pytest.mark.parametrize(("wakes", "sleeps", "awake"), [(9, 10, True), (10, 21, False), (8, 9, False)])
def test_session_lies_in_the_day_of_the_client(wakes, sleeps, awake):
    assert fits(wish=replace(WISH, waking_from=wakes, waking_until=sleeps)) is awake


@pytest.mark.parametrize(
    ("begin", "end", "free"),
    [
        (-1, 0, True),
        (1, 2, True),
        (-1, -0.5, True),
        (1.5, 2, True),
        (-1, 0.01, False),
        (0.99, 2, False),
        (0.4, 0.6, False),
    ],
)
def test_what_only_touches_the_session_leaves_room_for_it(begin, end, free):
    assert fits(busy=[(NINE + begin * HOUR, NINE + end * HOUR)]) is free


def test_nobody_is_offered_the_group_they_are_in_or_one_without_a_seat():
    assert fits()
    assert not fits(client="C-2")
    assert not fits(replace(ROOM, free=0))


@pytest.mark.parametrize(("free", "told"), [(1, "1 seat of 8 free"), (2, "2 seats of 8 free")])
def test_what_speaks_for_it_counts_the_seats(free, told):
    assert told in free_seats([replace(ROOM, free=free)], "C-1", (), WISH)[0].because


@pytest.mark.parametrize(("others", "free", "rivals"), [(0, 1, 0), (1, 1, 1), (1, 2, 0), (3, 2, 2), (2, 5, 0)])
def test_rivals_are_the_others_for_whom_no_further_seat_is_left(others, free, rivals):
    assert replace(ROOM, others=others, free=free).rivals == rivals
