"""When the feed counts as blind: before, at and after each limit, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.blindness import blind_intervals, healed_by_retries, warnings
from plugin.core.feed import BlindCause, Expectation, Failures, FeedLimits, FeedSigns, Skew

NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
LIMITS = FeedLimits()
SILENCE, SIGNATURE, CLOCK, VALIDATION, DEAUTHORIZED = BlindCause


def m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def session(begins: float, minutes: float = 50, heard: float | None = None) -> Expectation:
    """A session that begins so many minutes after nine, and of which something was heard then."""
    heard_at = None if heard is None else NINE + m(heard)
    return Expectation(NINE + m(begins), NINE + m(begins + minutes), heard_at)


def found(signs: FeedSigns, after: float = 10, standing=None):
    """What is blind so many minutes after nine."""
    return blind_intervals(signs, LIMITS, NINE + m(after), standing)


class TestSilence:
    TWO = (session(0), session(0))

    @pytest.mark.parametrize(("after", "blind"), [(9.99, False), (10, True), (10.01, True)])
    def test_ten_minutes_of_nothing_while_two_sessions_should_run(self, after, blind):
        signs = FeedSigns(last_heard_at=NINE - m(600), expected=self.TWO)
        assert [i.cause for i in found(signs, after)] == [SILENCE] * blind

    @pytest.mark.parametrize(("number", "blind"), [(0, False), (1, False), (2, True), (3, True)])
    def test_one_room_that_nobody_opened_proves_nothing(self, number, blind):
        signs = FeedSigns(last_heard_at=NINE - m(600), expected=(session(0),) * number)
        assert bool(found(signs)) is blind

    @pytest.mark.parametrize(("heard", "blind"), [(0.01, False), (0, True), (-0.01, True)])
    def test_anything_heard_in_the_last_ten_minutes_is_a_sign_of_life(self, heard, blind):
        signs = FeedSigns(last_heard_at=NINE + m(heard), expected=self.TWO)
        assert bool(found(signs)) is blind

    def test_sessions_that_began_before_the_hour_and_were_heard_are_quiet_not_silent(self):
        signs = FeedSigns(last_heard_at=NINE - m(2), expected=(session(0, heard=-4), session(0, heard=-2)))
        assert not found(signs, 40)

    def test_it_began_with_the_first_silent_session_and_not_the_evening_before(self):
        evening = session(-16 * 60, heard=-16 * 60)
        (blind,) = found(FeedSigns(last_heard_at=NINE - m(15 * 60), expected=(evening, *self.TWO)), 12)
        assert (blind.from_at, blind.to_at) == (NINE, None)

    def test_in_a_busy_hour_it_began_when_something_was_heard_last(self):
        """Something may have happened in the sessions before, too: who came at twenty past was not heard."""
        before = session(-60, heard=-62)
        (blind,) = found(FeedSigns(last_heard_at=NINE - m(55), expected=(before, *self.TWO)), 12)
        assert blind.from_at == NINE - m(55)

    def test_new_installation_that_never_heard_anything_is_blind(self):
        assert [i.from_at for i in found(FeedSigns(expected=self.TWO))] == [NINE]

    def test_it_goes_on_until_something_is_heard_and_ends_then(self):
        standing = {SILENCE: NINE}
        (still,) = found(FeedSigns(expected=self.TWO), 200, standing)
        (over,) = found(FeedSigns(resumed_at={SILENCE: NINE + m(73)}), 200, standing)
        assert (still.to_at, over.from_at, over.to_at) == (None, NINE, NINE + m(73))

    def test_silence_while_nobody_looked_is_noticed_afterwards(self):
        """The service was down for an hour; by the time it looks, Zoom is heard again."""
        repeated = (session(0, heard=62), session(0, heard=65))
        signs = FeedSigns(last_heard_at=NINE + m(65), expected=repeated, woke=(NINE - m(5), NINE + m(62)))
        (blind,) = found(signs, 66)
        assert (blind.from_at, blind.to_at) == (NINE, NINE + m(62))

    def test_night_in_which_nobody_looked_and_nothing_was_to_be_heard_is_nothing(self):
        signs = FeedSigns(last_heard_at=NINE, expected=(session(-600, heard=-600),), woke=(NINE - m(500), NINE))
        assert not found(signs, 1)


class TestSignature:
    @pytest.mark.parametrize(
        ("times", "minutes", "blind"),
        [(4, 60, False), (5, 4.99, False), (5, 5, True), (5, 5.01, True), (6, 60, True), (500, 1, False)],
    )
    def test_five_failures_in_a_row_over_five_minutes(self, times, minutes, blind):
        signs = FeedSigns(forged=Failures(times, NINE, NINE + m(minutes)))
        assert [(i.cause, i.from_at) for i in found(signs)] == [(SIGNATURE, NINE)] * blind

    def test_a_good_delivery_or_a_validation_ends_it(self):
        standing = {SIGNATURE: NINE}
        more = Failures(900, NINE, NINE + m(60))
        (still,) = found(FeedSigns(forged=more), 60, standing)
        (heard,) = found(FeedSigns(resumed_at={SIGNATURE: NINE + m(61)}), 62, standing)
        (validated,) = found(FeedSigns(validated_at=NINE + m(20)), 62, standing)
        (before,) = found(FeedSigns(validated_at=NINE - m(20)), 62, standing)
        assert [i.to_at for i in (still, heard, validated, before)] == [None, NINE + m(61), NINE + m(20), None]


class TestClock:
    @staticmethod
    def skew(seconds: float, deliveries: int = 3) -> FeedSigns:
        return FeedSigns(skew=Skew(timedelta(seconds=seconds), deliveries, NINE, NINE + m(4)))

    @pytest.mark.parametrize(
        ("seconds", "blind"), [(0.2, False), (119.9, False), (120, False), (120.1, True), (-120, False), (-120.1, True)]
    )
    def test_two_minutes_in_either_direction(self, seconds, blind):
        assert [i.cause for i in found(self.skew(seconds))] == [CLOCK] * blind

    @pytest.mark.parametrize(("deliveries", "blind"), [(2, False), (3, True), (4, True)])
    def test_no_clock_is_judged_by_two_deliveries(self, deliveries, blind):
        assert bool(found(self.skew(300, deliveries))) is blind

    def test_it_says_which_way(self):
        assert "300 s ahead of" in found(self.skew(300))[0].why
        assert "300 s behind" in found(self.skew(-300))[0].why

    def test_only_a_good_measurement_ends_it(self):
        standing = {CLOCK: NINE}
        ends = [
            found(signs, 60, standing)[0].to_at
            for signs in (FeedSigns(), self.skew(121), self.skew(0, 2), self.skew(120), self.skew(1))
        ]
        assert ends == [None, None, None, NINE + m(4), NINE + m(4)]


class TestValidation:
    @pytest.mark.parametrize(("times", "blind", "warned"), [(1, 0, 0), (2, 0, 1), (5, 0, 1), (6, 1, 1), (7, 1, 1)])
    def test_two_failures_are_remarked_and_after_six_zoom_stops(self, times, blind, warned):
        signs = FeedSigns(refused_validations=Failures(times, NINE - m(9), NINE))
        assert [i.cause for i in found(signs)] == [VALIDATION] * blind
        assert len(warnings(signs, LIMITS, NINE)) == warned

    @pytest.mark.parametrize(("heard", "blind"), [(-1, True), (0, True), (1, False)])
    def test_who_still_hears_zoom_is_not_blind(self, heard, blind):
        signs = FeedSigns(last_heard_at=NINE + m(heard), refused_validations=Failures(6, NINE - m(9), NINE))
        assert bool(found(signs)) is blind

    def test_a_validation_that_succeeds_ends_it(self):
        (over,) = found(FeedSigns(validated_at=NINE + m(5)), 9, {VALIDATION: NINE})
        assert over.to_at == NINE + m(5)

    @pytest.mark.parametrize(("hours", "warned"), [(83.9, 0), (84, 0), (84.1, 1)])
    def test_validation_that_does_not_come_is_remarked(self, hours, warned):
        signs = FeedSigns(validated_at=NINE - timedelta(hours=hours))
        assert len(warnings(signs, LIMITS, NINE)) == warned
        assert not found(signs, 0)


class TestDeauthorized:
    def test_app_that_was_removed_is_blind_from_then_on(self):
        (blind,) = found(FeedSigns(deauthorized_at=NINE), 0)
        assert (blind.cause, blind.from_at, blind.to_at) == (DEAUTHORIZED, NINE, None)

    def test_app_that_was_added_again_long_ago_is_not(self):
        signs = FeedSigns(deauthorized_at=NINE - m(900), heard_after_deauthorization_at=NINE - m(800))
        assert not found(signs, 0)

    def test_what_is_heard_again_ends_it(self):
        signs = FeedSigns(deauthorized_at=NINE, resumed_at={DEAUTHORIZED: NINE + m(30)})
        (over,) = found(signs, 31, {DEAUTHORIZED: NINE})
        assert over.to_at == NINE + m(30)


def test_causes_stand_beside_one_another_each_once():
    signs = FeedSigns(
        expected=TestSilence.TWO, forged=Failures(9, NINE, NINE + m(9)), deauthorized_at=NINE,
    )  # fmt: skip
    assert {i.cause for i in found(signs)} == {SILENCE, SIGNATURE, DEAUTHORIZED}
    assert [i.cause for i in found(signs, 20, {SILENCE: NINE, SIGNATURE: NINE, DEAUTHORIZED: NINE})] == [
        SILENCE, SIGNATURE, DEAUTHORIZED,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("length", "waited", "late", "healed"),
    [
        (85, 60, True, True), (85.1, 60, True, False), (84.9, 60, True, True),
        (40, 59.9, True, False), (40, 60.1, True, True), (40, 600, False, False),
    ],
)  # fmt: skip
def test_repetitions_heal_what_is_shorter_than_their_reach_once_the_last_has_come(length, waited, late, healed):
    end = NINE + m(length)
    assert healed_by_retries((SILENCE, NINE, end), (), late, LIMITS, end + m(waited)) is healed


@pytest.mark.parametrize(
    ("cause", "begins", "ends", "asked", "healed"),
    [
        (SILENCE, 40, 50, 109.9, False), (SILENCE, 40, 50, 110, True),  # the two are one
        (SILENCE, 40, 85, 145, True), (SILENCE, 40, 85.1, 900, False), (SILENCE, 40, None, 900, False),
        (SILENCE, 90, 95, 900, False), (SILENCE, 90.1, 95, 90.1, True),  # none was due any more
        (SIGNATURE, 40, 50, 900, False), (SIGNATURE, -20, -10, 90, True),
    ],
)  # fmt: skip
def test_repetitions_that_were_due_in_another_blind_time_heal_the_first_only_with_it(
    cause, begins, ends, asked, healed
):
    other = cause, NINE + m(begins), None if ends is None else NINE + m(ends)
    assert healed_by_retries((SILENCE, NINE, NINE + m(30)), [other], True, LIMITS, NINE + m(asked)) is healed
