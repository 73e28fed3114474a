"""A recording: the deliveries of a file, found again by the meeting and the run of it that they belong to.

A month of a large account is a million deliveries and more. Each is looked at once, and of most only their place is
kept; those of the appointment that is being judged are read again, so memory and time grow with the file and with
nothing else, and what is read need not be sent from one process to another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from mmap import MADV_DONTNEED, mmap
from operator import itemgetter

import msgspec

from plugin.core.appointment import Appointment, Participant, Status
from plugin.core.event import Event
from plugin.core.policy import Thresholds
from plugin.core.schedule import Expected
from plugin.core.surroundings import Surroundings
from plugin.core.timeline import HOURS_EARLY
from plugin.recording_block import BOOKED, Block, look_through
from plugin.recording_line import read_line
from plugin.recording_registrant import Registrants
from plugin.recording_run import Place, Runs, ToldRun

LONGEST_WINDOW = timedelta(days=1)
"""What lies further than this before or after an appointment is no part of it, whatever the policy says."""
BLOCK = 1 << 22
"""Bytes that are looked through at a time."""
BOM = b"\xef\xbb\xbf"
_FIRST, _BOOKED = itemgetter(0), Status.BOOKED


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A line of the events file with something wrong; it never stops a replay."""

    line: int
    what: str
    used: bool
    """Whether it tells of an event all the same."""


class Recording:
    """The deliveries of a file, ready to be judged: those of each appointment, and what the account said beside them.

    It is ready when each of its blocks was looked through and taken in, in their order. `problems` are the lines with
    something wrong; `last` is the latest moment at which anything was received or ended. What was received after
    `until` is not looked at.
    """

    def __init__(self, text: bytes | mmap, appointments: Iterable[Appointment] = (), until: datetime | None = None):
        appointments = tuple(appointments)
        people = (person for appointment in appointments for person in appointment.participants)
        registrants = Registrants(appointments)
        self.surroundings = Surroundings(
            expected=[_expected(one) for one in appointments if one.status is Status.BOOKED],
            people=filter(_has_keys, people),  # who has none cannot be recognised anywhere else
            registered=registrants.of,
            sessions=registrants.sessions,
            anywhere=registrants.on_between,
        )
        self.problems: list[LineProblem] = []
        self.last: datetime | None = None
        self._text, self._until = text, until
        self._lines = self._asked = 0
        self._places: list[Place] = []
        self._meetings: dict[str, Runs] = {}
        self._appointments = Runs()

    def blocks(self) -> Iterator[tuple[int, int]]:
        """From where to where in the file each block goes; they end with lines."""
        begin = len(BOM) if self._text[: len(BOM)] == BOM else 0
        while begin < len(self._text):
            end = self._text.find(b"\n", begin + BLOCK) + 1 or len(self._text)
            yield begin, end
            begin = end

    def look_through(self, block: tuple[int, int]) -> Block:
        """Look through one block; nothing is taken in yet, so that several processes may share this."""
        begin, end = block
        found = look_through(self._text[begin:end], begin, self.surroundings.heeds, self._until)
        self._let_go()
        return found

    def take(self, block: Block) -> None:
        """Take in the next block."""
        place = Place(self._lines + 1, block.begin, block.starts)
        self._places.append(place)
        self._lines += block.lines
        for account_id, moments in block.heard.items():
            self.surroundings.hear(moments, account_id)
        for event in block.telling:
            self.surroundings.keep(msgspec.structs.replace(event, delivery=place.first + event.delivery))
        self.problems += [LineProblem(place.first + number, what, used) for number, what, used in block.problems]
        if block.last is not None:
            self.last = block.last if self.last is None else max(self.last, block.last)
        for (meeting_id, run_of), run in block.meetings.items():
            if (runs := self._meetings.get(meeting_id)) is None:
                runs = self._meetings[meeting_id] = Runs()
            runs.add(run_of, place, run)
        for appointment_id, run in block.appointments.items():
            self._appointments.add(appointment_id, place, run)

    def of(self, appointment: Appointment, thresholds: Thresholds) -> Iterator[Event]:
        """The events that may tell something of one appointment: of the runs of its meeting that touch the time from
        `early_window` (or the hours that people mix up) before it until it is final, of its booking whenever they
        came, and what names it."""
        self._asked += 1
        if self._asked % 100 == 0:
            self._let_go()
        opens = appointment.starts_at - max(min(thresholds.early_window, LONGEST_WINDOW), HOURS_EARLY)
        closes = appointment.ends_at + min(max(thresholds.early_window, thresholds.final_after), LONGEST_WINDOW)
        runs, without_meeting = self._meetings.get(appointment.meeting_id), self._meetings.get("")
        if runs is not None:
            if booked := runs.get(BOOKED):
                yield from self._events(booked)
            for run in runs.between(opens, closes):
                yield from self._events(run)
                if without_meeting and (quality := without_meeting.get(run.name)):  # they name only the instance
                    yield from self._events(quality)
        if own := self._appointments.get(appointment.appointment_id):
            yield from self._events(own)

    def told(self, lines: Iterable[int]) -> Iterator[Event]:
        """The events of some lines, by their numbers."""
        for number in sorted(lines):
            first, begin, starts = self._places[bisect_right(self._places, number, key=_FIRST) - 1]
            at = number - first
            yield read_line(self._text[begin + starts[at] : begin + starts[at + 1] - 1], number)

    def _let_go(self) -> None:
        """Give back the pages of a mapped file, which count as ours as long as they are mapped."""
        if isinstance(self._text, mmap) and hasattr(mmap, "madvise"):
            self._text.madvise(MADV_DONTNEED)

    def _events(self, run: ToldRun) -> Iterator[Event]:
        text = self._text
        for (first, begin, starts), lines in run.parts:
            for number in lines:
                # Without its end, as it was looked through: what could be read then can be read again.
                yield read_line(text[begin + starts[number] : begin + starts[number + 1] - 1], first + number)


def read_recording(
    lines: Iterable[bytes], appointments: Iterable[Appointment] = (), until: datetime | None = None
) -> Recording:
    """Read the lines of an events file; what was received after `until` is not looked at."""
    recording = Recording(b"".join([line.removesuffix(b"\n") + b"\n" for line in lines]), appointments, until)
    for block in recording.blocks():
        recording.take(recording.look_through(block))
    return recording


def _expected(appointment: Appointment) -> Expected:
    codes = tuple([p.participant_id for p in appointment.participants if p.status is _BOOKED])
    return Expected(
        appointment.meeting_id, appointment.starts_at, appointment.ends_at, codes, appointment.appointment_id
    )


def _has_keys(person: Participant) -> bool:
    return bool(person.customer_key or person.email or person.phone or person.name)
