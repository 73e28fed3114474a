"""Where in a recording the runs of a meeting are told of, found by when they were."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from plugin.recording_block import BOOKED, Run

_BEGIN = attrgetter("begin")


class Place(NamedTuple):
    """Where a block stands in the file: the number of its first line, its first byte, and where its lines start."""

    first: int
    begin: int
    starts: array[int]


class ToldRun:
    """The lines of a file that tell of one run, block by block, and from when to when they tell of it."""

    __slots__ = ("begin", "end", "name", "parts")

    def __init__(self, name: str, first: Run):
        self.name, self.begin, self.end = name, first.begin, first.end
        self.parts: list[tuple[Place, array[int]]] = []

    def add(self, place: Place, run: Run) -> None:
        """Take in what a block tells of it."""
        self.begin, self.end = min(self.begin, run.begin), max(self.end, run.end)
        self.parts.append((place, run.lines))


class Runs:
    """The runs of one meeting number, which may serve for years; whoever asks for a time looks at what lies near."""

    __slots__ = ("_by_name", "_in_order", "_over")

    def __init__(self) -> None:
        self._by_name: dict[str, ToldRun] = {}
        self._in_order: list[ToldRun] | None = None
        self._over: list[datetime] = []

    def add(self, name: str, place: Place, run: Run) -> None:
        """Take in what a block tells of the run of this name."""
        known = self._by_name.get(name)
        if known is None:
            known = self._by_name[name] = ToldRun(name, run)
        known.add(place, run)
        self._in_order = None

    def get(self, name: str) -> ToldRun | None:
        """The run of this name, if there is one."""
        return self._by_name.get(name)

    def between(self, opens: datetime, closes: datetime) -> Iterator[ToldRun]:
        """The runs that were told of between two moments, the booking apart, by when they began."""
        if self._in_order is None:
            runs = [run for name, run in self._by_name.items() if name != BOOKED]
            self._in_order = sorted(runs, key=_BEGIN)
            self._over = list(accumulate([run.end for run in self._in_order], max))
        first = bisect_left(self._over, opens)  # all that began before it was over
        last = bisect_right(self._in_order, closes, lo=first, key=_BEGIN)
        return (run for run in self._in_order[first:last] if run.end >= opens)
