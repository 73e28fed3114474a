"""While the session runs: who is cut off right now, and who is back for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.appointment import Role
from plugin.core.assessment import Assessment, Cause, Confidence, Flag, Outcome, Presence, Stretch
from plugin.core.live import is_cut_off, is_there, returned_at

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
GRACE = timedelta(minutes=2)


def m(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def seen(*spans: tuple[float, float], flags: tuple[Flag, ...] = (), waiting: tuple[float, float] | None = None):
    """A provisional verdict on somebody who was there from minute to minute."""
    stretches = [Stretch(Presence.PRESENT, m(a), m(b)) for a, b in spans]
    if waiting:
        stretches.append(Stretch(Presence.WAITING, m(waiting[0]), m(waiting[1])))
    return Assessment(
        "A1", "C1", Role.CLIENT, Outcome.PARTIAL, Cause.TECHNICAL, flags, Confidence.HIGH, False, 20.0, 10.0, 0.0, 10.0,
        TEN, TEN, None, tuple(stretches), (),
    )  # fmt: skip


@pytest.mark.parametrize(("since", "there"), [(9, True), (9.99, True), (10, False), (11, False)])
def test_there_is_who_was_present_or_waiting_after_that_moment(since, there):
    assert is_there(seen((0, 10)), m(since)) is there
    assert is_there(seen((0, 5), waiting=(6, 10)), m(since)) is there


@pytest.mark.parametrize(("now", "cut_off"), [(11, False), (11.99, False), (12, True), (30, True)])
def test_who_dropped_is_cut_off_once_the_grace_is_over(now, cut_off):
    assert is_cut_off(seen((0, 10), flags=(Flag.DROPPED,)), m(now), GRACE) is cut_off


def test_who_dropped_and_waits_to_be_let_in_again_is_not_cut_off():
    assert not is_cut_off(seen((0, 10), waiting=(11, 20), flags=(Flag.DROPPED,)), m(20), GRACE)


@pytest.mark.parametrize(("now", "cut_off"), [(15, True), (16.99, True), (17, False), (40, False)])
def test_who_came_back_from_a_long_drop_is_back_for_good_after_the_grace(now, cut_off):
    back = seen((0, 10), (15, 50), flags=(Flag.INTERRUPTED,))
    assert is_cut_off(back, m(now), GRACE) is cut_off


@pytest.mark.parametrize(("back", "returned"), [(11, None), (11.99, None), (12, m(12)), (15, m(15))])
def test_only_a_drop_as_long_as_the_grace_is_one_to_come_back_from(back, returned):
    assert returned_at(seen((0, 10), (back, 50), flags=(Flag.INTERRUPTED,)), GRACE) == returned


@pytest.mark.parametrize("now", [15, 16.1, 16.99, 17, 18, 30])
def test_who_came_back_from_a_long_drop_for_a_moment_only_is_cut_off_all_the_time(now):
    again = seen((0, 10), (15, 16), flags=(Flag.INTERRUPTED,))
    assert is_cut_off(again, m(now), GRACE)


def test_of_several_drops_the_last_one_counts():
    short, long = (0, 10), (11, 20)
    assert returned_at(seen(short, long, (30, 40), flags=(Flag.INTERRUPTED,)), GRACE) == m(30)
    assert returned_at(seen((0, 10), (20, 30), (31, 40), flags=(Flag.INTERRUPTED,)), GRACE) is None


def test_who_only_went_out_and_in_again_was_not_cut_off():
    assert returned_at(seen((0, 10), (20, 30)), GRACE) is None
    assert not is_cut_off(seen((0, 10), (20, 30)), m(20.5), GRACE)


def test_waiting_is_no_presence_that_one_can_come_back_to():
    assert returned_at(seen((0, 10), waiting=(15, 20), flags=(Flag.INTERRUPTED,)), GRACE) is None
    assert returned_at(seen(waiting=(0, 2), flags=(Flag.INTERRUPTED,)), GRACE) is None
