"""What Zoom's report supplies: beginnings and ends that no delivery told, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.event import Event, EventKind
from plugin.core.report import supplied

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
JOINED, LEFT = EventKind.JOINED, EventKind.LEFT


def at(minute: float, second: float = 0) -> datetime:
    return TEN + timedelta(minutes=minute, seconds=second)


def delivered(kind: EventKind, moment: datetime, connection: str = "c") -> Event:
    return Event(kind=kind, at=moment, received_at=moment, delivery=1, connection=connection)


def row(begin: datetime, end: datetime | None, kind: EventKind = EventKind.PRESENCE_REPORTED) -> Event:
    return Event(kind=kind, at=begin, ended_at=end, received_at=at(90), delivery=9, connection="c")


def found(events: list[Event], *rows: Event) -> list[tuple[EventKind, datetime]]:
    """What the rows add to what was delivered."""
    return [(event.kind, event.at) for event in supplied(events, rows)[len(events) :]]


def test_row_of_which_nothing_was_delivered_supplies_both_ends():
    assert found([], row(at(0), at(50))) == [(JOINED, at(0)), (LEFT, at(50))]


@pytest.mark.parametrize(("early", "supplies"), [(5, False), (5.1, True), (0, False), (-1, False)])
def test_delivery_within_five_seconds_before_the_row_is_its_beginning(early, supplies):
    told = [delivered(JOINED, at(0, -early)), delivered(LEFT, at(50))]
    assert found(told, row(at(0), at(50))) == ([(JOINED, at(0))] if supplies else [])


@pytest.mark.parametrize(("late", "supplies"), [(5, False), (5.1, True), (0, False), (-1, False)])
def test_delivery_within_five_seconds_after_the_row_is_its_end(late, supplies):
    told = [delivered(JOINED, at(0)), delivered(LEFT, at(50, late))]
    assert found(told, row(at(0), at(50))) == ([(LEFT, at(50))] if supplies else [])


def test_an_earlier_presence_of_the_same_connection_is_another_one():
    told = [delivered(JOINED, at(-20)), delivered(LEFT, at(-10))]
    assert found(told, row(at(0), at(50))) == [(JOINED, at(0)), (LEFT, at(50))]


def test_so_is_a_later_one_and_that_of_another_connection():
    told = [delivered(JOINED, at(55)), delivered(LEFT, at(60)), delivered(JOINED, at(0), "d")]
    assert found(told, row(at(0), at(50))) == [(JOINED, at(0)), (LEFT, at(50))]


def test_row_without_an_end_supplies_none():
    assert found([], row(at(0), None)) == [(JOINED, at(0))]
    assert found([delivered(JOINED, at(0))], row(at(0), None)) == []


def test_wait_that_was_reported_supplies_a_wait():
    waited = row(at(0), at(5), EventKind.WAIT_REPORTED)
    assert found([], waited) == [(EventKind.WAITING_BEGAN, at(0)), (EventKind.WAITING_ENDED, at(5))]


def test_word_that_the_report_is_complete_supplies_nothing():
    assert found([], row(at(50), None, EventKind.REPORT_COMPLETED)) == []
