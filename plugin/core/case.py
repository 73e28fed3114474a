"""The facts of one case: everything the rules may look at to judge one person, with nothing judged yet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

import msgspec

from plugin.core.appointment import Participant
from plugin.core.attendance import Attendance
from plugin.core.belonging import arrived_at, in_their_other_one, is_theirs, of_their_other_one, went_from_it
from plugin.core.departure import Departure
from plugin.core.event import Event, EventKind, LeaveReason, numbers_of
from plugin.core.facet import Has
from plugin.core.interval import Span, Spans, clip, intersect, length, subtract, union, within
from plugin.core.neighbour import AROUND_THEIRS
from plugin.core.room import Room
from plugin.core.waiting import SHOWN_INSIDE
from plugin.core.wording import local_time

_BEGIN = itemgetter(0)

# The members of `Has` as plain numbers: a case is looked at a million times over, and enum arithmetic is slow.
_ARRIVED_LATE, _WAITED = int(Has.ARRIVED_LATE), int(Has.WAITED)
_WENT, _WENT_TOO_SOON = int(Has.WENT), int(Has.WENT_TOO_SOON)
_CAME_STRAIGHT_BACK = int(Has.CAME_STRAIGHT_BACK)
_BROKE_OFF, _UNEXPLAINED, _WAS_REMOVED = int(Has.BROKE_OFF), int(Has.UNEXPLAINED), int(Has.REMOVED)
_CAME_AGAIN, _TOLD, _ONLY_A_NAME = int(Has.CAME_AGAIN), int(Has.TOLD), int(Has.ONLY_A_NAME)
_BY_PHONE, _INFERRED = int(Has.BY_PHONE), int(Has.INFERRED)
_LOST_TIME_AND_ELSEWHERE = int(Has.LOST_TIME_AND_ELSEWHERE)
_REMOVED, _CLICKED = LeaveReason.REMOVED, EventKind.JOIN_CLICKED


class Case(msgspec.Struct, frozen=True, gc=False):
    """One person's facts.

    `present` and `waiting` lie within the scheduled time; `lost` is the held time in which they were not present;
    `arrived_at` is the first sign of the person that belongs to this session (waiting counts); `came` says whether
    they were present long enough to have been there at all; `departures` are those between the scheduled start and
    the end of what is judged, and those that they did not choose, soon before the start and not back by then;
    `told` is what they, or staff for them, told us.
    """

    room: Room
    person: Participant
    attendance: Attendance
    present: Spans
    waiting: Spans
    lost: Spans
    arrived_at: datetime | None
    came: bool
    departures: tuple[Departure, ...]
    told: tuple[Event, ...]

    @classmethod
    def of(cls, room: Room, person: Participant) -> Case:
        """The case of one expected person in a room."""
        there = room.attendances[person.participant_id]
        start, until = room.appointment.starts_at, room.until
        present = clip(there.present, start, until)
        return cls(
            room,
            person,
            there,
            present,
            clip(there.waiting, start, until) if there.waiting else (),
            subtract(room.held, there.present),
            arrived_at(room, person, there),
            bool(present) and length(present) >= room.thresholds.min_presence,
            went_from_it(room, person, there),
            _told_of(room, person) if room.timeline.evidence else (),
        )

    def has(self) -> int:
        """What there is in this case, as a number of `Has` (`plugin/core/facet.py`)."""
        room, there = self.room, self.attendance
        found = room.has
        if (self.lost or not self.came) and room.surroundings.sightings.anybody:
            found |= _LOST_TIME_AND_ELSEWHERE
        if self.arrived_at is not None and self.arrived_at > room.late_after:
            found |= _ARRIVED_LATE
        if there.waiting:
            found |= _WAITED | (_WAS_REMOVED if there.refused else 0)
        if len(there.stays) > 1:
            found |= _CAME_AGAIN
        for gone in self.departures:
            found |= self._how_they_went(gone)
        if self.told:
            found |= _TOLD
        if there.named:
            found |= _ONLY_A_NAME
        if there.by_phone:
            found |= _BY_PHONE
        if there.inferred:
            found |= _INFERRED
        return found

    def _how_they_went(self, gone: Departure) -> int:
        """What there is in one departure, as a number of `Has`."""
        found = 0 if gone.near_end else _WENT
        if self.lost and self.lost[-1][1] > gone.at:
            found |= _WENT_TOO_SOON
        if gone.drop:
            found |= _BROKE_OFF if gone.abnormal else _CAME_STRAIGHT_BACK
        if gone.reason is _REMOVED:
            found |= _WAS_REMOVED
        elif gone.unexplained:
            found |= _UNEXPLAINED
        return found

    def seen(self) -> bool:
        """Whether there was any sign of them around this session, be it too early, too late or too short."""
        # A link opened when the session is over is a late try to come.
        closes = self.room.appointment.ends_at + self.room.thresholds.early_window
        opened_late = any(self.room.until < e.at <= closes for e in self.told_of(_CLICKED))
        return opened_late or self.arrived_at is not None

    def mine(self, spans: Iterable[Span]) -> Spans:
        """Those of some times they were seen in that tell of this session."""
        return tuple([(begin, end) for begin, end in spans if self.is_mine(begin, end)])

    def is_mine(self, begin: datetime, end: datetime) -> bool:
        """Whether a time they were seen in tells of this session, and not of another of theirs in the same meeting."""
        return is_theirs(self.room, self.person, begin, end)

    def deliveries(self) -> tuple[int, ...]:
        """The deliveries of this person that tell of this session, and not of another of theirs in the same meeting."""
        there, here = self.attendance, self.told_here()
        return there.events if here is there.told else numbers_of(here)

    def told_here(self) -> Sequence[Event]:
        """What Zoom told of them in this session, and not in another of theirs in the same meeting."""
        there, session = self.attendance, self.room.appointment
        told = there.told
        begin, end = session.starts_at - AROUND_THEIRS, session.ends_at + AROUND_THEIRS
        if not told:
            return told
        first, last = told[0].at, told[-1].at
        if begin <= first <= session.ends_at and session.starts_at <= last <= end:
            return told
        mine = union([span for span in (*there.present, *there.waiting) if self.is_mine(*span)])
        return [e for e in told if self.is_mine(e.at, e.at) or within(mine, e.at)]

    def was_inside(self) -> bool:
        """Whether they were in the meeting at a time that tells of this session."""
        return bool(self.mine(self.attendance.inside))

    def was_admitted(self) -> bool:
        """Whether it was told that they were let in to this session, or sent back out of it."""
        let_in = self.attendance.admitted
        return let_in and any(event.kind in SHOWN_INSIDE for event in self.told_here())

    def waiting_now(self) -> bool:
        """Whether they wait to be let in to this session at the moment of judgement."""
        return self.attendance.waiting_now and bool(self.mine(self.attendance.waiting[-1:]))

    def drops(self) -> tuple[Departure, ...]:
        """Those departures that they did not choose, or from which they came straight back."""
        return tuple([d for d in self.departures if d.drop])

    def cut_off_before(self) -> Departure | None:
        """What cut them off from another session of theirs in this meeting, or how the host removed them from it, not
        long before this one, so that they were not back by its start."""
        gone = [d for d in self.attendance.departures if self.room.kept_from_the_start(d)]
        cut_off = [d for d in gone if d.abnormal or (d.reason is _REMOVED and not d.near_end)]
        return next((d for d in cut_off if of_their_other_one(self.room, self.person, d)), None)

    def where_before(self, gone: Departure) -> str:
        """Where they were when that cut them off, for people."""
        when = "in" if in_their_other_one(self.room, self.person, gone) else "after"
        return f"{when} their session before"

    def told_of(self, kind: EventKind) -> tuple[Event, ...]:
        """What this person, or staff for them, told us of one kind."""
        return tuple([e for e in self.told if e.kind is kind]) if self.told else ()

    def after(self, moment: datetime) -> Spans:
        """The lost time after a moment."""
        return clip(self.lost, moment, self.room.until)

    def gap_at(self, moment: datetime) -> Spans:
        """The stretch of absence that began at a moment, as far as it was held time."""
        return clip(self.lost, moment, self.back_after(moment)) if self.lost else ()

    def back_after(self, moment: datetime) -> datetime:
        """When they were present again after a moment; if they were not, the end of what is judged."""
        present = self.attendance.present
        back = bisect_right(present, moment, key=_BEGIN)
        return present[back][0] if back < len(present) else self.room.until

    def waits_again(self, gone: Departure) -> datetime | None:
        """Since when they waited to be let in again after a departure; None if they did not."""
        start, until = self.room.appointment.starts_at, self.room.until
        waits = self.attendance.waiting if self.waiting else ()
        return next((begin for begin, end in waits if gone.at <= begin < until and end > start), None)

    def back_in_time(self, gone: Departure) -> datetime | None:
        """When somebody was back from a departure; None if they were not before the session was over."""
        over = self.room.appointment.ends_at
        return gone.back_at if gone.back_at is not None and gone.back_at < over else None

    def gaps(self, departures: Iterable[Departure]) -> Spans:
        """The stretches of absence that began with some departures, as far as they were held time."""
        if not self.lost:
            return ()
        until = self.room.until
        away = sorted([(d.at, until if d.back_at is None else min(d.back_at, until)) for d in departures])
        return intersect(self.lost, tuple(away))

    def first_present(self) -> datetime | None:
        """When they were first present, as far as it tells of this session."""
        return next((begin for begin, end in self.attendance.present if self.is_mine(begin, end)), None)

    def before_arrival(self) -> Spans:
        """The held time before the person was first present."""
        return clip(self.lost, self.room.appointment.starts_at, self.first_present() or self.room.until)

    def at(self, moment: datetime) -> str:
        """A moment as staff read it: local time of the program with seconds and the zone, and its day if another."""
        session = self.room.appointment
        return local_time(moment, session.starts_at, session.timezone or "UTC")

    def told_at(self, moments: Iterable[datetime | None]) -> tuple[int, ...]:
        """The deliveries that tell what this person did at some moments."""
        wanted = set(moments)
        return tuple(sorted({event.delivery for event in self.attendance.told if event.at in wanted}))


def _told_of(room: Room, person: Participant) -> tuple[Event, ...]:
    return tuple([event for event in room.timeline.evidence if event.participant_id == person.participant_id])
