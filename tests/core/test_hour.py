"""The hour of one person, told without gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.core.hour import BREATH, Seen, hour

NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def told(*stretches, broke_off: bool = False):
    spans = [(state, at(a), at(b)) for state, a, b in stretches]
    parts = hour(NINE, TEN, spans, broke_off)
    return [(p.seen.value, (p.from_at - NINE).seconds // 60, (p.to_at - NINE).seconds // 60) for p in parts]


def test_who_waited_was_let_in_and_was_cut_off_sees_all_three():
    assert told(("waiting", 0, 5), ("present", 5, 20), ("present", 30, 60), broke_off=True) == [
        ("waiting", 0, 5), ("present", 5, 20), ("cut-off", 20, 30), ("present", 30, 60),
    ]  # fmt: skip


def test_time_before_they_came_is_not_called_a_cut():
    assert told(("present", 10, 20), broke_off=True) == [
        ("not-seen", 0, 10), ("present", 10, 20), ("cut-off", 20, 60),
    ]  # fmt: skip


def test_who_left_by_choice_was_not_cut_off():
    assert told(("present", 0, 20)) == [("present", 0, 20), ("not-seen", 20, 60)]


def test_who_was_not_seen_at_all_gets_no_picture():
    assert told() == []
    assert told(("present", -30, -5), ("waiting", 70, 80)) == []


def test_a_breath_between_two_rooms_is_not_worth_a_word():
    just, more = BREATH.seconds / 60, (BREATH.seconds + 1) / 60
    assert len(told(("present", 0, 20), ("present", 20 + just, 60))) == 1
    assert len(told(("present", 0, 20), ("present", 20 + more, 60))) == 3


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(["present", "waiting"]), st.integers(-20, 80), st.integers(0, 50)), max_size=8),
    st.booleans(),
)
def test_parts_cover_the_hour_once_and_in_order(stretches, broke_off):
    parts = hour(NINE, TEN, [(state, at(a), at(a + n)) for state, a, n in stretches], broke_off)
    if not parts:
        return
    assert (parts[0].from_at, parts[-1].to_at) == (NINE, TEN)
    assert all(one.to_at == other.from_at for one, other in pairwise(parts))
    assert any(part.seen in (Seen.PRESENT, Seen.WAITING) for part in parts)
