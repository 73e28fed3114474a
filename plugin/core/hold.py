"""Time as the database keeps it for one client: in cells of five minutes, of which each has one holder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plugin.core.interval import Span

CELL = timedelta(minutes=5)
"""The grid of the stored holds, counted from the full hour; it belongs to the data, so it is no policy."""


def cells(span: Span) -> tuple[datetime, ...]:
    """The beginning of every cell that a span touches, aware UTC.

    Two spans that overlap share a cell, whenever they begin. Two that only touch share none when they touch on the
    grid; off the grid they share one and count as overlapping, which errs on the safe side.
    """
    begin, end = (at.astimezone(UTC) for at in span)
    first = begin - (begin - begin.replace(minute=0, second=0, microsecond=0)) % CELL
    return tuple(first + CELL * number for number in range(-((first - end) // CELL)))
