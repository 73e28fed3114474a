"""Another time: what is free, in whose day, and which of it is offered first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.slot import BookableHours, Wish, best_slots, free_slots

NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"
SUMMER_BEGINS = datetime(2027, 3, 14, 7, tzinfo=UTC)  # 2:00 becomes 3:00 in New York
SUMMER_ENDS = datetime(2026, 11, 1, 6, tzinfo=UTC)  # 2:00 becomes 1:00 in New York
ZONES = (NEW_YORK, LOS_ANGELES, "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo")


def wish(earliest: datetime, **changes) -> Wish:
    """Fifty minutes within two weeks, for somebody who usually comes on Mondays at nine in New York."""
    values = {
        "length": timedelta(minutes=50),
        "earliest": earliest,
        "latest": earliest + timedelta(days=14),
        "usual_at": local(2026, 11, 23, 9),
        "client_zone": NEW_YORK,
        "waking_from": 8,
        "waking_until": 21,
    }
    return Wish(**(values | changes))


def local(year: int, month: int, day: int, hour: int, minute: int = 0, zone: str = NEW_YORK) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def hours(weekday: int, opens: int, closes: int, zone: str = NEW_YORK) -> BookableHours:
    return BookableHours(weekday, time(opens), time(closes), zone)


def shown(slots, zone: str = NEW_YORK) -> list[str]:
    return [f"{slot.starts_at.astimezone(ZoneInfo(zone)):%a %d %H:%M}" for slot in slots]


WEDNESDAY = local(2026, 11, 25, 12)
WEEKDAYS = tuple(hours(day, 9, 12) for day in range(5))


def test_a_slot_is_as_long_as_the_missed_session_and_ends_within_the_hours():
    slots = free_slots([hours(0, 9, 11)], (), wish(WEDNESDAY, latest=WEDNESDAY + timedelta(days=7)))
    assert shown(slots) == ["Mon 30 09:00", "Mon 30 09:30", "Mon 30 10:00"]
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(minutes=50)}


def test_nothing_is_offered_before_the_lead_or_after_the_horizon():
    lead = local(2026, 11, 30, 9, 30)
    slots = free_slots([hours(0, 9, 11)], (), wish(lead, latest=lead))
    assert shown(slots) == ["Mon 30 09:30"]


def test_what_touches_is_free_and_what_overlaps_by_a_minute_is_not():
    busy = [(local(2026, 11, 30, 9, 50), local(2026, 11, 30, 10, 1))]
    slots = free_slots([hours(0, 9, 12)], busy, wish(WEDNESDAY, latest=WEDNESDAY + timedelta(days=7)))
    assert shown(slots) == ["Mon 30 09:00", "Mon 30 10:30", "Mon 30 11:00"]


def test_clinicians_early_hours_are_the_middle_of_the_night_of_a_client_further_west():
    at_home = wish(WEDNESDAY, latest=WEDNESDAY + timedelta(days=7), client_zone=LOS_ANGELES)
    slots = free_slots([hours(0, 9, 13)], (), at_home)
    assert shown(slots, LOS_ANGELES) == ["Mon 30 08:00", "Mon 30 08:30", "Mon 30 09:00"]


def test_session_that_would_end_after_bedtime_is_not_offered():
    in_london = wish(WEDNESDAY, latest=WEDNESDAY + timedelta(days=7), client_zone="Europe/London")
    slots = free_slots([hours(0, 14, 18)], (), in_london)
    assert shown(slots, "Europe/London") == ["Mon 30 19:00", "Mon 30 19:30", "Mon 30 20:00"]


def test_session_that_would_run_past_midnight_is_not_offered_even_to_night_owls():
    owl = wish(WEDNESDAY, latest=WEDNESDAY + timedelta(days=7), waking_until=24)
    assert shown(free_slots([hours(0, 22, 23), BookableHours(0, time(23), time(23, 59), NEW_YORK)], (), owl)) == [
        "Mon 30 22:00",
        "Mon 30 23:00",
    ]
    assert free_slots([hours(0, 23, 23)], (), owl) == ()


def test_hour_that_the_clock_skips_is_not_offered():
    early = wish(SUMMER_BEGINS - timedelta(days=1), latest=SUMMER_BEGINS + timedelta(hours=12), waking_from=0)
    assert shown(free_slots([hours(6, 1, 5)], (), early)) == [
        "Sun 14 01:00", "Sun 14 01:30", "Sun 14 03:00", "Sun 14 03:30", "Sun 14 04:00",
    ]  # fmt: skip


def test_hours_that_close_in_the_skipped_hour_close_when_the_clock_jumps():
    early = wish(SUMMER_BEGINS - timedelta(days=1), latest=SUMMER_BEGINS + timedelta(hours=12), waking_from=0)
    part = BookableHours(6, time(0), time(2, 30), NEW_YORK)
    assert shown(free_slots([part], (), early)) == ["Sun 14 00:00", "Sun 14 00:30"]


def test_hour_that_comes_twice_is_offered_once():
    late = wish(SUMMER_ENDS - timedelta(days=1), latest=SUMMER_ENDS + timedelta(hours=12), waking_from=0)
    slots = free_slots([hours(6, 0, 3)], (), late)
    assert shown(slots) == ["Sun 01 00:00", "Sun 01 00:30", "Sun 01 01:00", "Sun 01 01:30", "Sun 01 02:00"]
    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=50) for slot in slots)


@pytest.mark.parametrize("change", [SUMMER_BEGINS, SUMMER_ENDS])
def test_nine_oclock_stays_nine_oclock_when_the_clocks_change(change):
    before = change - timedelta(days=5)
    slots = free_slots(
        WEEKDAYS, (), wish(before, latest=change + timedelta(days=9), usual_at=change - timedelta(days=6))
    )
    on_both_sides = [slot for slot in slots if slot.starts_at < change], [s for s in slots if s.starts_at > change]
    assert all(any("09:00" in text for text in shown(side)) for side in on_both_sides)
    assert {text.split()[-1] for text in shown(slots)} == {"09:00", "09:30", "10:00", "10:30", "11:00"}


def test_client_elsewhere_keeps_their_evening_when_only_the_clinic_changes_its_clock():
    phoenix = "America/Phoenix"  # never changes its clocks
    after = wish(SUMMER_BEGINS - timedelta(days=3), latest=SUMMER_BEGINS + timedelta(days=4), client_zone=phoenix)
    slots = free_slots([hours(4, 22, 23), hours(1, 22, 23)], (), after)
    assert shown(slots, phoenix) == ["Fri 12 20:00", "Tue 16 19:00"]


def test_usual_weekday_and_time_comes_first_then_the_usual_time_then_what_is_near():
    asked = wish(WEDNESDAY)
    ranked = best_slots(free_slots(WEEKDAYS, (), asked), asked, 3)
    assert shown(ranked) == ["Mon 30 09:00", "Mon 07 09:00", "Thu 26 09:00"]
    assert [slot.because for slot in ranked] == [
        "The usual weekday and time of the client.",
        "The usual weekday and time of the client.",
        "The usual time of day of the client.",
    ]


def test_times_are_spread_over_days_while_there_are_days():
    asked = wish(WEDNESDAY, latest=WEDNESDAY + timedelta(days=7))
    ranked = best_slots(free_slots([hours(0, 9, 12), hours(1, 13, 15)], (), asked), asked, 3)
    assert shown(ranked) == ["Mon 30 09:00", "Tue 01 13:00", "Mon 30 09:30"]
    assert ranked[1].because == "The clinician is free, and it is within the client's day."
    assert ranked[2].because == "Within an hour of the client's usual time."


def test_usual_time_is_the_clients_own_across_a_change_of_the_clocks():
    usual = local(2026, 10, 26, 9)  # summer time, 13:00 UTC
    asked = wish(local(2026, 10, 28, 9), usual_at=usual)
    first = best_slots(free_slots(WEEKDAYS, (), asked), asked, 1)[0]
    assert shown([first]) == ["Mon 02 09:00"]  # winter time, 14:00 UTC
    assert first.starts_at - usual == timedelta(days=7, hours=1)


def test_no_bookable_hours_means_nothing_to_offer():
    asked = wish(WEDNESDAY)
    assert free_slots((), (), asked) == ()
    assert best_slots((), asked, 3) == ()


# Days around both changes of the clocks, and quarter hours within them.
moments = st.one_of(
    st.builds(
        lambda change, quarters: change + timedelta(minutes=15 * quarters),
        st.sampled_from((SUMMER_BEGINS, SUMMER_ENDS)),
        st.integers(-600, 600),
    ),
    st.integers(0, 700 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
clock_times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30)))
parts = st.builds(
    lambda weekday, ends, zone: BookableHours(weekday, min(ends), max(ends), zone),
    st.integers(0, 6), st.tuples(clock_times, clock_times), st.sampled_from(ZONES),
)  # fmt: skip
wishes = st.builds(
    lambda earliest, days, length, zone, usual, waking: Wish(
        timedelta(minutes=length), earliest, earliest + timedelta(days=days), usual, zone, min(waking), max(waking)
    ),
    moments, st.integers(0, 10), st.sampled_from((30, 50, 60, 90, 180)), st.sampled_from(ZONES), moments,
    st.tuples(st.integers(0, 12), st.integers(12, 24)),
)  # fmt: skip
busy_spans = st.lists(
    st.builds(lambda at, minutes: (at, at + timedelta(minutes=minutes)), moments, st.integers(1, 600)), max_size=6
)


@settings(deadline=None)
@given(st.lists(parts, max_size=5), busy_spans, wishes)
def test_whatever_is_offered_is_free_awake_bookable_and_real(given_hours, busy, asked):
    slots = free_slots(given_hours, busy, asked)
    client = ZoneInfo(asked.client_zone)
    assert [slot.starts_at for slot in slots] == sorted({slot.starts_at for slot in slots})
    for slot in slots:
        assert slot.ends_at - slot.starts_at == asked.length
        assert asked.earliest <= slot.starts_at <= asked.latest
        assert not any(a < slot.ends_at and slot.starts_at < b for a, b in busy)
        begin, end = slot.starts_at.astimezone(client), slot.ends_at.astimezone(client)
        assert begin.hour >= asked.waking_from
        assert (end.hour, end.minute, end.date()) <= (asked.waking_until, 0, begin.date()) or (
            asked.waking_until == 24 and end.time() == time() and end.date() == begin.date() + timedelta(days=1)
        )
        assert any(_within(part, slot.starts_at, slot.ends_at) for part in given_hours)


@settings(deadline=None)
@given(st.lists(parts, max_size=5), busy_spans, wishes, st.integers(1, 5), st.randoms())
def test_best_are_some_of_the_free_ones_whatever_the_order_of_the_hours(given_hours, busy, asked, count, random):
    slots = free_slots(given_hours, busy, asked)
    best = best_slots(slots, asked, count)
    shuffled = random.sample(given_hours, len(given_hours))
    assert set(best) <= set(slots)
    assert len(best) == len(set(best)) == min(count, len(slots))
    assert best_slots(free_slots(shuffled, busy, asked), asked, count) == best
    days = {slot.starts_at.astimezone(ZoneInfo(asked.client_zone)).date() for slot in slots}
    offered_days = {slot.starts_at.astimezone(ZoneInfo(asked.client_zone)).date() for slot in best}
    assert len(offered_days) == min(len(days), len(best))


@settings(deadline=None)
@given(st.lists(parts, max_size=4), busy_spans, wishes)
def test_booking_a_free_time_takes_nothing_else_away_than_what_overlaps_it(given_hours, busy, asked):
    slots = free_slots(given_hours, busy, asked)
    if not slots:
        return
    taken = slots[0]
    left = free_slots(given_hours, [*busy, (taken.starts_at, taken.ends_at)], replace(asked))
    assert set(left) == {slot for slot in slots if slot.starts_at >= taken.ends_at or slot.ends_at <= taken.starts_at}


def _within(part: BookableHours, starts_at: datetime, ends_at: datetime) -> bool:
    """By the clock on the clinician's wall."""
    zone = ZoneInfo(part.timezone)
    begin, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    same_day = begin.weekday() == part.weekday and begin.date() == end.date()
    return same_day and part.opens <= begin.time() and end.time().replace(fold=0) <= part.closes
