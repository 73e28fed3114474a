"""Cells of time: two spans that overlap always share one, so a database that gives away cells refuses the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plugin.core.hold import CELL, cells

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
moments = st.integers(0, 4 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds))
spans = st.tuples(moments, st.integers(1, 3 * 3600)).map(lambda one: (one[0], one[0] + timedelta(seconds=one[1])))
on_grid = st.tuples(st.integers(0, 48), st.integers(1, 24)).map(
    lambda one: (NOON + CELL * one[0], NOON + CELL * (one[0] + one[1]))
)


def test_an_hour_is_twelve_cells_and_what_touches_shares_none():
    hour = timedelta(hours=1)
    assert len(cells((NOON, NOON + hour))) == 12
    assert not set(cells((NOON, NOON + hour))) & set(cells((NOON + hour, NOON + 2 * hour)))


def test_fifty_minutes_leave_the_next_ten_free():
    fifty = timedelta(minutes=50)
    assert not set(cells((NOON, NOON + fifty))) & set(cells((NOON + fifty, NOON + 2 * fifty)))


@given(spans, spans)
def test_spans_that_overlap_share_a_cell(one, other):
    if one[0] < other[1] and other[0] < one[1]:
        assert set(cells(one)) & set(cells(other))


@given(on_grid, on_grid)
def test_on_the_grid_only_spans_that_overlap_share_a_cell(one, other):
    overlap = one[0] < other[1] and other[0] < one[1]
    assert bool(set(cells(one)) & set(cells(other))) == overlap


@given(spans)
def test_cells_cover_the_span_without_a_gap(span):
    found = cells(span)
    assert found[0] <= span[0] < found[0] + CELL
    assert found[-1] < span[1] <= found[-1] + CELL
    assert all(after - before == CELL for before, after in pairwise(found))
