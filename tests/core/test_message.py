"""Whether a message may go: quiet hours, the daily cap, and what is worthless by now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.message import AT_ANY_HOUR, LIVE, MessageLimits, Step, admit, day_of, quiet_hours_end

NEW_YORK = "America/New_York"
LIMITS = MessageLimits()
MINUTE = timedelta(minutes=1)
ZONES = (NEW_YORK, "America/Los_Angeles", "Europe/Bucharest", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
moments = st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE)


def at(text: str, zone: str = NEW_YORK, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


class TestQuietHours:
    """From nine in the evening until eight in the morning, where the person is."""

    @pytest.mark.parametrize(
        ("now", "until"),
        [
            ("2026-11-23T20:59", None),
            ("2026-11-23T21:00", "2026-11-24T08:00"),
            ("2026-11-23T23:59", "2026-11-24T08:00"),
            ("2026-11-24T00:00", "2026-11-24T08:00"),
            ("2026-11-24T07:59", "2026-11-24T08:00"),
            ("2026-11-24T08:00", None),
        ],
    )
    def test_a_message_waits_for_the_morning(self, now, until):
        assert quiet_hours_end(at(now), NEW_YORK, LIMITS) == (at(until) if until else None)

    @pytest.mark.parametrize(
        ("evening", "hours"), [("2026-03-07T22:00", 9), ("2026-03-08T22:00", 10), ("2026-10-31T22:00", 11)]
    )
    def test_a_night_in_which_the_clocks_change_is_shorter_or_longer(self, evening, hours):
        assert quiet_hours_end(at(evening), NEW_YORK, LIMITS) - at(evening) == timedelta(hours=hours)

    def test_an_hour_that_the_clocks_skip_ends_where_it_would_have_been(self):
        limits = MessageLimits(quiet_from_hour=22, quiet_until_hour=2)
        until = quiet_hours_end(at("2026-03-08T01:30"), NEW_YORK, limits)
        assert until == at("2026-03-08T03:00")
        assert quiet_hours_end(until, NEW_YORK, limits) is None

    def test_an_hour_that_comes_twice_is_quiet_both_times(self):
        limits = MessageLimits(quiet_from_hour=22, quiet_until_hour=2)
        for fold in (0, 1):
            assert quiet_hours_end(at("2026-11-01T01:30", fold=fold), NEW_YORK, limits) == at("2026-11-01T02:00")

    def test_quiet_hours_may_lie_within_one_day_or_not_be_at_all(self):
        midday = MessageLimits(quiet_from_hour=12, quiet_until_hour=14)
        assert quiet_hours_end(at("2026-11-23T13:00"), NEW_YORK, midday) == at("2026-11-23T14:00")
        assert quiet_hours_end(at("2026-11-23T23:00"), NEW_YORK, midday) is None
        assert quiet_hours_end(at("2026-11-23T11:59"), NEW_YORK, midday) is None
        assert quiet_hours_end(at("2026-11-23T14:00"), NEW_YORK, midday) is None
        none = MessageLimits(quiet_from_hour=8, quiet_until_hour=8)
        assert quiet_hours_end(at("2026-11-23T08:00"), NEW_YORK, none) is None

    @given(now=moments, zone=st.sampled_from(ZONES), begin=st.integers(0, 23), end=st.integers(0, 23))
    def test_whatever_waits_waits_less_than_a_day_and_until_an_hour_that_is_not_quiet(self, now, zone, begin, end):
        limits = MessageLimits(quiet_from_hour=begin, quiet_until_hour=end)
        until = quiet_hours_end(now, zone, limits)
        if until is not None:
            assert now < until < now + timedelta(hours=25)
            assert quiet_hours_end(until, zone, limits) is None


class TestAdmission:
    """Now, later, or not at all."""

    night, morning = at("2026-11-23T22:00"), at("2026-11-24T08:00")

    def test_by_day_it_goes_at_once(self):
        assert admit(Step.MISSED, at("2026-11-23T12:00"), NEW_YORK, LIMITS, 0).at == at("2026-11-23T12:00")

    def test_by_night_it_waits(self):
        admission = admit(Step.MISSED, self.night, NEW_YORK, LIMITS, 0)
        assert (admission.at, admission.because) == (self.morning, "quiet hours")

    @pytest.mark.parametrize("step", sorted(LIVE))
    def test_the_way_back_into_a_session_that_runs_by_night_does_not_wait(self, step):
        assert admit(step, self.night, NEW_YORK, LIMITS, 0, self.night + MINUTE).at == self.night

    @pytest.mark.parametrize("step", [Step.NUDGE, Step.INVITATION, Step.CANCELLED])
    def test_what_is_worthless_by_now_is_not_sent(self, step):
        assert admit(step, self.night, NEW_YORK, LIMITS, 0, self.night).at is None
        assert admit(step, self.night, NEW_YORK, LIMITS, 0, self.night - MINUTE).because == "too late"

    def test_what_would_come_after_the_time_it_is_about_goes_by_night(self):
        assert admit(Step.CANCELLED, self.night, NEW_YORK, LIMITS, 0, self.morning).at == self.night
        assert admit(Step.CANCELLED, self.night, NEW_YORK, LIMITS, 0, self.morning + MINUTE).at == self.morning

    def test_enough_for_one_day_waits_for_the_next_morning(self):
        noon = at("2026-11-23T12:00")
        assert admit(Step.OFFER, noon, NEW_YORK, LIMITS, LIMITS.daily_cap - 1).at == noon
        admission = admit(Step.OFFER, noon, NEW_YORK, LIMITS, LIMITS.daily_cap)
        assert (admission.at, admission.because) == (self.morning, "enough for one day")

    def test_a_call_into_a_running_session_beyond_the_cap_is_not_sent_tomorrow(self):
        noon = at("2026-11-23T12:00")
        assert admit(Step.NUDGE, noon, NEW_YORK, LIMITS, LIMITS.daily_cap, noon + MINUTE).at is None

    def test_what_is_worth_nothing_tomorrow_is_left_out_at_the_cap(self):
        noon = at("2026-11-23T12:00")
        admission = admit(Step.INVITATION, noon, NEW_YORK, LIMITS, LIMITS.daily_cap, self.morning)
        assert (admission.at, admission.because) == (None, "enough for one day")

    @pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)])
    def test_a_day_is_a_day_of_theirs(self, day, hours):
        begin, end = day_of(at(f"{day}T12:00"), NEW_YORK)
        assert (begin, end - begin) == (at(f"{day}T00:00"), timedelta(hours=hours))

    @given(moments, st.sampled_from(ZONES), st.sampled_from(Step), st.integers(0, 9), st.integers(-10, 3000))
    def test_nothing_goes_in_quiet_hours_that_could_wait_or_beyond_the_cap(self, now, zone, step, already, minutes):
        useful_until = now + timedelta(minutes=minutes)
        admission = admit(step, now, zone, LIMITS, already, useful_until)
        if admission.at is None:
            return
        assert now <= admission.at < useful_until or admission.at == now
        until = quiet_hours_end(admission.at, zone, LIMITS)
        assert until is None or step in AT_ANY_HOUR or until >= useful_until
        if already >= LIMITS.daily_cap:
            assert admission.at >= day_of(now, zone)[1]
