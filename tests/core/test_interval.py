"""Spans of time: unions, never sums."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plugin.core.interval import clip, intersect, length, minutes, subtract, union

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
span = st.tuples(st.integers(0, 120), st.integers(0, 120)).map(
    lambda p: (NINE + timedelta(minutes=p[0]), NINE + timedelta(minutes=p[1]))
)
spans = st.lists(span, max_size=8)


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


def test_two_devices_at_once_count_once():
    assert union([(at(0), at(30)), (at(10), at(40))]) == ((at(0), at(40)),)


def test_a_hole_of_two_seconds_is_bridged_and_one_of_three_is_not():
    two, three = timedelta(seconds=2), timedelta(seconds=3)
    assert union([(at(0), at(5)), (at(5) + two, at(9))], two) == ((at(0), at(9)),)
    assert len(union([(at(0), at(5)), (at(5) + three, at(9))], two)) == 2


def test_a_span_that_ends_before_it_begins_is_no_time():
    assert union([(at(5), at(3)), (at(4), at(4))]) == ()


def test_minutes_have_one_decimal():
    assert minutes(timedelta(seconds=100)) == 1.7


@given(spans)
def test_a_union_is_sorted_apart_and_does_not_depend_on_order(some):
    merged = union(some)
    assert merged == union(reversed(some)) == union([*some, *some]) == union(merged)
    assert all(a[1] < b[0] for a, b in pairwise(merged))


@given(spans, spans)
def test_what_is_shared_and_what_is_left_make_the_whole(left, right):
    whole, part = union(left), union(right)
    assert length(intersect(whole, part)) + length(subtract(whole, part)) == length(whole)
    assert intersect(subtract(whole, part), part) == ()


@given(spans, st.integers(0, 60), st.integers(60, 120))
def test_clipping_is_what_is_shared_with_the_window(some, begin, end):
    window = ((at(begin), at(end)),) if begin < end else ()
    assert clip(union(some), at(begin), at(end)) == intersect(union(some), window)


def test_of_many_spans_those_that_touch_the_window_only_at_its_ends_are_left_out():
    six = tuple((at(10 * n), at(10 * n + 5)) for n in range(6))
    assert clip(six, at(15), at(40)) == ((at(20), at(25)), (at(30), at(35)))
    assert clip(six, at(12), at(42)) == ((at(12), at(15)), (at(20), at(25)), (at(30), at(35)), (at(40), at(42)))


def test_a_longer_span_reaches_beyond_the_one_that_it_overlaps_and_no_other():
    spans = [(at(0), at(10)), (at(20), at(40)), (at(25), at(30)), (at(35), at(45))]
    assert union(spans) == ((at(0), at(10)), (at(20), at(45)))


def test_what_was_covered_before_takes_nothing_from_a_later_span():
    whole = ((at(0), at(10)), (at(20), at(30)))
    part = ((at(2), at(4)), (at(6), at(8)), (at(12), at(15)), (at(25), at(26)))
    assert subtract(whole, part) == (
        (at(0), at(2)), (at(4), at(6)), (at(8), at(10)), (at(20), at(25)), (at(26), at(30)),
    )  # fmt: skip


def test_nothing_is_left_where_the_part_begins_or_ends_with_the_whole():
    assert subtract(((at(0), at(10)),), ((at(0), at(5)),)) == ((at(5), at(10)),)
    assert subtract(((at(0), at(10)),), ((at(5), at(10)),)) == ((at(0), at(5)),)
    assert subtract(((at(0), at(10)),), ((at(0), at(10)),)) == ()
    assert intersect(((at(0), at(10)),), ((at(10), at(20)),)) == ()
