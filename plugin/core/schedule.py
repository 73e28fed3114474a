"""Who is expected in which meeting and when.

A meeting number may serve for years; whoever asks about a moment looks only at what lies near.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from plugin.core.appointment import Appointment, Participant
from plugin.core.event import GOING, Event
from plugin.core.instance import LONGEST_MEETING

AROUND = timedelta(hours=1)
"""How long before and after an appointment somebody may well be in its meeting."""
EARLY = timedelta(minutes=15)
"""Who comes longer before a session, or opens its link, while another of theirs is on, may have the wrong link."""
OVERTIME = timedelta(minutes=5)
"""Who stays so much longer in the meeting of a session that is over, while another of theirs is on, waits there for it
or is kept there."""
BREAK = timedelta(minutes=30)
"""Sessions of a program day with no more than this between them are in a row: who could not come to one may not have
come to the next for the same reason."""
ROW = timedelta(hours=3)
"""So long before a session the first of those may have begun that are in a row before it: whether somebody came to one
that is longer ago is not looked at any more."""
_FEW = 8
"""So many sessions of a meeting are looked at one by one sooner than they are searched."""
_STARTS_AT = attrgetter("starts_at")


@dataclass(frozen=True, slots=True)
class Expected:
    """Who is expected in which meeting and when, by code: somebody in the right room is in no wrong one."""

    meeting_id: str
    starts_at: datetime
    ends_at: datetime
    codes: Collection[str]
    appointment_id: str = ""


class Schedule:
    """The expected sessions of all meetings, ready to be asked what is on at some time; `longest` is the longest."""

    def __init__(self, expected: Iterable[Expected]):
        self._sessions: dict[str, list[Expected]] = {}
        for one in expected:
            self._sessions.setdefault(one.meeting_id, []).append(one)
        for sessions in self._sessions.values():
            sessions.sort(key=_STARTS_AT)
        everything = [one for sessions in self._sessions.values() for one in sessions]
        self.longest = max([one.ends_at - one.starts_at for one in everything], default=timedelta())
        self._by_id = {one.appointment_id: one for one in everything if one.appointment_id}
        self.at_once, self.booked_twice = _at_once(everything)

    def is_far(self, appointment_id: str, at: datetime) -> bool:
        """Whether an appointment is over at a moment, or far from beginning; one that is not known is."""
        one = self._by_id.get(appointment_id)
        return one is None or not one.starts_at - EARLY <= at <= one.ends_at

    def is_at_the_time_of(self, appointment_id: str, appointment: Appointment) -> bool:
        """Whether another session takes up half of an appointment or more: who tries to come to one of them meant to
        come to this one as well, if both are in one room, or could come to one only."""
        one = self._by_id.get(appointment_id)
        return one is not None and takes_up_half(one, appointment)

    def is_followed(self, appointment_id: str, code: str) -> bool:
        """Whether somebody has another session in the meeting of an appointment, in a row with it."""
        one = self._by_id.get(appointment_id)
        return one is not None and any(
            code in other.codes and one.starts_at < other.starts_at <= one.ends_at + BREAK
            for other in self._near(one.meeting_id, one.starts_at, one.ends_at + BREAK)
        )

    def row_began(self, code: str, appointment: Appointment) -> datetime:
        """When the first session began that somebody has in a row before an appointment, in the same meeting; its own
        start, when there is none."""
        began, earliest = appointment.starts_at, appointment.starts_at - ROW
        while before := [
            one.starts_at
            for one in self._near(appointment.meeting_id, began - BREAK, began)
            if code in one.codes and earliest <= one.starts_at < began <= one.ends_at + BREAK
        ]:
            began = min(before)
        return began

    def is_in_row(self, code: str, appointment: Appointment, appointment_id: str) -> bool:
        """Whether another appointment is one of those that somebody has in a row before this one."""
        one = self._by_id.get(appointment_id)
        if one is None or one.meeting_id != appointment.meeting_id or code not in one.codes:
            return False
        return self.row_began(code, appointment) <= one.starts_at < appointment.starts_at

    def is_on(self, meeting_id: str, at: datetime) -> bool:
        """Whether anybody is expected in a meeting at a moment, or in the hour after it."""
        near = self._near(meeting_id, at, at + AROUND)
        return any(one.starts_at - AROUND <= at <= one.ends_at for one in near)

    def another_is_on(self, appointment: Appointment, at: datetime) -> bool:
        """Whether another session of its meeting is on at a moment, or in the hour after it."""
        near = self._near(appointment.meeting_id, at, at + AROUND)
        return any(
            one.starts_at != appointment.starts_at and one.starts_at - AROUND <= at <= one.ends_at for one in near
        )

    def of_person(self, code: str, event: Event) -> list[Expected]:
        """The sessions of somebody in the meeting of an event, for which they may have been there when it happened."""
        latest_start, earliest_end = event.at + AROUND, came_at(event) - AROUND
        near = self._near(event.meeting_id, earliest_end, latest_start)
        theirs = []
        for one in near:
            if one.starts_at <= latest_start and one.ends_at >= earliest_end and code in one.codes:
                theirs.append(one)
        return theirs

    def of_another(self, person: Participant, appointment: Appointment, at: datetime) -> bool:
        """Whether a sign of a person in this meeting belongs to another appointment of theirs in the same meeting.

        It does when that one is on, or about to be, and this one is not.
        """
        start, code = appointment.starts_at, person.participant_id
        sessions = self._sessions.get(appointment.meeting_id)
        if not sessions or (len(sessions) == 1 and sessions[0].starts_at == start):
            return False  # the meeting has no other, as most have not
        away = _distance(start, appointment.ends_at, at)
        if not away:
            return False
        nearer = self._near(appointment.meeting_id, at - away, at + away)
        return any(
            one.starts_at != start and code in one.codes and _distance(one.starts_at, one.ends_at, at) < away
            for one in nearer
        )

    def is_in_another(self, code: str, appointment: Appointment, at: datetime) -> bool:
        """Whether another session of somebody in the meeting of an appointment is on at a moment."""
        return any(
            one.starts_at != appointment.starts_at and code in one.codes and one.starts_at <= at < one.ends_at
            for one in self._near(appointment.meeting_id, at, at)
        )

    def has_just_ended(self, code: str, appointment: Appointment, at: datetime) -> bool:
        """Whether a session of somebody, in its meeting before an appointment, was over at a moment and went on for no
        longer than sessions do."""
        return any(
            code in one.codes and one.starts_at < appointment.starts_at and one.ends_at <= at <= one.ends_at + OVERTIME
            for one in self._near(appointment.meeting_id, at - OVERTIME, at)
        )

    def last_in_a_row(self, appointment: Appointment) -> datetime:
        """When the last of the sessions ends that follow an appointment in its meeting, none more than an hour after
        the one before: for so long the meeting may be left running."""
        end = appointment.ends_at
        for one in self._near(appointment.meeting_id, end, end + LONGEST_MEETING):
            if appointment.starts_at < one.starts_at <= end + AROUND:
                end = max(end, one.ends_at)
        return end

    def free_since(self, appointment: Appointment, early: timedelta) -> datetime:
        """From when on whoever comes has come to this session: `early` before it, or when it starts if another one was
        on in its meeting within that time, for people stay on a little."""
        start, opens = appointment.starts_at, appointment.starts_at - early
        before = self._near(appointment.meeting_id, opens, start)
        return start if any(one.starts_at < start and one.ends_at >= opens for one in before) else opens

    def _near(self, meeting_id: str, begin: datetime, end: datetime) -> Sequence[Expected]:
        """At least those sessions of a meeting that touch the time between two moments."""
        sessions = self._sessions.get(meeting_id, ())
        if len(sessions) <= _FEW:
            return sessions
        first = bisect_left(sessions, begin - self.longest, key=_STARTS_AT)
        return sessions[first : bisect_right(sessions, end, lo=first, key=_STARTS_AT)]


def takes_up_half(one: Expected | Appointment, other: Appointment) -> bool:
    """Whether a session is on for half of another one or more."""
    common = min(one.ends_at, other.ends_at) - max(one.starts_at, other.starts_at)
    return 2 * common >= other.ends_at - other.starts_at


def came_at(event: Event) -> datetime:
    """When somebody came who came or went: who goes may have come when the meeting began, as far as that is known."""
    began = event.instance_started_at
    if event.kind not in GOING or began is None:
        return event.at
    return min(event.at, max(began, event.at - LONGEST_MEETING))


def _at_once(expected: list[Expected]) -> tuple[frozenset[str], frozenset[str]]:
    """Who is expected in two sessions at the same time, and who in two meetings."""
    latest: dict[str, Expected] = {}
    sessions, meetings = set(), set()
    for one in sorted(expected, key=_STARTS_AT):
        for code in one.codes:
            before = latest.get(code)
            if before is not None and before.ends_at > one.starts_at:
                sessions.add(code)
                if before.meeting_id != one.meeting_id:
                    meetings.add(code)
            if before is None or one.ends_at > before.ends_at:
                latest[code] = one
    return frozenset(sessions), frozenset(meetings)


def _distance(starts_at: datetime, ends_at: datetime, at: datetime) -> timedelta:
    return max(starts_at - at, at - ends_at, timedelta())
