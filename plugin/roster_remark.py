"""What is worth a look in a roster that can be used as it is: a column that nobody reads, an hour that may be off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

_QUARTERS = [timedelta(days=days) for days in (91, 182, 273)]
"""Wherever clocks change twice a year, one of these is on the other side of a change."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A line of the file (the header is line 1), and a sentence about it without its values."""

    line: int
    what: str


def of_columns(columns: Iterable[str], known: tuple[str, ...]) -> Iterator[Remark]:
    """A sentence for each column that is not looked at; a mistyped name is pointed out."""
    for column in columns:
        if column and column not in known:
            meant = get_close_matches(column.lower(), known, n=1, cutoff=0.75)
            hint = f"; did you mean {meant[0]!r}?" if meant else ""
            yield Remark(1, f"the column {column!r} is ignored{hint}")


def of_offsets(lines: Iterable[tuple[int, str, str]]) -> Iterator[Remark]:
    """One sentence about all appointments (first line, starts_at as it is written, timezone) whose offset is that of
    another time of the year, as when daylight saving was forgotten."""
    off = [line for line, starts_at, zone in lines if zone and _of_another_season(starts_at, zone)]
    if off:
        more = f" (so in {len(off)} appointments, this is the first)" if len(off) > 1 else ""
        yield Remark(
            off[0],
            "starts_at has an offset that its timezone has at another time of the year, and not on that day; the "
            f"offset counts, so the session may be an hour off{more}",
        )


def _of_another_season(written: str, zone: str) -> bool:
    at, there = datetime.fromisoformat(written.upper()), ZoneInfo(zone)
    offset = at.utcoffset()
    if not offset or offset == at.astimezone(there).utcoffset():  # many write all times in UTC
        return False
    return any((at + quarter).astimezone(there).utcoffset() == offset for quarter in _QUARTERS)
