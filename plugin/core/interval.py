"""Spans of time and what can be done with them: every duration in a verdict is a union of these, never a sum."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]
"""From and to, aware UTC."""
Spans = tuple[Span, ...]
"""Sorted spans that neither overlap nor touch."""

NO_TIME = timedelta(0)


def union(spans: Iterable[Span], bridge: timedelta = NO_TIME) -> Spans:
    """The time covered by any of the spans; holes of at most `bridge` are closed, empty spans vanish."""
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if end <= begin:
            continue
        if merged and begin - merged[-1][1] <= bridge:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return tuple(merged)


def clip(spans: Iterable[Span], begin: datetime, end: datetime) -> Spans:
    """The part of the spans between two moments."""
    return union((max(a, begin), min(b, end)) for a, b in spans)


def intersect(left: Spans, right: Spans) -> Spans:
    """The time covered by both."""
    shared: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        begin, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if begin < end:
            shared.append((begin, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtract(whole: Spans, part: Spans) -> Spans:
    """The time of `whole` that is not covered by `part`."""
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


def length(spans: Iterable[Span]) -> timedelta:
    """How long the spans are together (they must not overlap: take the union first)."""
    return sum((end - begin for begin, end in spans), NO_TIME)


def minutes(span: timedelta) -> float:
    """A duration in minutes, one decimal."""
    return round(span.total_seconds() / 60, 1)
