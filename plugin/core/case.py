"""The facts of one case: everything the rules may look at to judge one person, with nothing judged yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from plugin.core.appointment import Participant
from plugin.core.event import Event, EventKind
from plugin.core.interval import Spans, clip, length, subtract
from plugin.core.presence import Attendance, Departure
from plugin.core.room import Room


@dataclass(frozen=True)
class Case:
    """One person's facts. `lost` is the held time in which they were not present."""

    room: Room
    person: Participant
    attendance: Attendance
    lost: Spans

    @classmethod
    def of(cls, room: Room, person: Participant) -> Case:
        """The case of one expected person in a room."""
        there = room.attendances[person.participant_id]
        return cls(room, person, there, subtract(room.held, there.present))

    @cached_property
    def present(self) -> Spans:
        """Presence within the scheduled time."""
        return clip(self.attendance.present, self.room.appointment.starts_at, self.room.until)

    @cached_property
    def waiting(self) -> Spans:
        """Waiting within the scheduled time."""
        return clip(self.attendance.waiting, self.room.appointment.starts_at, self.room.until)

    @cached_property
    def came(self) -> bool:
        """Whether they were present long enough to have been there at all."""
        return length(self.present) >= self.room.thresholds.min_presence

    @cached_property
    def arrived_at(self) -> datetime | None:
        """The first sign of the person that belongs to this session; waiting counts."""
        opens = self.room.appointment.starts_at - self.room.thresholds.early_window
        signs = [at for at in self.attendance.signs if opens <= at <= self.room.appointment.ends_at]
        spans = (*self.attendance.present, *self.attendance.waiting)
        signs += [a for a, b in spans if a < opens <= b]
        return min(signs, default=None)

    @cached_property
    def seen(self) -> bool:
        """Whether there was any sign of them around this session, be it too early, too late or too short."""
        around = self.room.thresholds.early_window
        opens, closes = self.room.appointment.starts_at - around, self.room.appointment.ends_at + around
        return self.arrived_at is not None or any(opens <= at <= closes for at in self.attendance.signs)

    @cached_property
    def departures(self) -> tuple[Departure, ...]:
        """Their departures between the scheduled start and the end of the held time."""
        start, end = self.room.appointment.starts_at, self.room.until
        return tuple(d for d in self.attendance.departures if start <= d.at <= end)

    @cached_property
    def drops(self) -> tuple[Departure, ...]:
        """Those departures that they did not choose, or from which they came straight back."""
        return tuple(d for d in self.departures if d.is_drop(self.room.thresholds.quick_return))

    def told(self, kind: EventKind) -> tuple[Event, ...]:
        """What this person, or staff for them, told us of one kind."""
        mine = self.person.participant_id
        return tuple(e for e in self.room.evidence if e.kind is kind and e.participant_id == mine)

    def after(self, moment: datetime) -> Spans:
        """The lost time after a moment."""
        return clip(self.lost, moment, self.room.until) if moment < self.room.until else ()

    def gap_at(self, moment: datetime) -> Spans:
        """The stretch of absence that began at a moment, as far as it was held time."""
        back = [a for a, _ in self.attendance.present if a > moment]
        return clip(self.lost, moment, min(back, default=self.room.until))

    def before_arrival(self) -> Spans:
        """The held time before the person was first present."""
        first = self.attendance.present[0][0] if self.attendance.present else self.room.until
        return (
            clip(self.lost, self.room.appointment.starts_at, first) if first > self.room.appointment.starts_at else ()
        )

    def at(self, moment: datetime) -> str:
        """A moment as staff read it: local time of the program with seconds and the zone."""
        zone = ZoneInfo(self.room.appointment.timezone or "UTC")
        return moment.astimezone(zone).strftime("%H:%M:%S %Z")


def in_words(duration: timedelta) -> str:
    """A duration as staff read it."""
    seconds = round(duration.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds / 60:.1f} min".replace(".0 min", " min")
