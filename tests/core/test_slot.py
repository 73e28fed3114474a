"""Another time at the time of day that the client asked for: which hours are morning, afternoon and evening."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from plugin.core.slot import BookableHours, Slot, Wish, best_slots, free_slots

MONDAY = datetime(2026, 3, 2, 0, tzinfo=UTC)
EVERY_HOUR = (BookableHours(0, time(6), time(22), "UTC"),)
ASKED, OTHER = "On a day and at a time of day that the client asked for.", "asked for other times"


def wish(days: frozenset[int] = frozenset(), *parts: str, usual: datetime = MONDAY + timedelta(hours=9)) -> Wish:
    return Wish(
        length=timedelta(minutes=50), earliest=MONDAY, latest=MONDAY + timedelta(days=1), usual_at=usual,
        client_zone="UTC", waking_from=6, waking_until=23, days=days, parts=frozenset(parts),
    )  # fmt: skip


def reasons(one: Wish) -> dict[str, str]:
    """What speaks for each free slot of that Monday, by its time."""
    return {f"{slot.starts_at:%H:%M}": slot.because for slot in free_slots(EVERY_HOUR, (), one)}


@pytest.mark.parametrize(
    ("part", "inside", "outside"),
    [
        ("morning", ("06:00", "11:30"), ("12:00", "17:00")),
        ("afternoon", ("12:00", "16:30"), ("11:30", "17:00")),
        ("evening", ("17:00", "21:00"), ("16:30", "12:00")),
    ],
)
def test_part_of_the_day_begins_at_its_hour_and_ends_before_the_next(part, inside, outside):
    told = reasons(wish(frozenset(), part))
    assert all(told[at] == ASKED for at in inside)
    assert all(OTHER in told[at] for at in outside)


def test_any_of_several_parts_will_do_and_an_unknown_word_asks_for_nothing():
    told = reasons(wish(frozenset(), "morning", "evening"))
    assert (told["09:00"], told["18:00"]) == (ASKED, ASKED)
    assert OTHER in told["13:00"]
    assert set(reasons(wish(frozenset(), "siesta")).values()) == {ASKED}


def test_both_the_day_and_the_part_must_be_as_asked_for():
    assert reasons(wish(frozenset({0}), "morning"))["09:00"] == ASKED
    assert OTHER in reasons(wish(frozenset({1}), "morning"))["09:00"]
    assert reasons(wish(frozenset({0})))["13:00"] == ASKED
    assert OTHER in reasons(wish(frozenset({1})))["13:00"]


@pytest.mark.parametrize(("at", "near"), [("08:00", True), ("10:00", True), ("07:30", False), ("10:30", False)])
def test_within_an_hour_of_the_usual_time_is_near(at, near):
    assert (reasons(wish())[at] == "Within an hour of the client's usual time.") is near


def test_usual_time_on_another_weekday_is_told_from_the_usual_weekday():
    assert reasons(wish())["09:00"] == "The usual weekday and time of the client."
    tuesday = wish(usual=MONDAY - timedelta(days=6) + timedelta(hours=9))
    assert reasons(tuesday)["09:00"] == "The usual time of day of the client."


def test_usual_time_on_a_later_day_goes_before_a_time_that_is_only_near():
    hours = (BookableHours(1, time(10), time(11), "UTC"), BookableHours(2, time(9), time(10), "UTC"))
    usual = replace(wish(), latest=MONDAY + timedelta(days=7))
    best = best_slots(free_slots(hours, (), usual), usual, 1)
    assert [slot.because for slot in best] == ["The usual time of day of the client."]


@pytest.mark.parametrize(
    ("others", "told"),
    [
        (0, ASKED),
        (1, f"{ASKED} 1 other client was offered it too: the first to pick it gets it."),
        (2, f"{ASKED} 2 other clients were offered it too: the first to pick it gets it."),
    ],
)
def test_whoever_else_was_offered_a_time_is_counted_in_what_is_said_of_it(others, told):
    time_ = Slot(MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=10), ASKED)
    assert [slot.because for slot in best_slots([time_], wish(), 1, {time_: others})] == [told]


def test_times_that_the_clock_skips_are_no_slots_and_of_an_hour_that_comes_twice_the_first_is_one():
    """In New York: on the 8th of March from two to three, on the 1st of November from one to two."""
    hours = (BookableHours(6, time(0), time(5), "America/New_York"),)

    def offered(day: datetime) -> list[str]:
        asked = replace(wish(), earliest=day, latest=day + timedelta(hours=12), waking_from=0, waking_until=24)
        return [f"{slot.starts_at:%H:%M}" for slot in free_slots(hours, (), asked)]

    assert offered(datetime(2026, 3, 8, 5, tzinfo=UTC)) == [
        "05:00", "05:30", "06:00", "06:30", "07:00", "07:30", "08:00"
    ]  # fmt: skip
    assert offered(datetime(2026, 11, 1, 4, tzinfo=UTC)) == [
        "04:00", "04:30", "05:00", "05:30", "07:00", "07:30", "08:00", "08:30", "09:00"
    ]  # fmt: skip
