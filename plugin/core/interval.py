"""Spans of time and what can be done with them: every duration in a verdict is a union of these, never a sum."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter

Span = tuple[datetime, datetime]
"""From and to, aware UTC."""
Spans = tuple[Span, ...]
"""Sorted spans that neither overlap nor touch."""

NO_TIME = timedelta(0)
_BEGIN, _END = itemgetter(0), itemgetter(1)


def union(spans: Iterable[Span], bridge: timedelta = NO_TIME) -> Spans:
    """The time covered by any of the spans; holes of at most `bridge` are closed, empty spans vanish."""
    merged: list[Span] = []
    since = until = None
    for begin, end in sorted(spans):
        if end <= begin:
            continue
        if until is not None and (begin <= until or begin - until <= bridge):
            if end > until:
                until = end
            continue
        if until is not None:
            merged.append((since, until))
        since, until = begin, end
    if until is not None:
        merged.append((since, until))
    return tuple(merged)


def clip(spans: Spans, begin: datetime, end: datetime) -> Spans:
    """The part of the spans between two moments; none when the second is not later."""
    if begin >= end:
        return ()
    if len(spans) == 1 and spans[0][0] >= begin and spans[0][1] <= end:
        return spans
    if len(spans) > 4:  # a few are looked through faster than searched
        spans = spans[bisect_right(spans, begin, key=_END) : bisect_left(spans, end, key=_BEGIN)]
    inside: list[Span] = []
    for a, b in spans:
        if a < end and b > begin:
            inside.append((a if a > begin else begin, b if b < end else end))
    return tuple(inside)


def within(spans: Spans, moment: datetime) -> bool:
    """Whether a moment lies in one of the spans, both ends included."""
    place = bisect_right(spans, moment, key=_BEGIN)
    return place > 0 and moment <= spans[place - 1][1]


def intersect(left: Spans, right: Spans) -> Spans:
    """The time covered by both."""
    shared: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        (a, b), (c, d) = left[i], right[j]
        begin, end = (a if a > c else c), (b if b < d else d)
        if begin < end:
            shared.append((begin, end))
        if b <= d:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtract(whole: Spans, part: Spans) -> Spans:
    """The time of `whole` that is not covered by `part`."""
    if not part or not whole:
        return whole
    if len(part) == 1 and part[0][0] <= whole[0][0] and whole[-1][1] <= part[0][1]:  # by far the commonest
        return ()
    rest: list[Span] = []
    first = 0
    for begin, end in whole:
        while first < len(part) and part[first][1] <= begin:
            first += 1
        at, number = begin, first
        while number < len(part) and part[number][0] < end:
            if part[number][0] > at:
                rest.append((at, part[number][0]))
            at = max(at, part[number][1])
            number += 1
        if at < end:
            rest.append((at, end))
    return tuple(rest)


def length(spans: Sequence[Span]) -> timedelta:
    """How long the spans are together (they must not overlap: take the union first)."""
    if len(spans) == 1:
        return spans[0][1] - spans[0][0]
    total = NO_TIME
    for begin, end in spans:
        total += end - begin
    return total


@lru_cache(maxsize=8192)
def minutes(span: timedelta) -> float:
    """A duration in minutes, one decimal."""
    return round(span.total_seconds() / 60, 1)
