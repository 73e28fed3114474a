"""A block of an events file looked through once: which lines tell of which run of which meeting, and what is wrong."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, count
from operator import add

from plugin.core.booking import OF_THE_BOOKING
from plugin.core.event import Event, EventKind
from plugin.core.surroundings import HEARD
from plugin.recording_line import read_line
from webhooks.wire_problem import UnknownEvent, Unreadable

BOOKED = " booked"
"""Stands for a run; no instance is called so, as nothing that was read begins with a space."""
_ENDED, _JOINED, _LEFT = EventKind.MEETING_ENDED, EventKind.JOINED, EventKind.LEFT

Key = tuple[str, str]
"""A meeting and its run; a run alone, as quality events have it, has no meeting."""


@dataclass(slots=True)
class Run:
    """The lines of a block that tell of one run of a meeting, and from when to when they tell of it."""

    begin: datetime
    end: datetime
    lines: array[int] = field(default_factory=lambda: array("I"))


@dataclass(slots=True)
class Block:
    """What a block holds. Lines are counted from 0 within it; `starts` says where each starts, and the last one ends.

    `heard` are the moments of all events that prove an account's feed, `telling` the events that are kept whole, `last`
    is the latest moment at which anything was received or ended. `problems` says of a line what is wrong, and whether
    it was used all the same.
    """

    begin: int
    starts: array[int]
    heard: dict[str, array[float]] = field(default_factory=dict)
    telling: list[Event] = field(default_factory=list)
    problems: list[tuple[int, str, bool]] = field(default_factory=list)
    last: datetime | None = None
    meetings: dict[Key, Run] = field(default_factory=dict)
    appointments: dict[str, Run] = field(default_factory=dict)

    @property
    def lines(self) -> int:
        """How many lines end in it."""
        return len(self.starts) - 2

    def hear(self, account_id: str, at: datetime) -> None:
        """Note when an account was heard."""
        heard = self.heard.get(account_id)
        if heard is None:
            heard = self.heard[account_id] = array("d")
        heard.append(at.timestamp())

    def note(self, event: Event) -> None:
        """Sort in one event by what it tells of."""
        at, last, started_at = event.at, event.received_at, event.instance_started_at
        if event.kind is _ENDED and at > last:
            last = at
        if self.last is None or last > self.last:
            self.last = last
        runs: dict = self.meetings
        if event.appointment_id:
            runs, key = self.appointments, event.appointment_id
        elif event.meeting_id:
            # A deletion or a change may have come long before; what names no run is kept by the day.
            run_of = event.instance or at.date().isoformat()
            key = (event.meeting_id, BOOKED if event.kind in OF_THE_BOOKING else run_of)
        elif event.instance:
            key = ("", event.instance)
        else:
            return
        run = runs.get(key)
        if run is None:
            run = runs[key] = Run(at, at)
        run.lines.append(event.delivery)
        if at > run.end:
            run.end = at
        begin = started_at if started_at is not None and started_at < at else at
        if begin < run.begin:
            run.begin = begin


def look_through(text: bytes, begin: int, heeds: Callable[[Event], bool], until: datetime | None) -> Block:
    """Look through the lines of a block that begins at this place of the file.

    `heeds` says whether an event is to be kept whole. What was received after `until` is not looked at.
    """
    lines = text.split(b"\n")
    block = Block(begin, array("I", map(add, accumulate(map(len, lines), initial=0), count())))
    last_heard, last_account = None, ""
    complaints: list[str] = []
    # In which meeting they are whose stay began where they were expected; who it was is not asked again as they leave.
    where_expected: dict[str, str] = {}
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            event = read_line(line, number, True, complaints)
        except UnknownEvent as unknown:
            block.problems.append((number, f"unknown event {str(unknown)!r}", False))
            complaints.clear()
            continue
        except Unreadable as unreadable:
            block.problems.append((number, str(unreadable), False))
            complaints.clear()
            continue
        if complaints:
            block.problems.append((number, "; ".join(complaints), True))
            complaints.clear()
        if until is not None and event.received_at > until:
            continue
        if event.kind in HEARD and (event.at is not last_heard or event.account_id != last_account):
            last_heard, last_account = event.at, event.account_id  # many come in the same second
            block.hear(last_account, last_heard)
        if event.kind is not _LEFT or where_expected.get(event.stay) != event.meeting_id:
            if event.kind is _LEFT:
                event = read_line(line, number)
            if heeds(event):
                block.telling.append(event)
            elif event.kind is _JOINED and event.stay:
                where_expected[event.stay] = event.meeting_id
        block.note(event)
    return block
